// Ohmwork: a resistor network that learns in place. Board: Arduino Uno or Nano (ATmega328P, 16 MHz), wired as bench-16.

#include "bench.h"
#include "host.h"
#include "session.h"

void setup() {
  bench::begin();
  host::begin();
  session::begin();
}

void loop() {
  uint8_t byte;
  while (host::take(byte)) session::receive(byte);
  session::watch();
}
