#include "../ohmwork/step.h"
#include "checks.h"
#include "exchange.h"
#include "lines.h"

using lines::below;
using lines::word;

namespace {

/** The state that `nextRandom` leads to `next`: x = next ^ x << n, and the like, settle from the end that nothing is shifted into. */
uint32_t stateBefore(uint32_t next) {
  const auto unshift = [](uint32_t mixed, auto shifted) {
    uint32_t x = mixed;
    for (int i = 0; i < 32; ++i) x = mixed ^ shifted(x);
    return x;
  };
  next = unshift(next, [](uint32_t x) { return x << 5; });
  next = unshift(next, [](uint32_t x) { return x >> 17; });
  return unshift(next, [](uint32_t x) { return x << 13; });
}

}  // namespace

void checkTick() {
  Rule rule = {};
  rule.kind = below(2) == 0 ? 'S' : 'P';
  rule.gain = static_cast<uint16_t>((word() & 0xFFFF) >> below(16));
  const uint8_t strength = static_cast<uint8_t>(below(4) == 0 ? 255 : below(256));
  const int32_t first = static_cast<int32_t>(below(8191)) - 4095;
  const int32_t second = below(2) == 0 ? first + static_cast<int32_t>(below(9)) - 4 : static_cast<int32_t>(below(8191)) - 4095;
  if (second < -4095 || second > 4095) return;
  const int64_t contrast = static_cast<int64_t>(first - second) * (first + second);
  const uint64_t chance = static_cast<uint64_t>(contrast < 0 ? -contrast : contrast) * rule.gain * strength >> 8;
  uint32_t random = word() | 1;
  if (rule.kind == 'P' && chance <= UINT32_MAX && below(4) != 0) {
    const uint32_t drawn = static_cast<uint32_t>(chance) + below(3) - 1;  // the last that ticks, and the first two that do not
    if (drawn != 0) random = stateBefore(drawn);
    uint32_t again = random;
    expect(drawn == 0 || nextRandom(again) == drawn, "Xorshift is not inverted");
  }
  uint32_t expected = random;
  int8_t step = contrast > 0 ? -1 : 1;
  if (rule.kind == 'P') {
    if (nextRandom(expected) >= chance) step = 0;
  } else if (strength < 255 && nextRandom(expected) >> 24 >= strength) {
    step = 0;
  }
  expect(tick(rule, strength, static_cast<int16_t>(first), static_cast<int16_t>(second), random) == step && random == expected, "Tick differs from the formula");
}
