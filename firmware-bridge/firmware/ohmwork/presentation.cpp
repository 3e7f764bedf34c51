#include "presentation.h"

#include "bench.h"
#include "drive.h"
#include "network.h"
#include "wipers.h"

namespace presentation {

Rule rule;
uint32_t random;
uint32_t steps;
uint16_t settleMicroseconds = 100;  // bench-16 needs 85 with all wipers at the top, and 58 (hardware/bench-16/wiring.md)
uint16_t samplingMicroseconds = 60;
int16_t freeCodes[limits::nodes];
int16_t clampedCodes[limits::nodes];
int16_t mirroredCodes[limits::nodes];

namespace {

Result failed(uint8_t chip) {
  drive::makeSafe();
  return dacFault(chip);
}

/** Holds the displaced outputs `sign` displacements from their free values and reads every node. */
uint8_t clamp(const Nudge* nudges, int8_t sign, int16_t* codes) {
  uint8_t chips = 0;
  for (uint8_t i = 0; i < network.outputs; ++i) {
    if (!nudges[i].displaced) continue;
    const Driven& at = network.output[i];
    drive::setCode(at, limitCode(freeCodes[at.node] + sign * nudges[i].displacement));
    chips |= at.chip;  // 1 and 2 are bits of their own
  }
  for (uint8_t chip = 1; chip <= 2; ++chip) {
    if ((chips & chip) != 0 && !drive::write(chip)) return chip;
  }
  for (uint8_t i = 0; i < network.outputs; ++i) {
    if (nudges[i].displaced) bench::setSwitch(network.outputSwitch[i], true);
  }
  bench::wait(settleMicroseconds);
  drive::readNodes(codes, rule.averages);
  return 0;
}

uint8_t moveEdges(uint8_t strength, const int16_t* from) {
  uint8_t moved = 0;
  for (uint8_t edge = 0; edge < network.edges; ++edge) {
    const uint8_t a = network.edge[edge] >> 4;
    const uint8_t b = network.edge[edge] & 0xF;
    const int8_t step = tick(rule, strength, from[a] - from[b], clampedCodes[a] - clampedCodes[b], random);
    if (step == 0) continue;
    if (wipers::place(edge, static_cast<uint16_t>(wipers::position(edge) + step))) ++moved;
  }
  bench::releasePots();
  return moved;
}

}  // namespace

Result checkWipers() {
  uint8_t edge;
  uint16_t found;
  if (wipers::know(network.edges, edge, found) && wipers::checkNext(network.edges, edge, found)) return well;
  return {Fault::chip, edge, found, 0, 0};
}

Result respond(const int16_t* sources) {
  const Result wipersStand = checkWipers();
  if (wipersStand.fault != Fault::none) return wipersStand;
  for (uint8_t i = 0; i < network.sources; ++i) drive::setCode(network.source[i], sources[i]);
  const uint8_t chip = drive::writeSources();
  if (chip != 0) return failed(chip);
  bench::wait(settleMicroseconds);
  drive::readNodes(freeCodes, rule.averages == 0 ? 1 : rule.averages);
  return well;
}

Result learn(const int16_t* sources, const int16_t* labels) {
  Result result = respond(sources);
  if (result.fault != Fault::none) return result;

  Nudge nudges[limits::outputs];
  bool any = false;
  for (uint8_t i = 0; i < network.outputs; ++i) {
    nudges[i] = labels[i] == noLabel ? Nudge{false, 0, 0} : nudge(rule, labels[i], freeCodes[network.output[i].node]);
    any = any || nudges[i].displaced;
    if (nudges[i].strength > result.strength) result.strength = nudges[i].strength;
  }
  if (any) {
    const bool symmetric = rule.contrast == 'S';
    uint8_t chip = clamp(nudges, 1, clampedCodes);
    if (chip == 0 && symmetric) chip = clamp(nudges, -1, mirroredCodes);
    if (chip != 0) return failed(chip);
    drive::openClamps();
    result.moved = moveEdges(result.strength, symmetric ? mirroredCodes : freeCodes);
  }
  ++steps;
  return result;
}

}  // namespace presentation
