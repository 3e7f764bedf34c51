#include "answer.h"

#include "crc.h"
#include "flash-text.h"

namespace {
constexpr uint8_t sealed = 6;  // space, crc, line feed: always fit
}

void Answer::put(char character) {
  if (length < limits::answer - sealed) text[length++] = character;
}

void Answer::flash(const char* from) {
  for (char character; (character = static_cast<char>(pgm_read_byte(from))) != 0; ++from) put(character);
}

void Answer::digits(uint32_t value, uint8_t count) {
  while (count-- > 0) {
    const uint8_t digit = static_cast<uint8_t>(value >> (4 * count)) & 0xF;
    put(static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10));
  }
}

void Answer::hex(uint32_t value, uint8_t count) {
  put(' ');
  digits(value, count);
}

void Answer::seal() {
  uint16_t crc = crc16Start;
  for (uint8_t i = 0; i < length; ++i) crc = crc16(crc, static_cast<uint8_t>(text[i]));
  text[length++] = ' ';
  for (int8_t shift = 12; shift >= 0; shift -= 4) {
    const uint8_t digit = (crc >> shift) & 0xF;
    text[length++] = static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10);
  }
  text[length++] = '\n';
}
