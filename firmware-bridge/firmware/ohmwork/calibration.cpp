#include "calibration.h"

#include "bench.h"
#include "drive.h"
#include "network.h"
#include "store.h"
#include "wipers.h"

using presentation::dacFault;
using presentation::Fault;
using presentation::Result;
using presentation::well;

namespace calibration {

Offsets offsets;

namespace {

bool known = false;

constexpr uint8_t channels = 8;
constexpr uint8_t levels = 16;
constexpr uint8_t readings = 4;
constexpr int16_t lowLevel = 0x180;
constexpr int16_t highLevel = 0xC00;
constexpr int16_t levelStep = 31;
constexpr int16_t lowCeiling = 0x3FF;  // of readings at the low levels: 64 of them fit 16 bits

/** Which edges conduct; the others are parted from their terminals. */
enum class Joined : uint8_t { none, inner, grounded, all };

bool joins(uint8_t edge, Joined which) {
  if (which == Joined::all || edge >= network.edges) return which == Joined::all;
  const uint8_t from = network.node[network.edge[edge] >> 4];
  const uint8_t to = network.node[network.edge[edge] & 0xF];
  if (from == Network::supply || to == Network::supply) return false;
  const bool isGrounded = from == Network::ground || to == Network::ground;
  return which == Joined::grounded || (which == Joined::inner && !isGrounded);
}

/** Joins edges to the network; every chip is told, whether or not one before it failed. */
Result join(Joined which) {
  Result result = well;
  for (uint8_t edge = 0; edge < network.edges; edge += 2) {
    if (!bench::joinPots(edge >> 1, joins(edge, which), joins(edge + 1, which))) result = {Fault::chip, edge, bench::noChip, 0, 0};
  }
  bench::releasePots();
  return result;
}

void settle() { bench::wait(presentation::settleMicroseconds); }

int16_t read(uint8_t channel) { return static_cast<int16_t>(bench::convert(channel, presentation::samplingMicroseconds)); }

/** The converter's capacitor comes from another node: a first reading brings it near. */
void approach(uint8_t channel) { read(channel); }

bool isRead(uint8_t node) { return network.node[node] < channels; }

/** The first node that a channel reads, or none. */
constexpr uint8_t none = 255;
uint8_t nodeOf(uint8_t channel) {
  for (uint8_t node = 0; node < network.nodes; ++node) {
    if (network.node[node] == channel) return node;
  }
  return none;
}

/** Drives one source alone; the others are let go, or all of them when there is none such. */
uint8_t driveAlone(uint8_t source, int16_t level, uint16_t letGo) {
  for (uint8_t i = 0; i < network.sources; ++i) drive::setPlain(network.source[i], i == source ? static_cast<uint16_t>(level) : letGo);
  return drive::writeSources();
}

/** What every channel reads while one source rises: sums of 64 readings at low levels and of 16 at high ones. */
struct Sums {
  uint16_t low[channels];
  uint16_t high[channels];
};
constexpr uint16_t tooHigh = 0xFFFF;  // a low sum of a channel that stands above all levels: it follows nothing

Result sweep(Joined which, uint8_t source, Sums& sums) {
  const Result joined = join(which);
  if (joined.fault != Fault::none) return joined;
  sums = Sums();
  for (uint8_t i = 0; i < 2 * levels; ++i) {
    const bool isLow = i < levels;
    const uint8_t chip = driveAlone(source, isLow ? lowLevel + i * levelStep : highLevel + (i - levels) * levelStep, bench::powerDown500k);
    if (chip != 0) return dacFault(chip);
    settle();
    for (uint8_t channel = 0; channel < channels; ++channel) {
      if (nodeOf(channel) == none) continue;
      approach(channel);
      if (!isLow) sums.high[channel] += static_cast<uint16_t>(read(channel));
      for (uint8_t again = 0; isLow && again < readings && sums.low[channel] != tooHigh; ++again) {
        const int16_t reading = read(channel);
        sums.low[channel] = reading > lowCeiling ? tooHigh : static_cast<uint16_t>(sums.low[channel] + static_cast<uint16_t>(reading));
      }
    }
  }
  return well;
}

/** How the reading of a channel follows that of the driven one: v = slope · driven + rest. */
struct Line {
  float slope;
  float rest;
};

float meanLow(uint16_t sum) { return sum / static_cast<float>(levels * readings); }
float meanHigh(uint16_t sum) { return sum / static_cast<float>(levels); }

Line lineOf(const Sums& sums, uint8_t driven, uint8_t channel) {
  const float from = meanLow(sums.low[driven]);
  const float rise = meanHigh(sums.high[driven]) - from;
  const float at = meanLow(sums.low[channel]);
  const float slope = rise < 1 || sums.low[channel] == tooHigh ? 0 : (meanHigh(sums.high[channel]) - at) / rise;
  return {slope, at - slope * from};
}

constexpr float reached = 0.125f;  // a channel that follows less hangs on no edge to the source
constexpr float divided = 0.02f;   // sum of squares: below, the ground pulls too little to be of use

/** Rounds to the next whole code; false when it is none that a chip has. */
bool round(float value, int8_t& offset) {
  if (!(value > -127.5f && value < 127.5f)) return false;
  offset = static_cast<int8_t>(value < 0 ? value - 0.5f : value + 0.5f);
  return true;
}

Result offsetFault(uint8_t where) { return {Fault::offset, where, 0, 0, 0}; }

/** Offset of the converter at a source, from all nodes at 0 V where one reads above; else from what the edges to ground divide. */
float offsetAtSource(uint8_t driven, const Sums& free, const Sums& grounded) {
  float largest = 1;  // code: below, noise is cut off at 0
  float atGround = 0;
  float product = 0;
  float square = 0;
  for (uint8_t channel = 0; channel < channels; ++channel) {
    const Line line = lineOf(free, driven, channel);
    if (nodeOf(channel) == none || line.slope < reached) continue;
    float zero = 0;
    approach(channel);
    for (uint8_t i = 0; i < levels; ++i) zero += read(channel);
    zero /= levels;
    if (zero > largest) {
      largest = zero;
      atGround = (zero - line.rest) / line.slope;
    }
    // v = slope · (driven − offset there) + own offset: two slopes and the same two offsets.
    const Line pulled = lineOf(grounded, driven, channel);
    const float pull = line.slope - pulled.slope;
    product += pull * (pulled.rest - line.rest);
    square += pull * pull;
  }
  if (largest > 1) return atGround;
  return square < divided ? 0 : product / square;
}

/** What is measured on the way: offsets of the converter's channels in 1/64 codes, `unmeasured` where no source reaches a node. */
struct Measured {
  Offsets whole;
  int16_t converter[channels];
};
constexpr int16_t unmeasured = INT16_MIN;
constexpr float parts = 64;

/** The converter's offsets at the nodes that one source reaches. */
Result measureReached(uint8_t source, Measured& next) {
  // The codes of a presentation have been answered: there is no room for both.
  static_assert(sizeof(Sums) <= sizeof presentation::freeCodes && alignof(Sums) <= alignof(int16_t), "Sums stand in the place of codes");
  Sums& free = reinterpret_cast<Sums&>(presentation::freeCodes);
  Sums& grounded = reinterpret_cast<Sums&>(presentation::clampedCodes);
  Result result = sweep(Joined::inner, source, free);
  if (result.fault == Fault::none) result = sweep(Joined::grounded, source, grounded);
  if (result.fault != Fault::none) return result;
  const uint8_t chip = driveAlone(limits::sources, 0, bench::powerDown1k);
  if (chip != 0) return dacFault(chip);
  settle();
  const uint8_t driven = network.node[network.source[source].node];
  const float here = offsetAtSource(driven, free, grounded);
  for (uint8_t channel = 0; channel < channels; ++channel) {
    const uint8_t node = nodeOf(channel);
    const Line line = lineOf(free, driven, channel);
    if (node == none || next.converter[channel] != unmeasured || (channel != driven && line.slope < reached)) continue;
    const float offset = channel == driven ? here : line.rest + line.slope * here;
    if (!round(offset, next.whole.converter[channel])) return offsetFault(network.sources + network.outputs + node);
    next.converter[channel] = static_cast<int16_t>(offset * parts);
  }
  return well;
}

/** How far a node reads above the code of the DAC that alone holds it: no edge conducts, so no current pulls at it. */
Result measureHeld(const Driven& at, uint8_t where, Measured& next, const uint8_t* switchPin) {
  if (!isRead(at.node)) return offsetFault(where);  // a DAC on a rail
  const uint8_t channel = network.node[at.node];
  float sum = 0;
  constexpr int16_t heldLevels[] = {0x400, 0x800, 0xC00};
  for (const int16_t level : heldLevels) {
    drive::setPlain(at, static_cast<uint16_t>(level));
    if (!drive::write(at.chip)) return dacFault(at.chip);
    if (switchPin != nullptr) bench::setSwitch(*switchPin, true);
    settle();
    approach(channel);
    for (uint8_t i = 0; i < levels; ++i) sum += read(channel) - level;
  }
  if (switchPin != nullptr) bench::setSwitch(*switchPin, false);
  const float ofConverter = next.converter[channel] == unmeasured ? 0 : next.converter[channel] / parts;
  return round(sum / (3 * levels) - ofConverter, next.whole.dac[at.chip - 1][at.channel]) ? well : offsetFault(where);
}

Result measureAll(Measured& next) {
  for (uint8_t i = 0; i < network.sources; ++i) {
    const uint8_t node = network.source[i].node;
    if (!isRead(node) || next.converter[network.node[node]] != unmeasured) continue;
    const Result result = measureReached(i, next);
    if (result.fault != Fault::none) return result;
  }
  const Result parted = join(Joined::none);
  if (parted.fault != Fault::none) return parted;
  const uint8_t chip = driveAlone(limits::sources, 0, 0);
  if (chip != 0) return dacFault(chip);
  for (uint8_t i = 0; i < network.sources; ++i) {
    const Result result = measureHeld(network.source[i], i, next, nullptr);
    if (result.fault != Fault::none) return result;
  }
  for (uint8_t i = 0; i < network.outputs; ++i) {
    const Result result = measureHeld(network.output[i], network.sources + i, next, &network.outputSwitch[i]);
    if (result.fault != Fault::none) return result;
  }
  return well;
}

}  // namespace

void begin() { known = store::loadOffsets(reinterpret_cast<int8_t*>(&offsets), sizeof offsets); }

bool isKnown() { return known; }

Result measure() {
  const Result standing = presentation::checkWipers();
  if (standing.fault != Fault::none) return standing;
  Measured next = {offsets, {}};
  for (uint8_t channel = 0; channel < channels; ++channel) {
    next.whole.converter[channel] = 0;
    next.converter[channel] = unmeasured;
  }
  wipers::open(network.edges);  // leakage shifts a node by so much the less, and the ground pulls the same whatever was learned
  Result result = measureAll(next);
  const uint8_t chip = drive::makeSafe();
  wipers::putBack(network.edges);
  const Result joined = join(Joined::all);
  if (result.fault == Fault::none && joined.fault != Fault::none) result = joined;
  if (result.fault == Fault::none && chip != 0) result = dacFault(chip);
  if (result.fault != Fault::none) return result;
  offsets = next.whole;
  known = true;
  store::saveOffsets(reinterpret_cast<const int8_t*>(&offsets), sizeof offsets);
  return well;
}

void forget() {
  offsets = Offsets();
  known = false;
  store::forgetOffsets();
}

}  // namespace calibration
