#include "lines.h"

#include <cinttypes>
#include <cstdio>

#include "../ohmwork/network.h"
#include "../ohmwork/presentation.h"
#include "../ohmwork/wipers.h"

namespace lines {
namespace {

uint64_t state;

/** SplitMix64 (Steele, Lea, Flood 2014): not the generator that is tested. */
uint64_t draw() {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

bool isHex(char character) { return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'F'); }

}  // namespace

void begin(uint64_t seed) { state = seed; }

uint32_t below(uint32_t bound) { return static_cast<uint32_t>((draw() >> 32) * bound >> 32); }
uint32_t word() { return static_cast<uint32_t>(draw()); }

/** CRC-16/CCITT-FALSE, bit by bit as it is defined. */
uint16_t crcOf(const std::string& text) {
  uint16_t crc = 0xFFFF;
  for (const char character : text) {
    crc ^= static_cast<uint16_t>(static_cast<uint8_t>(character) << 8);
    for (int bit = 0; bit < 8; ++bit) crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}

std::string hex(uint32_t value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*" PRIX32, digits, value);
  return text;
}
std::string sealed(const std::string& body) { return body + " " + hex(crcOf(body), 4); }
std::string field(uint32_t value, int digits) { return " " + hex(value, digits); }

bool isIntact(const std::string& line) {
  const size_t size = line.size();
  if (size < 8 || size > 119 || line[size - 5] != ' ' || line[2] != ' ' || !isHex(line[0]) || !isHex(line[1])) return false;
  return hex(crcOf(line.substr(0, size - 5)), 4) == line.substr(size - 4);
}

namespace {

std::string codes(uint32_t count) {
  std::string text;
  while (count-- > 0) text += field(below(0x1000), 3);
  return text;
}

/** Which command comes next: what a network still lacks more often than not. */
uint32_t choose() {
  if (below(4) != 0) {
    if (network.nodes == 0) return 1;
    if (network.sources == 0) return 2;
    if (network.outputs == 0) return 3;
    if (network.edges == 0) return 4;
    if (presentation::rule.kind == 0) return 10;
    if (presentation::random == 0) return 12;
  }
  const uint32_t kind = below(3) == 0 ? below(18) : 6 + below(24);
  return kind < 18 ? kind : 18;
}

}  // namespace

std::string command() {
  const uint32_t wild = below(8) == 0 ? 0xFFF : 0;
  const uint32_t nodes = network.nodes == 0 ? 9 : network.nodes;
  switch (choose()) {
    case 0: return "HELLO";
    case 1: {
      const uint32_t count = below(4) == 0 ? 1 + below(18) : 9;
      std::string text = "NODES" + field(count, 2);
      for (uint32_t i = 0; i < count; ++i) text += field(i < 8 ? i : 14 + below(2), 1);
      return text;
    }
    case 2: {
      const uint32_t count = 1 + below(5);
      std::string text = "SOURCES" + field(count, 2);
      for (uint32_t i = 0; i < count; ++i) text += field(below(nodes + 1), 2) + " " + static_cast<char>('1' + below(2)) + static_cast<char>('A' + below(4));
      return text;
    }
    case 3: return "OUTPUT 01" + field(below(nodes), 2) + " 2A" + field(below(wild ? 32 : 5) + 2, 2);
    case 4:
    case 5: {
      std::string text = "EDGES" + field(below(8) == 0 ? 0 : network.edges, 2);
      for (uint32_t count = below(18); count > 0; --count) text += field(below(nodes + (wild & 1)) << 8 | below(nodes), 4);
      return text;
    }
    case 6: {
      const uint32_t low = wild + below(0x101);
      return "WINDOW" + field(low, 3) + field(low + below(0x110), 3);
    }
    case 7:
    case 8: {
      std::string text = "PROGRAM" + field(below(network.edges + 1U), 2);
      const uint32_t span = wipers::high() - wipers::low() + 1U + (wild & 3);
      for (uint32_t count = below(17); count > 0; --count) text += field(wipers::low() + below(span), 3);
      return text;
    }
    case 9: return "READ" + field(below(network.edges + 1U), 2);
    case 10:
    case 11:
      return std::string("RULE ") + "SP"[below(2)] + " " + "FS"[below(2)] + field(below(256), 2) + field(below(0x10000), 4) + codes(3) +
             field(below(2) * below(0x1000), 3) + field(1U << below(wild ? 4 : 3), 1);
    case 12: return "SEED" + field(word(), 8);
    case 13: return "RESPOND" + codes(network.sources + (wild & 1));
    case 14: return "SETTLE" + field(below(0x10000), 4) + (below(2) == 0 ? "" : field(below(0x10000), 4));
    case 15: return std::string("CALIBRATE ") + "MRFX"[below(4)];
    case 16: return "QUIET" + field(below(0x2000), 4);
    case 17: return below(2) == 0 ? "STATS" : below(2) == 0 ? "STATE" : "SAFE";
    default: {
      std::string text = "LEARN" + codes(network.sources);
      for (uint32_t i = 0; i < network.outputs; ++i) text += below(8) == 0 ? " ---" : field(below(0x1000), 3);
      return text;
    }
  }
}

void mutate(std::string& line) {
  for (uint32_t times = 1 + below(3); times > 0 && !line.empty(); --times) {
    const uint32_t at = below(static_cast<uint32_t>(line.size()));
    switch (below(4)) {
      case 0: line[at] = static_cast<char>(line[at] ^ 1 << below(8)); break;
      case 1: line.erase(at, 1 + below(3)); break;
      case 2: line.insert(at, 1, static_cast<char>(below(256))); break;
      default: line[at] = "0123456789ABCDEF -"[below(18)];
    }
  }
}

std::string garbage() {
  std::string text;
  for (uint32_t count = below(200); count > 0; --count) text += static_cast<char>(below(256));
  return text;
}

}  // namespace lines
