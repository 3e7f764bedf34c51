#pragma once

#include <stdint.h>

/** The chips of bench-16 on their pins. Nothing here knows a network; the build for a computer puts models in its place. */
namespace bench {

/** Safe state of the pins before anything else: no chip selected, switches open. */
void begin();

/** Answers of `readWiper` above this are no position: the chip is not there or refused. */
constexpr uint16_t noChip = 0xFFFF;

/** How many 74HC595 stand in a row; eight chips on each. */
void setChain(uint8_t registers);
/** Moves wiper e mod 2 of chip ⌊e/2⌋. Only `wipers` calls it, which holds the window. */
void writeWiper(uint8_t edge, uint16_t position);
uint16_t readWiper(uint8_t edge);
/** Joins both potentiometers of a chip to their terminals, or parts them; false when the chip does not confirm it. */
bool joinPots(uint8_t chip, bool first, bool second);
/** Deselects all potentiometers; ends every series of the three above. */
void releasePots();

/** One conversion of a channel 0–7, 000–FFF, after the converter was joined to it for so long. */
uint16_t convert(uint8_t channel, uint16_t samplingMicroseconds);

/** In place of a code: the channel lets go, with a resistor to ground on its output (DS22187, table 4-7). */
constexpr uint16_t powerDown1k = 0x1000;
constexpr uint16_t powerDown500k = 0x3000;

/** Selects the supply as reference of a DAC (1 or 2); false when it does not answer. */
bool prepareDac(uint8_t chip);
/** Sets the first `channels` channels of a DAC; false when it does not answer. */
bool driveDac(uint8_t chip, const uint16_t* codes, uint8_t channels);

/** Whether a switch may hang on this pin: those that nothing else uses. */
bool isSwitchPin(uint8_t pin);
void setSwitch(uint8_t pin, bool closed);

void wait(uint16_t microseconds);
uint32_t milliseconds();

}  // namespace bench
