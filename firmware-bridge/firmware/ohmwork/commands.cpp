#include "commands.h"

#include "build.h"
#include "calibration.h"
#include "command-list.h"
#include "flash-text.h"
#include "host.h"
#include "limits.h"
#include "network.h"
#include "presentation.h"
#include "replies.h"
#include "reset.h"
#include "session.h"
#include "store.h"

using namespace replies;

namespace commands {
namespace {

constexpr uint8_t protocol = 1;

uint16_t quiet = 1000;
uint16_t epoch = 0;

void hello(Fields& fields, Answer& answer) {
  if (!ended(fields, answer)) return;
  ok(answer);
  identify(answer);
}

void setQuiet(Fields& fields, Answer& answer) {
  uint16_t milliseconds;
  if (!fields.hex(4, milliseconds)) return fieldError(answer, fields);
  if (!ended(fields, answer)) return;
  quiet = milliseconds;
  ok(answer);
}

void tellStats(Fields& fields, Answer& answer) {
  if (!ended(fields, answer)) return;
  ok(answer);
  answer.hex(session::counters.lines, 8);
  answer.hex(session::counters.bad, 4);
  answer.hex(host::overruns(), 4);
  answer.hex(session::counters.repeats, 4);
  answer.hex(presentation::steps, 8);
}

void goSafe(Fields& fields, Answer& answer) {
  if (ended(fields, answer) && madeSafe(answer)) ok(answer);
}

void help(Fields& fields, Answer& answer) {
  if (!ended(fields, answer)) return;
  session::tell(PSTR("Ohmwork, a resistor network that learns in place. By hand:"));
  session::tell(PSTR("-- HELLO  who is there    -- READ  wipers"));
  session::tell(PSTR("-- STATS  counters: lines, bad lines, lost bytes, repeats, steps"));
  session::tell(PSTR("Everything else needs a number and a checksum: see docs/board.md"));
  ok(answer);
}

struct Command {
  char name[10];
  bool forPersons;
  void (*carryOut)(Fields&, Answer&);
};

// Most frequent first.
const Command table[] PROGMEM = {
    {"LEARN", false, learn},
    {"RESPOND", false, respond},
    {"READ", true, readWipers},
    {"PROGRAM", false, program},
    {"STATE", false, tellState},
    {"SEED", false, setSeed},
    {"STATS", true, tellStats},
    {"HELLO", true, hello},
    {"NODES", false, setNodes},
    {"SOURCES", false, setSources},
    {"OUTPUT", false, setOutputs},
    {"EDGES", false, setEdges},
    {"WINDOW", false, setWindow},
    {"RULE", false, setRule},
    {"SETTLE", false, setSettle},
    {"QUIET", false, setQuiet},
    {"SAFE", false, goSafe},
    {"CALIBRATE", false, calibrate},
    {"HELP", true, help},
};

/** Takes the name of a command; false when there is none of this name. */
bool find(Fields& fields, Command& command) {
  const char* name;
  uint8_t length;
  if (!fields.word(name, length) || length >= sizeof command.name) return false;
  for (const Command& each : table) {
    memcpy_P(&command, &each, sizeof command);
    uint8_t i = 0;
    while (i < length && command.name[i] == name[i]) ++i;
    if (i == length && command.name[i] == 0) return true;
  }
  return false;
}

}  // namespace

void begin() {
  epoch = store::nextEpoch();
  calibration::begin();
}

void identify(Answer& answer) {
  answer.flash(PSTR(" ohmwork 0.1.0"));
  answer.hex(OHMWORK_BUILD, 8);
  answer.hex(protocol, 2);
  answer.hex(limits::edges, 2);
  answer.put(' ');
  answer.flash(reset::cause());
  answer.hex(epoch, 4);
  answer.hex((network.complete() ? 1U : 0U) | (reset::programmed() ? 2U : 0U) | (calibration::isKnown() ? 4U : 0U), 1);
}

void carryOut(Fields& fields, Answer& answer) {
  Command command;
  if (!find(fields, command)) return error(answer, PSTR("COMMAND"));
  command.carryOut(fields, answer);
}

bool isForPersons(Fields fields) {
  Command command;
  return find(fields, command) && command.forPersons;
}

bool isHello(Fields fields) {
  Command command;
  return find(fields, command) && command.carryOut == hello;
}

uint16_t quietMilliseconds() { return quiet; }

}  // namespace commands
