#ifdef __AVR__

#include "store.h"

#include <avr/eeprom.h>

#include "crc.h"

namespace {

// A start writes the next of 64 slots: 64 · 100,000 starts. The check byte unmasks a slot whose writing lost power.
constexpr uint8_t slots = 64;
constexpr uint8_t slotBytes = 3;
constexpr uint16_t offsetsAt = 256;

uint8_t* cell(uint16_t address) { return reinterpret_cast<uint8_t*>(address); }

uint8_t check(uint16_t epoch) { return static_cast<uint8_t>(crc16(crc16(crc16Start, epoch >> 8), epoch & 0xFF)); }

uint16_t checksum(const int8_t* offsets, uint8_t count) {
  uint16_t crc = crc16(crc16Start, count);
  for (uint8_t i = 0; i < count; ++i) crc = crc16(crc, static_cast<uint8_t>(offsets[i]));
  return crc;
}

}  // namespace

namespace store {

uint16_t nextEpoch() {
  uint16_t newest = 0;
  uint8_t slot = slots - 1;
  bool found = false;
  for (uint8_t i = 0; i < slots; ++i) {
    const uint16_t at = i * slotBytes;
    const uint16_t epoch = eeprom_read_byte(cell(at)) | static_cast<uint16_t>(eeprom_read_byte(cell(at + 1))) << 8;
    if (eeprom_read_byte(cell(at + 2)) != check(epoch)) continue;
    // Slots are at most 64 starts apart: their difference orders them though the count wraps.
    if (found && static_cast<int16_t>(epoch - newest) <= 0) continue;
    newest = epoch;
    slot = i;
    found = true;
  }
  const uint16_t epoch = newest + 1;
  const uint16_t at = static_cast<uint8_t>((slot + 1) % slots) * slotBytes;
  eeprom_update_byte(cell(at), epoch & 0xFF);
  eeprom_update_byte(cell(at + 1), epoch >> 8);
  eeprom_update_byte(cell(at + 2), check(epoch));
  return epoch;
}

bool loadOffsets(int8_t* offsets, uint8_t count) {
  int8_t kept[16];
  for (uint8_t i = 0; i < count; ++i) kept[i] = static_cast<int8_t>(eeprom_read_byte(cell(offsetsAt + 2 + i)));
  const uint16_t crc = eeprom_read_byte(cell(offsetsAt)) | static_cast<uint16_t>(eeprom_read_byte(cell(offsetsAt + 1))) << 8;
  if (crc != checksum(kept, count)) return false;
  for (uint8_t i = 0; i < count; ++i) offsets[i] = kept[i];
  return true;
}

void saveOffsets(const int8_t* offsets, uint8_t count) {
  const uint16_t crc = checksum(offsets, count);
  eeprom_update_byte(cell(offsetsAt), crc & 0xFF);
  eeprom_update_byte(cell(offsetsAt + 1), crc >> 8);
  for (uint8_t i = 0; i < count; ++i) eeprom_update_byte(cell(offsetsAt + 2 + i), static_cast<uint8_t>(offsets[i]));
}

void forgetOffsets() {
  // A checksum that is wrong for what stands there.
  eeprom_update_byte(cell(offsetsAt), static_cast<uint8_t>(~eeprom_read_byte(cell(offsetsAt))));
}

}  // namespace store

#endif
