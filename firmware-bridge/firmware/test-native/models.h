#pragma once

#include <cstdint>
#include <string>

/** What stands in for the chips when the firmware runs on a computer: it aborts when the firmware leaves a limit. */
namespace models {

extern std::string sent;
extern uint32_t clockMilliseconds;
/** What the converter reads on a channel. */
extern uint32_t (*readings)(uint8_t channel);
/** Counts what changed anything outside the controller. */
extern uint64_t acts;
extern bool dacAnswers[2];
/** Whether a potentiometer can be read; what is written reaches it all the same. */
extern bool potsAnswer;
/** Edges whose terminals are parted. */
extern bool parted[64];

extern uint16_t pots[64];
extern uint16_t driven[2][4];
extern bool switches[20];
extern bool wasProgrammed;
extern int8_t storedOffsets[16];
/** What a converter reads where no edge divides: the mean of what drives the network, or the channel's own source. */
uint32_t plainReading(uint8_t channel);
/** The chips lost their power: every wiper is in the middle. */
void losePower();

[[noreturn]] void fail(const char* what);

}  // namespace models
