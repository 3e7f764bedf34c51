#pragma once

#include <stdint.h>

#include "limits.h"
#include "step.h"

/** Teaches the network and asks it: what RESPOND and LEARN mean. */
namespace presentation {

/** Outcome of what needs chips: 0 well, else what did not answer or disagrees, or an offset no chip has. */
enum class Fault : uint8_t { none, dac, chip, offset };

struct Result {
  Fault fault;
  uint8_t where;   // number of the DAC, the edge, or which offset as CALIBRATE answers them
  uint16_t found;  // of a wiper
  uint8_t strength;
  uint8_t moved;
};

constexpr Result well = {Fault::none, 0, 0, 0, 0};
constexpr Result dacFault(uint8_t chip) { return {Fault::dac, chip, 0, 0, 0}; }

constexpr int16_t noLabel = -1;

extern Rule rule;
extern uint32_t random;
extern uint32_t steps;
extern uint16_t settleMicroseconds;
/** How long the converter is joined to a node that no DAC holds: its capacitor has to reach the node's voltage through the network. */
extern uint16_t samplingMicroseconds;
/** Codes of every node: free, as RESPOND and LEARN left them, clamped, and clamped on the other side. A calibration sums in them. */
extern int16_t freeCodes[limits::nodes];
extern int16_t clampedCodes[limits::nodes];
extern int16_t mirroredCodes[limits::nodes];

/** Whether all wipers are known, and the next of them is still where it was put: one is read back each time. */
Result checkWipers();
/** Drives the sources and reads every node into `freeCodes`. */
Result respond(const int16_t* sources);
/** One presentation of a sample. */
Result learn(const int16_t* sources, const int16_t* labels);

}  // namespace presentation
