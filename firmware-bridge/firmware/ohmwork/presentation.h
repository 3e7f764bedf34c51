#pragma once

#include <stdint.h>

#include "limits.h"
#include "step.h"

/** Drives, measures and teaches the network: what RESPOND and LEARN mean. */
namespace presentation {

/** Outcome of what needs chips: 0 well, else what did not answer, or an offset no chip has. */
enum class Fault : uint8_t { none, dac, chip, offset };

struct Result {
  Fault fault;
  uint8_t where;  // number of the DAC, the edge, or which offset: sources, then outputs
  uint8_t strength;
  uint8_t moved;
};

constexpr int16_t noLabel = -1;

extern Rule rule;
extern uint32_t random;
extern uint32_t steps;
extern uint16_t settleMicroseconds;
/** How long the converter is joined to a node that no DAC holds: its capacitor has to reach the node's voltage through the network. */
extern uint16_t samplingMicroseconds;
/** Codes of every node in the free state, as RESPOND and LEARN left them. */
extern int16_t freeCodes[limits::nodes];
/** By how much a channel reads above its DAC's code: of the sources, then of the outputs. */
extern int8_t offsets[limits::sources + limits::outputs];

/** Sources to 0 V and clamps open; 0, or the first DAC that did not take it. */
uint8_t makeSafe();
/** Whether every DAC took its zeros, and nothing was driven since. */
bool isSafe();
/** Whether `makeSafe` was the last word and a DAC did not take it: it has to be said again. */
bool isSafeUnreached();

/** Drives the sources and reads every node into `freeCodes`. */
Result respond(const int16_t* sources);
/** One presentation of a sample. */
Result learn(const int16_t* sources, const int16_t* labels);
/** Measures `offsets`; they stay as they were unless all goes well. */
Result measureOffsets();

}  // namespace presentation
