#pragma once

#include <stdint.h>

#include "limits.h"

/** A node's place that a DAC channel drives. */
struct Driven {
  uint8_t node;
  uint8_t chip;     // 1 or 2
  uint8_t channel;  // 0–3
};

/** The network as the host described it. Nodes drop what was said of sources, outputs and edges before. */
struct Network {
  static constexpr uint8_t ground = 0xE;
  static constexpr uint8_t supply = 0xF;

  uint8_t nodes;
  uint8_t sources;
  uint8_t outputs;
  uint8_t edges;
  uint8_t node[limits::nodes];  // converter channel, ground or supply
  Driven source[limits::sources];
  Driven output[limits::outputs];
  uint8_t outputSwitch[limits::outputs];
  uint8_t edge[limits::edges];  // from in the high half, to in the low

  bool complete() const { return sources > 0 && edges > 0; }
};

extern Network network;
