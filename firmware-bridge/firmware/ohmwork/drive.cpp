#include "drive.h"

#include "bench.h"
#include "calibration.h"
#include "presentation.h"
#include "step.h"

namespace drive {
namespace {

uint16_t dacCodes[2][4];
enum class Standing : uint8_t { safe, unreached, driven };  // unreached: a DAC did not take its zeros
Standing standing = Standing::unreached;

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

void openClamps() {
  for (uint8_t i = 0; i < network.outputs; ++i) bench::setSwitch(network.outputSwitch[i], false);
}

void setPlain(const Driven& at, uint16_t code) { dacCodes[at.chip - 1][at.channel] = code; }

void setCode(const Driven& at, int16_t code) {
  setPlain(at, static_cast<uint16_t>(limitCode(code - calibration::offsets.dac[at.chip - 1][at.channel])));
}

bool write(uint8_t chip) {
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

uint8_t writeSources() {
  standing = Standing::driven;
  openClamps();
  for (uint8_t chip = 1; chip <= 2; ++chip) {
    for (uint8_t i = 0; i < network.sources; ++i) {
      if (network.source[i].chip != chip) continue;
      if (!write(chip)) return chip;
      break;
    }
  }
  return 0;
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
      const uint16_t sampling = isSource(i) ? 1 : presentation::samplingMicroseconds;
      uint16_t sum = 0;
      for (uint8_t reading = 0; reading < averages; ++reading) sum += bench::convert(channel, sampling);
      const int16_t mean = static_cast<int16_t>(averages == 1 ? sum : sum / averages);  // a division takes 20 µs
      codes[i] = limitCode(mean - calibration::offsets.converter[channel]);
    }
  }
}

}  // namespace drive
