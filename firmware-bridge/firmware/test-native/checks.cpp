#include "checks.h"

#include <cstdio>

#include "../ohmwork/commands.h"
#include "../ohmwork/drive.h"
#include "../ohmwork/network.h"
#include "../ohmwork/presentation.h"
#include "../ohmwork/session.h"
#include "../ohmwork/wipers.h"
#include "exchange.h"
#include "lines.h"
#include "models.h"

using lines::below;
using lines::field;
using lines::hex;
using lines::sealed;
using lines::word;

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
  for (const bool parted : models::parted) expect(!parted, "An edge stayed parted");
}

void checkInUse() {
  for (int edge = 0; edge < network.edges; ++edge) {
    expect(models::pots[edge] >= wipers::low() && models::pots[edge] <= wipers::high(), "A wiper is in use outside the window");
  }
}

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

void checkNewHost(uint8_t seq) {
  const uint32_t seed = word() | 1;
  exchange(sealed(hex(seq, 2) + " SEED" + field(seed, 8)));
  expect(presentation::random == seed, "A new line was taken for an old one");
}

void checkSafe() {
  if (!drive::isSafe()) return;
  for (const auto& chip : models::driven) {
    for (const uint16_t code : chip) expect(code == 0, "A source is driven though all is said to be safe");
  }
  for (const bool closed : models::switches) expect(!closed, "A clamp is closed though all is said to be safe");
}

/** Takes the events of wipers that are elsewhere out of what was sent, and counts them. */
static int takeLost() {
  int count = 0;
  for (size_t at; (at = models::sent.find("!! CHIP ")) != std::string::npos; ++count) models::sent.erase(at, models::sent.find('\n', at) + 1 - at);
  return count;
}

void checkQuiet() {
  const bool answering = models::dacAnswers[0] && models::dacAnswers[1];
  const bool wasSafe = drive::isSafe();
  const bool wasUnreached = drive::isSafeUnreached();
  const bool asked = commands::quietMilliseconds() != 0;
  models::clockMilliseconds += 0x10000;
  models::sent.clear();
  session::watch();
  takeLost();
  checkSafe();
  expect(models::sent.empty() == (!asked || wasSafe || !answering), "Silence is told when it made the board safe, and only then");
  expect(models::sent.empty() || models::sent.compare(0, 9, "!! QUIET ") == 0, "Not the event of silence");
  if (!asked && !wasUnreached) return;
  expect(drive::isSafe() == (wasSafe || answering), "Not safe after a silence, or said to be");
  if (drive::isSafe()) return;
  const bool kept[] = {models::dacAnswers[0], models::dacAnswers[1]};
  const uint64_t acts = models::acts;
  models::clockMilliseconds += 99;
  session::watch();
  expect(models::acts == acts, "Tried again too soon");
  models::dacAnswers[0] = models::dacAnswers[1] = true;
  models::clockMilliseconds += 1;
  session::watch();
  expect(drive::isSafe(), "Not safe though the DACs answer again");
  checkSafe();
  for (int i = 0; i < 2; ++i) models::dacAnswers[i] = kept[i];
}

void checkLostPower(uint8_t seq) {
  const auto watchAll = [] {
    models::sent.clear();
    for (int i = 0; i < 2 * network.edges; ++i) {
      models::clockMilliseconds += 100;
      session::watch();
    }
    return takeLost();
  };
  if (!models::potsAnswer) return;
  watchAll();
  bool isSeen = false;
  bool allKnown = network.complete();
  for (uint8_t edge = 0; edge < network.edges; ++edge) {
    const bool known = wipers::position(edge) != wipers::unknown;
    allKnown = allKnown && known;
    isSeen = isSeen || (known && models::pots[edge] != 0x80);
  }
  uint16_t kept[64];
  for (int edge = 0; edge < 64; ++edge) kept[edge] = models::pots[edge];
  models::losePower();
  expect(watchAll() == (isSeen ? 1 : 0), "A chip without power is told once");
  if (allKnown && isSeen) {
    std::string line = hex(seq, 2) + " RESPOND";
    for (uint8_t i = 0; i < network.sources; ++i) line += field(word() & 0xFFF, 3);
    expect(exchange(sealed(line)).compare(3, 8, "ERR CHIP") == 0, "A presentation to wipers that are elsewhere");
  }
  for (int edge = 0; edge < 64; ++edge) models::pots[edge] = kept[edge];
  expect(watchAll() == 0, "A wiper that is right again was told");
}
