#pragma once

#include <stdint.h>

#include "limits.h"

/** A line on its way to the host: text, then its crc and a line feed. What does not fit is left out. */
struct Answer {
  char text[limits::answer];
  uint8_t length = 0;

  void clear() { length = 0; }
  void put(char character);
  /** Text that lies in flash. */
  void flash(const char* text);
  /** A space and a number of `digits` digits. */
  void hex(uint32_t value, uint8_t digits);
  void digits(uint32_t value, uint8_t digits);
  /** Ends the line: a space, the crc of what is before, a line feed. */
  void seal();
};
