#include "step.h"

#include "limits.h"

uint32_t nextRandom(uint32_t& state) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

int16_t limitCode(int16_t code) {
  if (code < 0) return 0;
  return code > limits::codeHighest ? limits::codeHighest : code;
}

Nudge nudge(const Rule& rule, int16_t label, int16_t value) {
  const int16_t error = label - value;
  const int16_t size = error < 0 ? -error : error;
  if (size <= rule.tolerance) return {false, 0, 0};
  int16_t toward = error;
  uint8_t strength = 255;
  if (rule.full != 0) {
    toward = (error > 0 ? rule.high : rule.low) - value;
    const int32_t ratio = static_cast<int32_t>(size) * 255 / rule.full;
    if (ratio < 255) strength = static_cast<uint8_t>(ratio);
  }
  return {true, static_cast<int16_t>((static_cast<int32_t>(toward) * rule.eta) >> 8), strength};
}

namespace {

static_assert(static_cast<uint32_t>(limits::codeHighest) * limits::codeHighest >> 24 == 0, "A contrast of two drops needs more than 24 bits");

/** Whether random < (size · gain · strength) >> 8. Size has 24 bits, so the product has 48: a right side of more than 32 is always a tick. */
bool falls(uint32_t random, uint32_t size, uint16_t gain, uint8_t strength) {
  const uint32_t lower = (size & 0xFFFF) * gain;
  const uint32_t upper = (size >> 16) * gain + (lower >> 16);  // bits 16–47 of size · gain
  const uint32_t tail = (lower & 0xFFFF) * strength;
  const uint32_t head = upper * strength + (tail >> 16);  // bits 16–47 of the whole: upper has 24 bits
  if (head >> 24 != 0) return true;
  return random < (head << 8 | (tail >> 8 & 0xFF));
}

}  // namespace

int8_t tick(const Rule& rule, uint8_t strength, int16_t first, int16_t second, uint32_t& random) {
  // (first − second)(first + second): both fit 16 bits, for drops are within ±4095.
  const int32_t contrast = static_cast<int32_t>(first - second) * (first + second);
  if (rule.kind == 'S') {
    if (strength < 255 && (nextRandom(random) >> 24) >= strength) return 0;
    return contrast > 0 ? -1 : 1;
  }
  const uint32_t draw = nextRandom(random);
  const uint32_t size = static_cast<uint32_t>(contrast < 0 ? -contrast : contrast);
  if (!falls(draw, size, rule.gain, strength)) return 0;
  return contrast > 0 ? -1 : 1;
}
