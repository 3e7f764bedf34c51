#pragma once

#include <stdint.h>

/** CRC-16/CCITT-FALSE (polynomial 1021, not reflected), one byte on; a line starts from FFFF. */
inline uint16_t crc16(uint16_t crc, uint8_t byte) {
  crc = static_cast<uint16_t>((crc >> 8) | (crc << 8));
  crc ^= byte;
  crc ^= (crc & 0xFF) >> 4;
  crc ^= static_cast<uint16_t>(crc << 12);
  crc ^= static_cast<uint16_t>((crc & 0xFF) << 5);
  return crc;
}

constexpr uint16_t crc16Start = 0xFFFF;
