#include "wipers.h"

#include "bench.h"
#include "limits.h"

namespace wipers {
namespace {

uint16_t lowest = limits::wiperLowest;
uint16_t highest = limits::wiperHighest;
uint16_t positions[limits::edges];

}  // namespace

uint16_t low() { return lowest; }
uint16_t high() { return highest; }

bool place(uint8_t edge, uint16_t position) {
  if (edge >= limits::edges || position < lowest || position > highest) return false;
  bench::writeWiper(edge, position);
  positions[edge] = position;
  return true;
}

uint16_t position(uint8_t edge) { return positions[edge]; }

void forget(uint8_t firstEdge) {
  for (uint8_t edge = firstEdge; edge < limits::edges; ++edge) positions[edge] = unknown;
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

bool know(uint8_t edges, uint8_t& missing) {
  bool all = true;
  for (missing = 0; missing < edges; ++missing) {
    if (positions[missing] != unknown) continue;
    all = read(missing) != bench::noChip;
    if (!all) break;
  }
  bench::releasePots();
  return all;
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
