#include "wipers.h"

#include "bench.h"
#include "limits.h"

namespace wipers {
namespace {

uint16_t lowest = limits::wiperLowest;
uint16_t highest = limits::wiperHighest;
uint16_t positions[limits::edges];

// The check that goes round: whose turn it is, and what it found there.
uint8_t next = 0;
bool elsewhere = false;
bool told = false;
uint16_t foundThere;

}  // namespace

uint16_t low() { return lowest; }
uint16_t high() { return highest; }

bool place(uint8_t edge, uint16_t position) {
  if (edge >= limits::edges || position < lowest || position > highest) return false;
  bench::writeWiper(edge, position);
  positions[edge] = position;
  return true;
}

void open(uint8_t edges) {
  // 6 kΩ: no host has to have told a window for a terminal to carry less than its 2.5 mA (DS22060) with 5 V across it.
  constexpr uint16_t opened = 0x10;
  const uint16_t position = lowest > opened ? lowest : highest < opened ? highest : opened;
  for (uint8_t edge = 0; edge < edges; ++edge) bench::writeWiper(edge, position);
  bench::releasePots();
}

void putBack(uint8_t edges) {
  for (uint8_t edge = 0; edge < edges; ++edge) bench::writeWiper(edge, positions[edge]);
  bench::releasePots();
}

uint16_t position(uint8_t edge) { return positions[edge]; }

void forget(uint8_t firstEdge) {
  for (uint8_t edge = firstEdge; edge < limits::edges; ++edge) positions[edge] = unknown;
  elsewhere = told = false;
}

uint16_t read(uint8_t edge) {
  uint16_t position = bench::readWiper(edge);
  if (position > limits::wiperHighest) return bench::noChip;
  if (positions[edge] == unknown) {
    if (position < lowest) place(edge, position = lowest);
    if (position > highest) place(edge, position = highest);
    positions[edge] = position;
  }
  return position;
}

bool know(uint8_t edges, uint8_t& edge, uint16_t& found) {
  bool all = true;
  for (edge = 0; edge < edges; ++edge) {
    if (positions[edge] != unknown) continue;
    found = read(edge);
    all = found != bench::noChip;
    if (!all) break;
  }
  bench::releasePots();
  return all;
}

bool checkNext(uint8_t edges, uint8_t& edge, uint16_t& found) {
  if (next >= edges) next = 0;
  edge = next;
  if (edges == 0 || positions[edge] == unknown) return ++next, true;
  found = bench::readWiper(edge);
  bench::releasePots();
  if (found == positions[edge]) {
    elsewhere = told = false;
    return ++next, true;
  }
  elsewhere = true;
  foundThere = found;
  return false;
}

bool isNews(uint8_t& edge, uint16_t& found) {
  if (!elsewhere || told) return false;
  told = true;
  edge = next;
  found = foundThere;
  return true;
}

void setWindow(uint16_t low, uint16_t high, uint8_t edges) {
  lowest = low;
  highest = high;
  for (uint8_t edge = 0; edge < edges; ++edge) {
    const uint16_t position = positions[edge];
    if (position == unknown) {
      read(edge);
    } else if (position < low) {
      place(edge, low);
    } else if (position > high) {
      place(edge, high);
    }
  }
  bench::releasePots();
}

}  // namespace wipers
