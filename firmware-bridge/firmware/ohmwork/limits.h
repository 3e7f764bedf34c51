#pragma once

#include <stdint.h>

namespace limits {

constexpr uint8_t nodes = 16;
constexpr uint8_t sources = 4;
constexpr uint8_t outputs = 4;
constexpr uint8_t edges = 64;

constexpr uint8_t line = 120;    // bytes, line feed included
constexpr uint8_t answer = 84;   // the longest is READ or RESPOND of 16: 2 + 3 + 16 · 4 + 5, and the line feed
constexpr uint8_t perLine = 16;  // wipers or edges that one line carries

constexpr uint16_t wiperLowest = 0x001;   // 000 is kept to mean "not known"
constexpr uint16_t wiperHighest = 0x100;  // full scale of 257 taps (DS22060, 5.1)
constexpr int16_t codeHighest = 0xFFF;    // 12 bit: converter and DACs

}  // namespace limits
