#include "session.h"

#include "answer.h"
#include "bench.h"
#include "commands.h"
#include "crc.h"
#include "drive.h"
#include "fields.h"
#include "flash-text.h"
#include "host.h"
#include "limits.h"
#include "network.h"
#include "wipers.h"

namespace session {

Counters counters;

namespace {

char line[limits::line];
uint8_t length = 0;  // limits::line when the line is too long
uint32_t lastByte;
uint32_t lastTry;
uint32_t lastCheck;
constexpr uint8_t retryMilliseconds = 100;
constexpr uint8_t checkMilliseconds = 100;

/** An answer and the line it belongs to: number and crc, so that a new host's line is not taken for an old one's. */
struct Memory {
  bool used;
  uint8_t seq;
  uint16_t crc;
  Answer answer;
};
constexpr uint8_t remembered = 4;
Memory memories[remembered + 1];  // one of them is free: where the next answer is written, or anything else to be sent
uint8_t next = 0;

Answer& blank() {
  memories[next].used = false;
  memories[next].answer.clear();
  return memories[next].answer;
}

void send(const Answer& answer) {
  for (uint8_t i = 0; i < answer.length; ++i) host::send(answer.text[i]);
}

void sendEvent(Answer& answer) {
  answer.seal();
  send(answer);
}

void refuse(const char* flashReason) {
  ++counters.bad;
  Answer& event = blank();
  event.flash(PSTR("!! BAD "));
  event.flash(flashReason);
  event.hex(counters.bad, 4);
  sendEvent(event);
}

/** Answers a person: no number, no crc. */
void converse(const char* text, uint8_t size) {
  Fields fields(text, size);
  if (!commands::isForPersons(fields)) return refuse(PSTR("CRC"));
  Answer& answer = blank();
  answer.flash(PSTR("--"));
  commands::carryOut(fields, answer);
  send(answer);
  host::send('\n');
}

void carryOut(uint8_t seq, uint16_t crc, Fields& fields) {
  ++counters.lines;
  for (const Memory& memory : memories) {
    if (!memory.used || memory.seq != seq || memory.crc != crc) continue;
    ++counters.repeats;
    return send(memory.answer);
  }
  Answer& answer = blank();
  answer.digits(seq, 2);
  const bool kept = !commands::isHello(fields);
  commands::carryOut(fields, answer);
  answer.seal();
  send(answer);
  if (!kept) return;
  Memory& memory = memories[next];
  memory.used = true;
  memory.seq = seq;
  memory.crc = crc;
  next = static_cast<uint8_t>((next + 1) % (remembered + 1));
  memories[next].used = false;
}

void accept() {
  if (length == 1 && line[0] == '?') return converse("HELP", 4);
  if (length >= 3 && line[0] == '-' && line[1] == '-' && line[2] == ' ') return converse(line + 3, length - 3);
  constexpr uint8_t tail = 5;  // space and crc
  if (length < tail || line[length - tail] != ' ') return refuse(PSTR("CRC"));
  const uint8_t body = length - tail;
  uint16_t given;
  Fields end(line + body + 1, 4);
  if (!end.hex(4, given) || !end.done()) return refuse(PSTR("CRC"));
  uint16_t crc = crc16Start;
  for (uint8_t i = 0; i < body; ++i) crc = crc16(crc, static_cast<uint8_t>(line[i]));
  if (crc != given) return refuse(PSTR("CRC"));
  Fields fields(line, body);
  uint8_t seq;
  if (body < 3 || line[1] == ' ' || line[2] != ' ' || !fields.hex(2, seq)) return refuse(PSTR("SEQ"));
  carryOut(seq, crc, fields);
}

/** One potentiometer in turn is read back even when nobody asks for anything; one that is elsewhere is told once. */
void watchWipers(uint32_t now) {
  uint8_t edge;
  uint16_t found;
  if (now - lastCheck >= checkMilliseconds) {
    lastCheck = now;
    wipers::checkNext(network.edges, edge, found);
  }
  if (!wipers::isNews(edge, found)) return;
  Answer& event = blank();
  event.flash(PSTR("!! CHIP"));
  event.hex(edge, 2);
  event.hex(wipers::position(edge), 3);
  if (found != bench::noChip) event.hex(found, 3);
  sendEvent(event);
}

}  // namespace

void begin() {
  commands::begin();
  drive::makeSafe();
  host::send('\n');  // ends the line that a reset may have cut short
  Answer& event = blank();
  event.flash(PSTR("!! HELLO"));
  commands::identify(event);
  sendEvent(event);
}

void receive(uint8_t byte) {
  lastByte = bench::milliseconds();
  if (byte == '\r') return;
  if (byte != '\n') {
    if (length < limits::line) line[length++] = static_cast<char>(byte);
    return;
  }
  if (length == limits::line) {
    refuse(PSTR("LONG"));
  } else if (length > 0) {
    accept();
  }
  length = 0;
}

void watch() {
  const uint32_t now = bench::milliseconds();
  watchWipers(now);
  if (drive::isSafe()) return;
  const uint16_t quiet = commands::quietMilliseconds();
  const bool silent = quiet != 0 && now - lastByte >= quiet;
  if (drive::isSafeUnreached()) {
    if (now - lastTry < retryMilliseconds) return;
  } else if (!silent) {
    return;
  }
  lastTry = now;
  if (drive::makeSafe() != 0 || !silent) return;
  Answer& event = blank();
  event.flash(PSTR("!! QUIET"));
  event.hex(quiet, 4);
  sendEvent(event);
}

void tell(const char* flashText) {
  host::send('-');
  host::send('-');
  host::send(' ');
  for (char character; (character = static_cast<char>(pgm_read_byte(flashText))) != 0; ++flashText) host::send(character);
  host::send('\n');
}

}  // namespace session
