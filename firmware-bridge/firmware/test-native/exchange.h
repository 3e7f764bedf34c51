#pragma once

#include <cstdint>
#include <string>

#include "../ohmwork/network.h"
#include "../ohmwork/step.h"

/** The firmware's end of the line, and all that a line may change. */
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

void look(Everything& all);

[[noreturn]] void broken(const char* what);
void expect(bool holds, const char* what);

/** Sends a line and gives what came back, without what is for a person. */
std::string exchange(const std::string& line);
