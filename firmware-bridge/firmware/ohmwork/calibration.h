#pragma once

#include <stdint.h>

#include "presentation.h"

/** Offsets of converter and DACs, told apart; docs/firmware.md says how. */
namespace calibration {

/** By how much a channel is above what it should be, in codes: DACs by chip and channel, converter by channel. */
struct Offsets {
  int8_t dac[2][4];
  int8_t converter[8];
};
extern Offsets offsets;

/** Takes up what EEPROM kept. */
void begin();
/** Whether offsets were measured, now or before the last start. */
bool isKnown();
/** Measures the offsets of all channels in use and keeps them; all stay as they were unless everything goes well. */
presentation::Result measure();
/** Takes every offset for 0 from now on. */
void forget();

}  // namespace calibration
