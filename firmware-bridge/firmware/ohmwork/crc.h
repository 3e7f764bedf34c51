#pragma once

#include <stdint.h>

/** CRC-16/CCITT-FALSE (polynomial 1021, not reflected), one byte on; a line starts from FFFF. */
inline uint16_t crc16(uint16_t crc, uint8_t byte) {
  // In bytes, since a shift of 16 bits by 12 is a loop on an AVR.
  uint8_t x = static_cast<uint8_t>(crc >> 8) ^ byte;
  x ^= x >> 4;
  const uint8_t high = static_cast<uint8_t>(static_cast<uint8_t>(crc) ^ static_cast<uint8_t>(x << 4) ^ (x >> 3));
  const uint8_t low = static_cast<uint8_t>(static_cast<uint8_t>(x << 5) ^ x);
  return static_cast<uint16_t>(high << 8 | low);
}

constexpr uint16_t crc16Start = 0xFFFF;
