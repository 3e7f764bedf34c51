// Lines of every kind against the firmware on models of its chips, under sanitizers.
//
//   fuzz [lines] [seed]
//
// Holds after each: no wiper and no code left its window (the models abort); a line that is not intact is answered `!! BAD` and changes
// nothing; an intact one is answered once, under its number; a repeated one is answered alike and not carried out again.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../ohmwork/commands.h"
#include "../ohmwork/network.h"
#include "../ohmwork/presentation.h"
#include "../ohmwork/session.h"
#include "../ohmwork/step.h"
#include "../ohmwork/wipers.h"
#include "models.h"

namespace {

uint64_t state;

/** SplitMix64 (Steele, Lea, Flood 2014): not the generator that is tested. */
uint64_t draw() {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}
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

bool isHex(char character) { return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'F'); }

bool isIntact(const std::string& line) {
  const size_t size = line.size();
  if (size < 8 || size > 119 || line[size - 5] != ' ' || line[2] != ' ' || !isHex(line[0]) || !isHex(line[1])) return false;
  return hex(crcOf(line.substr(0, size - 5)), 4) == line.substr(size - 4);
}

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

/** A command as a host may send it; now and then with a value that is out of range. */
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

struct Everything {
  Network network;
  Rule rule;
  uint32_t random, steps;
  uint16_t settle, low, high;
  uint16_t pots[64];
  uint16_t driven[2][4];
  bool switches[20];
  bool programmed;
  uint64_t acts;
};

void look(Everything& all) {
  std::memset(static_cast<void*>(&all), 0, sizeof all);
  std::memcpy(static_cast<void*>(&all.network), &network, sizeof network);
  std::memcpy(static_cast<void*>(&all.rule), &presentation::rule, sizeof all.rule);
  all.random = presentation::random;
  all.steps = presentation::steps;
  all.settle = presentation::settleMicroseconds;
  all.low = wipers::low();
  all.high = wipers::high();
  std::memcpy(all.pots, models::pots, sizeof all.pots);
  std::memcpy(all.driven, models::driven, sizeof all.driven);
  std::memcpy(all.switches, models::switches, sizeof all.switches);
  all.programmed = models::wasProgrammed;
  all.acts = models::acts;
}

std::string current;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "%s\n  line   %s\n  answer %s\n", what, current.c_str(), models::sent.c_str());
  std::abort();
}

void expect(bool holds, const char* what) {
  if (!holds) broken(what);
}

/** Sends a line and gives what came back, without what is for a person. */
std::string exchange(const std::string& line) {
  current = line;
  models::sent.clear();
  for (const char character : line) session::receive(static_cast<uint8_t>(character));
  session::receive('\n');
  std::string answer;
  for (size_t from = 0, to; (to = models::sent.find('\n', from)) != std::string::npos; from = to + 1) {
    const std::string one = models::sent.substr(from, to - from);
    if (one.compare(0, 2, "--") == 0) continue;
    expect(one.size() < 120 && one.size() > 6 && hex(crcOf(one.substr(0, one.size() - 5)), 4) == one.substr(one.size() - 4), "Answer not well-formed");
    expect(answer.empty(), "Two answers to one line");
    answer = one;
  }
  return answer;
}

void checkLimits() {
  const uint16_t low = wipers::low();
  const uint16_t high = wipers::high();
  expect(low >= 1 && low <= high && high <= 0x100, "Window out of bounds");
  expect(network.nodes <= 16 && network.sources <= 4 && network.outputs <= 4 && network.edges <= 64, "More than there is room for");
  for (int edge = 0; edge < network.edges; ++edge) {
    const bool known = wipers::position(static_cast<uint8_t>(edge)) != wipers::unknown;
    expect(!known || (models::pots[edge] >= low && models::pots[edge] <= high), "Wiper outside the window");
    expect(network.edge[edge] >> 4 < network.nodes && (network.edge[edge] & 0xF) < network.nodes, "Edge to a node that is not there");
  }
  for (const bool closed : models::switches) expect(!closed, "A clamp stayed closed");
}

/** No wiper is in use that may stand outside the window. */
void checkInUse() {
  for (int edge = 0; edge < network.edges; ++edge) {
    expect(models::pots[edge] >= wipers::low() && models::pots[edge] <= wipers::high(), "A wiper is in use outside the window");
  }
}

/** What PROGRAM said OK to stands in the chips, and nothing else. */
void checkProgram(const std::string& line) {
  unsigned edge = 0, position = 0;
  int length = 0;
  const char* at = line.c_str() + 11;
  const char* const crc = line.c_str() + line.size() - 5;
  expect(std::sscanf(at, "%x%n", &edge, &length) == 1, "PROGRAM without a first edge");
  for (at += length; at < crc; at += length, ++edge) {
    expect(std::sscanf(at, "%x%n", &position, &length) == 1, "PROGRAM without a position");
    expect(edge < network.edges && models::pots[edge] == position, "PROGRAM did not set what it said OK to");
  }
}

/** A line of another host under a number that is remembered is a new line. */
void checkNewHost(uint8_t seq) {
  const uint32_t seed = word() | 1;
  exchange(sealed(hex(seq, 2) + " SEED" + field(seed, 8)));
  expect(presentation::random == seed, "A new line was taken for an old one");
}

/** What is said to be safe drives nothing. */
void checkSafe() {
  if (!presentation::isSafe()) return;
  for (const auto& chip : models::driven) {
    for (const uint16_t code : chip) expect(code == 0, "A source is driven though all is said to be safe");
  }
  for (const bool closed : models::switches) expect(!closed, "A clamp is closed though all is said to be safe");
}

/** After a silence what the host could not have wanted any more is gone, at the latest soon after the DACs answer again. */
void checkQuiet() {
  const bool answering = models::dacAnswers[0] && models::dacAnswers[1];
  const bool wasSafe = presentation::isSafe();
  const bool wasUnreached = presentation::isSafeUnreached();
  const bool asked = commands::quietMilliseconds() != 0;
  models::clockMilliseconds += 0x10000;
  models::sent.clear();
  session::watch();
  checkSafe();
  expect(models::sent.empty() == (!asked || wasSafe || !answering), "Silence is told when it made the board safe, and only then");
  expect(models::sent.empty() || models::sent.compare(0, 9, "!! QUIET ") == 0, "Not the event of silence");
  if (!asked && !wasUnreached) return;
  expect(presentation::isSafe() == (wasSafe || answering), "Not safe after a silence, or said to be");
  if (presentation::isSafe()) return;
  const bool kept[] = {models::dacAnswers[0], models::dacAnswers[1]};
  const uint64_t acts = models::acts;
  models::clockMilliseconds += 99;
  session::watch();
  expect(models::acts == acts, "Tried again too soon");
  models::dacAnswers[0] = models::dacAnswers[1] = true;
  models::clockMilliseconds += 1;
  session::watch();
  expect(presentation::isSafe(), "Not safe though the DACs answer again");
  checkSafe();
  for (int i = 0; i < 2; ++i) models::dacAnswers[i] = kept[i];
}

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

/** The tick of an edge against the formula of docs/board.md in wide integers. */
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

}  // namespace

int main(int count, char** arguments) {
  const uint64_t lines = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100000;
  const uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  state = seed;
  models::readings = word;
  for (uint16_t& pot : models::pots) pot = 0x80;
  expect(crcOf("123456789") == 0x29B1, "CRC is not CCITT-FALSE");
  uint32_t walk = 1;
  expect(nextRandom(walk) == 270369 && nextRandom(walk) == 67634689, "Not xorshift32");
  session::begin();

  uint64_t bad = 0, carriedOut = 0, refused = 0, repeated = 0;
  uint8_t seq = 0;
  bool shorted = false;
  std::string last;
  for (uint64_t i = 0; i < lines; ++i) {
    const uint32_t kind = below(100);
    std::string line = sealed(hex(seq, 2) + " " + command());
    if (kind < 50) {
      ++seq;
    } else if (kind < 60) {
      std::string body = hex(seq++, 2) + " " + command();
      mutate(body);
      line = sealed(body);
    } else if (kind < 80) {
      mutate(line);
    } else if (kind < 85) {
      line = garbage();
    } else if (kind < 87) {
      line = "-- " + command();
    } else if (kind < 95 && !last.empty()) {
      Everything before, after;
      current = last;
      const std::string first = exchange(sealed(last));
      look(before);
      const bool wasHello = last.compare(3, 5, "HELLO") == 0;
      const std::string again = exchange(sealed(last));
      look(after);
      expect(again == first, "A repeated line is answered otherwise");
      expect(wasHello || std::memcmp(&before, &after, sizeof before) == 0, "A repeated line acted again");
      ++repeated;
    }
    std::string clean;
    for (const char character : line) {
      if (character != '\n' && character != '\r') clean += character;
    }
    line = clean;

    Everything before, after;
    look(before);
    const bool intact = isIntact(line);
    const bool forPersons = line == "?" || line.compare(0, 3, "-- ") == 0;
    const uint16_t repeatsBefore = session::counters.repeats;
    const std::string answer = exchange(line);
    look(after);
    if (intact) {
      expect(answer.size() > 6 && answer.compare(0, 3, line.substr(0, 3)) == 0, "An intact line was not answered");
      (answer.compare(3, 2, "OK") == 0 ? carriedOut : refused) += 1;
      if (answer.compare(3, 2, "OK") == 0 && line.compare(3, 8, "PROGRAM ") == 0) checkProgram(line);
      last = line.substr(0, line.size() - 5);
    } else if (!line.empty() && !(forPersons && answer.empty())) {
      expect(answer.compare(0, 7, "!! BAD ") == 0, "A bad line was not reported");
      ++bad;
    }
    if (!intact) expect(std::memcmp(&before, &after, sizeof before) == 0, "A bad line acted");
    checkLimits();
    checkSafe();
    const bool isOk = intact && answer.compare(3, 2, "OK") == 0;
    const bool repeats = session::counters.repeats != repeatsBefore;
    expect(std::memcmp(models::storedOffsets, presentation::offsets, sizeof models::storedOffsets) == 0, "Other offsets are in use than are stored");
    if (shorted && intact && !repeats && line.compare(3, 11, "CALIBRATE M") == 0) expect(!isOk, "Offsets were measured though every node is at ground");
    for (const char* use : {"RESPOND ", "LEARN ", "CALIBRATE M"}) {
      if (isOk && !repeats && line.compare(3, std::strlen(use), use) == 0) checkInUse();
    }
    if (isOk && !repeats && line.compare(3, 5, "SAFE ") == 0) expect(presentation::isSafe(), "SAFE said OK and is not");
    checkTick();
    if (below(200) == 0) checkQuiet();
    if (below(50) == 0) checkNewHost(static_cast<uint8_t>(seq - 1));
    if (below(300) == 0) shorted = below(4) == 0;
    models::readings = shorted ? [] { return uint32_t{0}; } : word;
    if (below(200) == 0) models::potsAnswer = !models::potsAnswer || below(4) != 0;
    if (below(500) == 0) {
      for (bool& answers : models::dacAnswers) answers = below(3) != 0;
    }
  }
  std::printf("seed %" PRIu64 ": %" PRIu64 " lines, %" PRIu64 " carried out, %" PRIu64 " refused, %" PRIu64 " bad, %" PRIu64 " repeated, %" PRIu32 " steps\n", seed, lines,
              carriedOut, refused, bad, repeated, presentation::steps);
  return 0;
}
