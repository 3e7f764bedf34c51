#include "fields.h"

uint8_t hexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return 255;
}

uint8_t Fields::next() const {
  uint8_t length = 0;
  while (at_ + length < end_ && at_[length] != ' ') ++length;
  return length;
}

void Fields::take(uint8_t length) {
  at_ += length;
  if (at_ + 1 < end_) ++at_;  // a space at the end parts nothing: it is left, and no field
  ++taken_;
}

bool Fields::hex(uint8_t digits, uint32_t& value) {
  const uint8_t length = next();
  if (length == 0 || length > digits) return false;
  uint32_t sum = 0;
  for (uint8_t i = 0; i < length; ++i) {
    const uint8_t digit = hexDigit(at_[i]);
    if (digit > 15) return false;
    sum = sum << 4 | digit;
  }
  value = sum;
  take(length);
  return true;
}

bool Fields::hex(uint8_t digits, uint16_t& value) {
  uint32_t wide;
  if (!hex(digits, wide)) return false;
  value = static_cast<uint16_t>(wide);
  return true;
}

bool Fields::hex(uint8_t digits, uint8_t& value) {
  uint32_t wide;
  if (!hex(digits, wide)) return false;
  value = static_cast<uint8_t>(wide);
  return true;
}

bool Fields::word(uint8_t length, const char*& text) {
  if (next() != length) return false;
  text = at_;
  take(length);
  return true;
}

bool Fields::word(const char*& text, uint8_t& length) {
  length = next();
  if (length == 0) return false;
  text = at_;
  take(length);
  return true;
}
