// Gives one MCP4728 its address; the chip keeps it (Microchip DS22187, figures 5-6 and 5-11). hardware/bench-16/bring-up.md says when.
// Board: Arduino Uno or Nano. SDA on A4, SCL on A5 with pull-ups, LDAC of the chip on D9. Serial line: 1000000 baud.
// The bus is clocked by hand: LDAC must fall between two edges of SCL, which the board's own I2C cannot do.

namespace {

const uint8_t DATA = A4;
const uint8_t CLOCK = A5;
const uint8_t LDAC = 9;
const uint8_t FIRST = 0x60;       // address whose last digit is 0
const uint8_t NOBODY = 0xFF;
const uint8_t EEPROM_MILLIS = 60;  // a write takes 50 at most

void wait() { delayMicroseconds(5); }

void release(uint8_t line) {
  pinMode(line, INPUT);
  wait();
}

void pull(uint8_t line) {
  digitalWrite(line, LOW);
  pinMode(line, OUTPUT);
  wait();
}

// Also a start in the middle of a transfer.
void start() {
  release(DATA);
  release(CLOCK);
  pull(DATA);
  pull(CLOCK);
}

void stop() {
  pull(DATA);
  release(CLOCK);
  release(DATA);
  digitalWrite(LDAC, HIGH);
}

bool bitOfLine() {
  release(CLOCK);
  const bool high = digitalRead(DATA) == HIGH;
  pull(CLOCK);
  return high;
}

// True when the chip acknowledges. With `latch`, LDAC falls while the eighth clock is low: only the chip on that wire goes on.
bool send(uint8_t byte, bool latch = false) {
  for (uint8_t mask = 0x80; mask != 0; mask >>= 1) {
    if ((byte & mask) != 0) release(DATA);
    else pull(DATA);
    bitOfLine();
  }
  if (latch) digitalWrite(LDAC, LOW);
  release(DATA);
  return !bitOfLine();
}

uint8_t receive() {
  uint8_t byte = 0;
  for (uint8_t i = 0; i < 8; i += 1) byte = (byte << 1) | bitOfLine();
  bitOfLine();  // no acknowledgement: it was the last one
  return byte;
}

bool answersAt(uint8_t digit) {
  start();
  const bool answered = send((FIRST | digit) << 1);
  stop();
  return answered;
}

// Digit that the chip on the wire to LDAC uses and keeps; NOBODY when it does not feel LDAC, or when the two differ.
uint8_t readDigit() {
  start();
  const bool called = send(0x00) && send(0x0C, true);
  start();
  const bool answered = called && send(0xC1);
  const uint8_t both = answered ? receive() : 0;
  stop();
  const uint8_t kept = both >> 5;
  return answered && kept == ((both >> 1) & 7) ? kept : NOBODY;
}

void writeDigit(uint8_t old, uint8_t digit) {
  start();
  if (send((FIRST | old) << 1) && send(0x61 | (old << 2), true) && send(0x62 | (digit << 2))) send(0x63 | (digit << 2));
  stop();
  delay(EEPROM_MILLIS);
}

// Says what is on the bus. The digit of the chip that can be given another address, or NOBODY.
uint8_t report() {
  uint8_t count = 0;
  for (uint8_t digit = 0; digit < 8; digit += 1) {
    if (!answersAt(digit)) continue;
    count += 1;
    Serial.print(F("A DAC answers at 0x6"));
    Serial.println(digit);
  }
  if (count == 0) Serial.println(F("No DAC answers: look at its VCC, GND, SDA and SCL"));
  if (count > 1) Serial.println(F("Leave only one DAC in"));
  if (count != 1) return NOBODY;
  const uint8_t digit = readDigit();
  if (digit == NOBODY) Serial.println(F("It does not feel its LDAC: that must be on D9, and not on ground"));
  else Serial.println(F("It keeps that address. Type another last digit, 0 to 7"));
  return digit;
}

}  // namespace

void setup() {
  digitalWrite(LDAC, HIGH);
  pinMode(LDAC, OUTPUT);
  Serial.begin(1000000);
  report();
}

void loop() {
  const int typed = Serial.read();
  if (typed == '?') report();
  if (typed < '0' || typed > '7') return;
  const uint8_t old = report();
  if (old == NOBODY) return;
  writeDigit(old, typed - '0');
  Serial.println(F("Written"));
  report();
}
