#include "models.h"

#include <cstdio>
#include <cstdlib>

#include "../ohmwork/bench.h"
#include "../ohmwork/host.h"
#include "../ohmwork/network.h"
#include "../ohmwork/reset.h"
#include "../ohmwork/store.h"
#include "../ohmwork/wipers.h"

namespace models {

std::string sent;
uint32_t clockMilliseconds = 0;
uint32_t (*readings)(uint8_t) = nullptr;
uint64_t acts = 0;
bool dacAnswers[2] = {true, true};
bool potsAnswer = true;
bool parted[64];
uint16_t pots[64];
uint16_t driven[2][4];
bool switches[20];
bool wasProgrammed = false;
int8_t storedOffsets[16];

namespace {

bool lets(uint16_t code) { return code >> 12 != 0; }

}  // namespace

uint32_t plainReading(uint8_t channel) {
  for (uint8_t i = 0; i < network.outputs; ++i) {
    const Driven& at = network.output[i];
    if (network.node[at.node] == channel && switches[network.outputSwitch[i]]) return driven[at.chip - 1][at.channel] & 0xFFF;
  }
  uint32_t sum = 0, count = 0;
  for (uint8_t i = 0; i < network.sources; ++i) {
    const Driven& at = network.source[i];
    const uint16_t code = driven[at.chip - 1][at.channel];
    if (lets(code)) continue;
    if (network.node[at.node] == channel) return code;
    sum += code;
    ++count;
  }
  return count == 0 ? 0 : sum / count;
}

void losePower() {
  for (uint16_t& pot : pots) pot = 0x80;
}

void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace models

using namespace models;

namespace bench {

void begin() {}
void setChain(uint8_t registers) {
  if (registers < 1 || registers > 4) fail("chain outside 1 to 4");
}
void writeWiper(uint8_t edge, uint16_t position) {
  ++acts;
  if (edge >= 64) fail("wiper beyond the last chip");
  if (position < 0x001 || position > 0x100) fail("wiper off the scale");
  if (position < wipers::low() || position > wipers::high()) fail("wiper outside the window");
  pots[edge] = position;
}
uint16_t readWiper(uint8_t edge) {
  if (edge >= 64) fail("wiper read beyond the last chip");
  return potsAnswer ? pots[edge] : noChip;
}
bool joinPots(uint8_t chip, bool first, bool second) {
  ++acts;
  if (chip >= 32) fail("no such potentiometer");
  parted[2 * chip] = !first;
  parted[2 * chip + 1] = !second;
  return potsAnswer;
}
void releasePots() {}
uint16_t convert(uint8_t channel, uint16_t) {
  if (channel > 7) fail("converter channel above 7");
  return readings == nullptr ? 0x800 : readings(channel) & 0xFFF;
}
bool prepareDac(uint8_t chip) {
  if (chip < 1 || chip > 2) fail("no such DAC");
  return dacAnswers[chip - 1];
}
bool driveDac(uint8_t chip, const uint16_t* codes, uint8_t channels) {
  ++acts;
  if (chip < 1 || chip > 2 || channels < 1 || channels > 4) fail("no such DAC channel");
  for (uint8_t i = 0; i < channels; ++i) {
    if (codes[i] > 0xFFF && codes[i] != powerDown1k && codes[i] != powerDown500k) fail("DAC code off the scale");
    if (dacAnswers[chip - 1]) driven[chip - 1][i] = codes[i];
  }
  return dacAnswers[chip - 1];
}
bool isSwitchPin(uint8_t pin) { return (pin >= 2 && pin <= 6) || pin == 9 || (pin >= 14 && pin <= 17); }
void setSwitch(uint8_t pin, bool closed) {
  ++acts;
  if (!isSwitchPin(pin)) fail("switch on a pin that is taken");
  switches[pin] = closed;
}
void wait(uint16_t) {}
uint32_t milliseconds() { return clockMilliseconds; }

}  // namespace bench

namespace host {

void begin() {}
bool take(uint8_t&) { return false; }
void send(char character) { sent += character; }
uint16_t overruns() { return 0; }

}  // namespace host

namespace reset {

const char* cause() { return "POWER"; }
bool programmed() { return wasProgrammed; }
void setProgrammed() { wasProgrammed = true; }

}  // namespace reset

namespace store {

uint16_t nextEpoch() { return 1; }
bool loadOffsets(int8_t*, uint8_t) { return false; }
void saveOffsets(const int8_t* offsets, uint8_t count) {
  ++acts;
  if (count != sizeof storedOffsets) fail("not every offset is stored");
  for (uint8_t i = 0; i < count; ++i) storedOffsets[i] = offsets[i];
}
void forgetOffsets() {
  ++acts;
  for (int8_t& offset : storedOffsets) offset = 0;
}

}  // namespace store
