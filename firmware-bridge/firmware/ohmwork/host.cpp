#ifdef __AVR__

#include "host.h"

#include <avr/interrupt.h>
#include <avr/io.h>

// Own driver in place of Serial: a ring of 256 bytes, so that four lines of 64 bytes fit, and no interrupt on sending.

static_assert(F_CPU == 16000000L, "1,000,000 baud is exact at 16 MHz only");

namespace {

volatile uint8_t ring[256];
volatile uint8_t head = 0;  // both indices wrap by themselves
volatile uint8_t tail = 0;
volatile uint16_t lost = 0;

}  // namespace

ISR(USART_RX_vect) {
  const uint8_t status = UCSR0A;
  const uint8_t byte = UDR0;
  if ((status & _BV(DOR0)) != 0) ++lost;
  const uint8_t after = head + 1;
  if (after == tail) {
    ++lost;
    return;
  }
  ring[head] = byte;
  head = after;
}

namespace host {

void begin() {
  UBRR0 = 0;  // F_CPU / (16 · (0 + 1)) (ATmega328P, 19.10)
  UCSR0A = 0;  // a bootloader may leave double speed on
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
}

bool take(uint8_t& byte) {
  if (tail == head) return false;
  byte = ring[tail];
  tail = tail + 1;
  return true;
}

void send(char character) {
  while ((UCSR0A & _BV(UDRE0)) == 0) {
  }
  UDR0 = static_cast<uint8_t>(character);
}

uint16_t overruns() {
  const uint8_t status = SREG;
  cli();
  const uint16_t count = lost;
  SREG = status;
  return count;
}

}  // namespace host

#endif
