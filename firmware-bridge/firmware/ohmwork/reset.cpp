#ifdef __AVR__

#include "reset.h"

#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/wdt.h>
#include <stdint.h>

namespace {

// Lies outside what the start-up clears, and is true only as long as the memory had power.
constexpr uint32_t mark = 0x4F686D77;
struct Survivor {
  uint32_t mark;
  uint8_t programmed;
};
Survivor survivor __attribute__((section(".noinit")));
uint8_t flags __attribute__((section(".noinit")));
uint8_t hadPower __attribute__((section(".noinit")));

void takeFlags() __attribute__((naked, used, section(".init3")));
void takeFlags() {
  flags = MCUSR;
  MCUSR = 0;
  wdt_disable();  // stays on after a watchdog reset (ATmega328P, 10.9.2)
  hadPower = survivor.mark == mark && (flags & (_BV(PORF) | _BV(BORF))) == 0;
  if (!hadPower) {
    survivor.mark = mark;
    survivor.programmed = 0;
  }
}

}  // namespace

namespace reset {

const char* cause() {
  if ((flags & _BV(PORF)) != 0) return PSTR("POWER");
  if ((flags & _BV(BORF)) != 0) return PSTR("BOD");
  if ((flags & _BV(WDRF)) != 0) return PSTR("WDT");
  if ((flags & _BV(EXTRF)) != 0) return PSTR("EXT");
  // Some bootloaders clear the flags before they start us: then the memory tells whether there was power all the time.
  return hadPower ? PSTR("SOFT") : PSTR("POWER");
}

bool programmed() { return survivor.programmed == 1; }
void setProgrammed() { survivor.programmed = 1; }

}  // namespace reset

#endif
