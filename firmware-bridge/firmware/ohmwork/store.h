#pragma once

#include <stdint.h>

/** What outlives a power loss, in EEPROM. */
namespace store {

/** Counts a start; spread over many cells, for each bears 100,000 writes. */
uint16_t nextEpoch();
/** Fills in offsets that were kept and are intact; else leaves them alone and says false. */
bool loadOffsets(int8_t* offsets, uint8_t count);
void saveOffsets(const int8_t* offsets, uint8_t count);
void forgetOffsets();

}  // namespace store
