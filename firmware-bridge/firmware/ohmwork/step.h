#pragma once

#include <stdint.h>

/** How edges learn; the letters are those of the line. */
struct Rule {
  char kind;      // S sign, P tick probability, 0 none yet
  char contrast;  // F free–clamped, S symmetric
  uint8_t eta;    // in 1/256
  uint16_t gain;
  int16_t tolerance;
  int16_t low;   // rails of overclamping
  int16_t high;
  int16_t full;  // error of full strength; 0 switches overclamping off
  uint8_t averages;
};

/** Xorshift of 32 bits with the shifts 13, 17, 5 (Marsaglia, Journal of Statistical Software 8(14), 2003). */
uint32_t nextRandom(uint32_t& state);

/** How far, in codes, an output at `value` is displaced, and how strongly; strength 0 with displacement 0: it is left free. */
struct Nudge {
  bool displaced;
  int16_t displacement;
  uint8_t strength;
};
Nudge nudge(const Rule& rule, int16_t label, int16_t value);

/** The code of a clamp, kept on the scale. */
int16_t limitCode(int16_t code);

/** The tick of an edge from its own two drops: −1 it conducts more, 1 less, 0 it stays. Draws as many numbers as the rule says. */
int8_t tick(const Rule& rule, uint8_t strength, int16_t first, int16_t second, uint32_t& random);
