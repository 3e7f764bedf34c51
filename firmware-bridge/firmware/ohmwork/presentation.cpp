#include "presentation.h"

#include "bench.h"
#include "network.h"
#include "wipers.h"

namespace presentation {

Rule rule;
uint32_t random;
uint32_t steps;
uint16_t settleMicroseconds = 100;  // bench-16 needs 85 with all wipers at the top, and 58 (hardware/bench-16/wiring.md)
uint16_t samplingMicroseconds = 60;
int16_t freeCodes[limits::nodes];
int8_t offsets[limits::sources + limits::outputs];

namespace {

int16_t clamped[limits::nodes];
int16_t mirrored[limits::nodes];
uint16_t dacCodes[2][4];
enum class Standing : uint8_t { safe, unreached, driven };  // unreached: a DAC did not take its zeros
Standing standing = Standing::unreached;

constexpr Result well = {Fault::none, 0, 0, 0};

/** Writes a DAC up to the last channel that is in use. */
bool drive(uint8_t chip) {
  uint8_t channels = 0;
  for (uint8_t i = 0; i < network.sources; ++i) {
    const Driven& at = network.source[i];
    if (at.chip == chip && at.channel >= channels) channels = at.channel + 1;
  }
  for (uint8_t i = 0; i < network.outputs; ++i) {
    const Driven& at = network.output[i];
    if (at.chip == chip && at.channel >= channels) channels = at.channel + 1;
  }
  return channels == 0 || bench::driveDac(chip, dacCodes[chip - 1], channels);
}

void setCode(const Driven& at, int16_t code, int8_t offset) {
  dacCodes[at.chip - 1][at.channel] = static_cast<uint16_t>(limitCode(code - offset));
}

void openClamps() {
  for (uint8_t i = 0; i < network.outputs; ++i) bench::setSwitch(network.outputSwitch[i], false);
}

bool isSource(uint8_t node) {
  for (uint8_t i = 0; i < network.sources; ++i) {
    if (network.source[i].node == node) return true;
  }
  return false;
}

void readNodes(int16_t* codes, uint8_t averages) {
  for (uint8_t i = 0; i < network.nodes; ++i) {
    const uint8_t channel = network.node[i];
    if (channel == Network::ground) {
      codes[i] = 0;
    } else if (channel == Network::supply) {
      codes[i] = limits::codeHighest;
    } else {
      const uint16_t sampling = isSource(i) ? 1 : samplingMicroseconds;
      uint16_t sum = 0;
      for (uint8_t reading = 0; reading < averages; ++reading) sum += bench::convert(channel, sampling);
      codes[i] = static_cast<int16_t>(averages == 1 ? sum : sum / averages);  // a division takes 20 µs
    }
  }
}

Result failed(uint8_t chip) {
  makeSafe();
  return {Fault::dac, chip, 0, 0};
}

/** Sets the sources with the clamps open; 0, or the DAC that did not answer. */
uint8_t driveSources(const int16_t* sources) {
  standing = Standing::driven;
  openClamps();
  for (uint8_t i = 0; i < network.sources; ++i) setCode(network.source[i], sources[i], offsets[i]);
  for (uint8_t chip = 1; chip <= 2; ++chip) {
    for (uint8_t i = 0; i < network.sources; ++i) {
      if (network.source[i].chip != chip) continue;
      if (!drive(chip)) return chip;
      break;
    }
  }
  return 0;
}

/** Holds the displaced outputs `sign` displacements from their free values and reads every node. */
uint8_t clamp(const Nudge* nudges, int8_t sign, int16_t* codes) {
  uint8_t chips = 0;
  for (uint8_t i = 0; i < network.outputs; ++i) {
    if (!nudges[i].displaced) continue;
    const Driven& at = network.output[i];
    setCode(at, limitCode(freeCodes[at.node] + sign * nudges[i].displacement), offsets[limits::sources + i]);
    chips |= at.chip;  // 1 and 2 are bits of their own
  }
  for (uint8_t chip = 1; chip <= 2; ++chip) {
    if ((chips & chip) != 0 && !drive(chip)) return chip;
  }
  for (uint8_t i = 0; i < network.outputs; ++i) {
    if (nudges[i].displaced) bench::setSwitch(network.outputSwitch[i], true);
  }
  bench::wait(settleMicroseconds);
  readNodes(codes, rule.averages);
  return 0;
}

uint8_t moveEdges(uint8_t strength, const int16_t* from) {
  uint8_t moved = 0;
  for (uint8_t edge = 0; edge < network.edges; ++edge) {
    const uint8_t a = network.edge[edge] >> 4;
    const uint8_t b = network.edge[edge] & 0xF;
    const int8_t step = tick(rule, strength, from[a] - from[b], clamped[a] - clamped[b], random);
    if (step == 0) continue;
    if (wipers::place(edge, static_cast<uint16_t>(wipers::position(edge) + step))) ++moved;
  }
  bench::releasePots();
  return moved;
}

/** Sums over three levels how far each channel reads above its DAC's code, with no offset taken off. */
Result sumOffsets(int16_t* sums) {
  constexpr int16_t levels[] = {0x400, 0x800, 0xC00};
  constexpr uint8_t readings = 15;  // of 12 bits each: their sum fits 16 bits
  int16_t codes[limits::sources];
  for (const int16_t level : levels) {
    for (int16_t& code : codes) code = level;
    uint8_t chip = driveSources(codes);
    if (chip != 0) return {Fault::dac, chip, 0, 0};
    bench::wait(settleMicroseconds);
    readNodes(freeCodes, readings);
    for (uint8_t i = 0; i < network.sources; ++i) sums[i] += freeCodes[network.source[i].node] - level;
    // A clamp at the very voltage the node has by itself carries no current: what moves the node then is the offset alone.
    for (uint8_t i = 0; i < network.outputs; ++i) {
      const Driven& at = network.output[i];
      setCode(at, freeCodes[at.node], 0);
      if (!drive(at.chip)) return {Fault::dac, at.chip, 0, 0};
      bench::setSwitch(network.outputSwitch[i], true);
      bench::wait(settleMicroseconds);
      readNodes(clamped, readings);
      bench::setSwitch(network.outputSwitch[i], false);
      sums[limits::sources + i] += clamped[at.node] - freeCodes[at.node];
    }
  }
  return well;
}

}  // namespace

uint8_t makeSafe() {
  openClamps();
  uint8_t failing = 0;
  for (uint8_t chip = 2; chip >= 1; --chip) {
    for (uint16_t& code : dacCodes[chip - 1]) code = 0;
    const bool prepared = bench::prepareDac(chip);
    const bool driven = bench::driveDac(chip, dacCodes[chip - 1], 4);
    if (!prepared || !driven) failing = chip;
  }
  standing = failing == 0 ? Standing::safe : Standing::unreached;
  return failing;
}

bool isSafe() { return standing == Standing::safe; }

bool isSafeUnreached() { return standing == Standing::unreached; }

Result respond(const int16_t* sources) {
  uint8_t missing;
  if (!wipers::know(network.edges, missing)) return {Fault::chip, missing, 0, 0};
  const uint8_t chip = driveSources(sources);
  if (chip != 0) return failed(chip);
  bench::wait(settleMicroseconds);
  readNodes(freeCodes, rule.averages == 0 ? 1 : rule.averages);
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
    uint8_t chip = clamp(nudges, 1, clamped);
    if (chip == 0 && symmetric) chip = clamp(nudges, -1, mirrored);
    if (chip != 0) return failed(chip);
    openClamps();
    result.moved = moveEdges(result.strength, symmetric ? mirrored : freeCodes);
  }
  ++steps;
  return result;
}

Result measureOffsets() {
  uint8_t missing;
  if (!wipers::know(network.edges, missing)) return {Fault::chip, missing, 0, 0};
  constexpr uint8_t count = limits::sources + limits::outputs;
  int16_t sums[count] = {};
  int8_t kept[count];
  for (uint8_t i = 0; i < count; ++i) kept[i] = offsets[i];
  for (int8_t& offset : offsets) offset = 0;
  Result result = sumOffsets(sums);
  const uint8_t chip = makeSafe();
  if (result.fault == Fault::none && chip != 0) result = {Fault::dac, chip, 0, 0};
  for (uint8_t i = 0; i < count && result.fault == Fault::none; ++i) {
    const int16_t offset = sums[i] / 3;
    if (offset < -127 || offset > 127) {
      const uint8_t where = i < limits::sources ? i : static_cast<uint8_t>(network.sources + i - limits::sources);
      result = {Fault::offset, where, 0, 0};
    }
    offsets[i] = static_cast<int8_t>(offset);
  }
  if (result.fault != Fault::none) {
    for (uint8_t i = 0; i < count; ++i) offsets[i] = kept[i];
  }
  return result;
}

}  // namespace presentation
