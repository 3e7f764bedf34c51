#pragma once

#include <stdint.h>

/** The serial line to the host: 1,000,000 baud, 8N1. */
namespace host {

void begin();
/** Takes the oldest byte that came in; false when there is none. */
bool take(uint8_t& byte);
void send(char character);
/** Bytes lost since the start: the ring was full, or the receiver was not served in time. */
uint16_t overruns();

}  // namespace host
