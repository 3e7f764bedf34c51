#pragma once

#include <stdint.h>

/** The value of an upper-case hexadecimal digit, or 255. */
uint8_t hexDigit(char digit);

/** Walks over the fields of a line, which single spaces part. Every function leaves the walk where it was when it fails. */
class Fields {
 public:
  Fields(const char* text, uint8_t length) : at_(text), end_(text + length) {}

  /** Takes a number of 1 to `digits` digits. */
  bool hex(uint8_t digits, uint32_t& value);
  bool hex(uint8_t digits, uint16_t& value);
  bool hex(uint8_t digits, uint8_t& value);
  /** Takes a field of exactly this length and points at it. */
  bool word(uint8_t length, const char*& text);
  /** Takes a field of any length. */
  bool word(const char*& text, uint8_t& length);
  bool done() const { return at_ == end_; }
  /** Fields taken so far: what an error names. */
  uint8_t taken() const { return taken_; }

 private:
  uint8_t next() const;
  void take(uint8_t length);

  const char* at_;
  const char* end_;
  uint8_t taken_ = 0;
};
