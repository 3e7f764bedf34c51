#pragma once

// Text that stays in flash on the ATmega, and is ordinary text elsewhere.
#ifdef __AVR__
#include <avr/pgmspace.h>
#else
#include <string.h>
#define PROGMEM
#define PSTR(text) (text)
#define pgm_read_byte(address) (*(address))
#define memcpy_P memcpy
#endif
