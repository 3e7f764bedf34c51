#pragma once

#include <stdint.h>

/** The host's side of the line: bytes in, each line carried out once, answers out. */
namespace session {

struct Counters {
  uint32_t lines;    // intact ones
  uint16_t bad;      // not carried out
  uint16_t repeats;  // answered from memory
};
extern Counters counters;

void begin();
/** Takes in one byte. */
void receive(uint8_t byte);
/** Brings the safe state when the host has been silent for long. */
void watch();
/** Writes a line for a person. */
void tell(const char* flashText);

}  // namespace session
