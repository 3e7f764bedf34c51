#ifdef __AVR__

#include "bench.h"

#include <Arduino.h>

#include "limits.h"

namespace {

// Pins of bench-16, by port: they are switched within a microsecond.
constexpr uint8_t outputEnable = _BV(PD7);   // D7, /OE of the 74HC595
constexpr uint8_t clampSwitch = _BV(PD6);    // D6: open before any netlist is known
constexpr uint8_t registerClock = _BV(PB0);  // D8, RCLK
constexpr uint8_t converterSelect = _BV(PB2);  // D10
constexpr uint8_t data = _BV(PC4);             // A4, SDA
constexpr uint8_t clock = _BV(PC5);            // A5, SCL
constexpr uint8_t mosi = _BV(PB3);
constexpr uint8_t miso = _BV(PB4);
constexpr uint8_t sck = _BV(PB5);

// SPI mode 0 for all three (DS22060 6.1, DS21298 5.0, 74HC595 shifts on the rising edge).
constexpr uint8_t spi = _BV(SPE) | _BV(MSTR);

// Writing to a potentiometer: 10 MHz at 5 V (DS22060, table 1-1), so half the clock.
void spiFast() {
  SPCR = spi;
  SPSR = _BV(SPI2X);
}

// Reading: the converter does 2 MHz at 5 V (DS21298, 1.0), and the potentiometer's SDO needs 70 ns, more than half a period at 8 MHz.
void spiSlow() {
  SPCR = spi | _BV(SPR0);
  SPSR = _BV(SPI2X);
}

uint8_t transfer(uint8_t byte) {
  SPDR = byte;
  while ((SPSR & _BV(SPIF)) == 0) {
  }
  return SPDR;
}

uint8_t registers = 1;

void latch() {
  PORTB |= registerClock;
  PORTB &= static_cast<uint8_t>(~registerClock);
}

// /OE, not a new pattern, ends a selection: shifting one would clock it into the chip that is still selected.
void select(uint8_t chip) {
  spiFast();
  for (uint8_t i = registers; i-- > 0;) transfer(i == chip >> 3 ? static_cast<uint8_t>(~_BV(chip & 7)) : 0xFF);
  latch();
  PORTD &= static_cast<uint8_t>(~outputEnable);
}

void deselect() {
  PORTD |= outputEnable;
  delayMicroseconds(2);  // the pull-ups (10 kΩ on some 50 pF) need four time constants
}

// MCP4251 (DS22060, 7.0): address of the wiper, command, then nine bits of data.
constexpr uint8_t potRead = 0x0C;
constexpr uint8_t potTerminals = 0x40;  // TCON: A, W and B of both potentiometers, 1 is joined
constexpr uint8_t potParted = 0x03;     // W and B of one, in four bits (TCON, DS22060)
constexpr uint8_t potWell = 0xFE;       // seven ones come first, the last of them says "no error" (DS22060, 7.3)
constexpr uint8_t potWiper(uint8_t edge) { return static_cast<uint8_t>((edge & 1) << 4); }

// MCP3208 (DS21298, 5.0): start bit, single-ended, channel.
constexpr uint8_t converterStart = 0x18;
// The channel ends the first byte: from then to the next clock the sampling switch is closed, for as long as we like (DS21298, 4.1).

// MCP4728 (DS22187): addresses as ordered, command "write V_REF select bits", fast write is two bytes a channel.
constexpr uint8_t dacAddress = 0x60;
constexpr uint8_t dacReferenceIsSupply = 0x80;

// TWI at 348 kHz, 16 MHz / (16 + 2 · 15). At 400 kHz SCL would be low for 1.13 µs, two clocks less than half a period
// (ATmega328P, two-wire serial bus requirements); the DACs need 1.3 µs (DS22187, I2C timing).
constexpr uint8_t twiRate = 15;
constexpr uint8_t twiStarted = 0x08;
constexpr uint8_t twiAddressTaken = 0x18;
constexpr uint8_t twiByteTaken = 0x28;

/** Does one action of the bus and gives its status, 0 when it takes too long: a byte takes 26 µs, so a bus that is stuck ends here too. */
uint8_t twi(uint8_t action) {
  TWCR = _BV(TWEN) | _BV(TWINT) | action;
  for (uint16_t tries = 0; tries < 2000; ++tries) {
    if ((TWCR & _BV(TWINT)) != 0) return TWSR & 0xF8;
  }
  return 0;
}

/**
 * A chip that a reset caught while it pulled SDA down goes on with it until it is clocked: at most nine times, the rest of a byte and its
 * acknowledgement, then STOP (NXP UM10204, 3.1.16). Pins are driven low or let go, never high.
 */
void recoverBus() {
  TWCR = 0;
  PORTC &= static_cast<uint8_t>(~(data | clock));
  DDRC &= static_cast<uint8_t>(~(data | clock));
  delayMicroseconds(5);
  for (uint8_t i = 0; i < 9 && (PINC & data) == 0; ++i) {
    DDRC |= clock;
    delayMicroseconds(5);
    DDRC &= static_cast<uint8_t>(~clock);
    delayMicroseconds(5);
  }
  DDRC |= data;
  delayMicroseconds(5);
  DDRC &= static_cast<uint8_t>(~data);
  delayMicroseconds(5);
  TWCR = _BV(TWEN);
}

bool twiByte(uint8_t byte) {
  TWDR = byte;
  const uint8_t status = twi(0);
  return status == twiAddressTaken || status == twiByteTaken;  // simavr says the second for both
}

bool twiBegin(uint8_t chip) {
  bool started = twi(_BV(TWSTA)) == twiStarted;
  if (!started) {
    recoverBus();
    started = twi(_BV(TWSTA)) == twiStarted;
  }
  return started && twiByte(static_cast<uint8_t>((dacAddress + chip - 1) << 1));
}

bool twiEnd(bool well) {
  TWCR = _BV(TWEN) | _BV(TWINT) | _BV(TWSTO);
  for (uint16_t tries = 0; tries < 2000; ++tries) {
    if ((TWCR & _BV(TWSTO)) == 0) return well;
  }
  recoverBus();
  return false;
}

}  // namespace

namespace bench {

void begin() {
  PORTD |= outputEnable;
  PORTD &= static_cast<uint8_t>(~clampSwitch);
  DDRD |= outputEnable | clampSwitch;
  PORTB |= converterSelect | miso;  // a pull-up on MISO: no chip reads as ones
  DDRB |= registerClock | converterSelect | mosi | sck;
  TWSR = 0;
  TWBR = twiRate;
  recoverBus();
  setChain((limits::edges + 15) / 16);
  releasePots();
  // A reset in the middle of a calibration leaves edges parted: the chips had power all the time.
  for (uint8_t chip = 0; chip < limits::edges / 2; ++chip) joinPots(chip, true, true);
  releasePots();
  setChain(1);
}

void setChain(uint8_t count) { registers = count; }

void writeWiper(uint8_t edge, uint16_t position) {
  select(edge >> 1);
  transfer(static_cast<uint8_t>(potWiper(edge) | position >> 8));
  transfer(static_cast<uint8_t>(position));
  deselect();
}

uint16_t readWiper(uint8_t edge) {
  select(edge >> 1);
  spiSlow();
  const uint8_t high = transfer(potWiper(edge) | potRead);
  const uint8_t low = transfer(0);
  deselect();
  if ((high & potWell) != potWell) return noChip;
  const uint16_t position = static_cast<uint16_t>((high & 1) << 8 | low);
  return position > 0x100 ? noChip : position;
}

bool joinPots(uint8_t chip, bool first, bool second) {
  const uint8_t terminals = static_cast<uint8_t>(~((first ? 0 : potParted) | (second ? 0 : potParted << 4)));
  select(chip);
  transfer(potTerminals | 1);  // the ninth bit is 1 whatever is written
  transfer(terminals);
  deselect();
  select(chip);
  spiSlow();
  const uint8_t high = transfer(potTerminals | potRead);
  const uint8_t low = transfer(0);
  deselect();
  return (high & potWell) == potWell && low == terminals;
}

void releasePots() {
  spiFast();
  for (uint8_t i = 0; i < registers; ++i) transfer(0xFF);
  latch();
  PORTD &= static_cast<uint8_t>(~outputEnable);
}

uint16_t convert(uint8_t channel, uint16_t samplingMicroseconds) {
  spiSlow();
  PORTB &= static_cast<uint8_t>(~converterSelect);
  transfer(converterStart | channel);
  wait(samplingMicroseconds);
  const uint8_t high = transfer(0);  // one clock of sampling, a null bit, six bits
  const uint8_t low = transfer(0);   // six bits, and two again
  PORTB |= converterSelect;
  return static_cast<uint16_t>((high & 0x3F) << 6 | low >> 2);
}

bool prepareDac(uint8_t chip) { return twiEnd(twiBegin(chip) && twiByte(dacReferenceIsSupply)); }

bool driveDac(uint8_t chip, const uint16_t* codes, uint8_t channels) {
  bool well = twiBegin(chip);
  for (uint8_t i = 0; well && i < channels; ++i) {
    well = twiByte(static_cast<uint8_t>(codes[i] >> 8 & 0x3F)) && twiByte(static_cast<uint8_t>(codes[i]));
  }
  return twiEnd(well);
}

bool isSwitchPin(uint8_t pin) { return (pin >= 2 && pin <= 6) || pin == 9 || (pin >= 14 && pin <= 17); }

void setSwitch(uint8_t pin, bool closed) {
  digitalWrite(pin, closed);
  pinMode(pin, OUTPUT);
}

void wait(uint16_t microseconds) {
  for (; microseconds > 1000; microseconds -= 1000) delayMicroseconds(1000);
  if (microseconds > 0) delayMicroseconds(microseconds);
}

uint32_t milliseconds() { return millis(); }

}  // namespace bench

#endif
