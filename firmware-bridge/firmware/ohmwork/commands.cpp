#include "commands.h"

#include "bench.h"
#include "build.h"
#include "flash-text.h"
#include "host.h"
#include "limits.h"
#include "network.h"
#include "presentation.h"
#include "reset.h"
#include "session.h"
#include "store.h"
#include "wipers.h"

namespace commands {
namespace {

constexpr uint8_t protocol = 1;
constexpr uint8_t offsetCount = limits::sources + limits::outputs;

uint16_t quiet = 1000;
bool calibrated = false;
uint16_t epoch = 0;

void ok(Answer& answer) { answer.flash(PSTR(" OK")); }

void error(Answer& answer, const char* flashCode) {
  answer.flash(PSTR(" ERR "));
  answer.flash(flashCode);
}

/** The next field is missing, too long, not hexadecimal, or there is one too many; counted from 1 after the command. */
void fieldError(Answer& answer, const Fields& fields) {
  error(answer, PSTR("FIELD"));
  answer.hex(fields.taken() - 1U, 2);
}

/** The field taken last is outside what it may be. */
void rangeError(Answer& answer, const Fields& fields) {
  error(answer, PSTR("RANGE"));
  answer.hex(fields.taken() - 2U, 2);
}

/** Something has to be said first. */
void orderError(Answer& answer, const char* flashFirst) {
  error(answer, PSTR("ORDER "));
  answer.flash(flashFirst);
}

void faultError(Answer& answer, const presentation::Result& result) {
  using presentation::Fault;
  error(answer, result.fault == Fault::dac ? PSTR("DAC") : result.fault == Fault::chip ? PSTR("CHIP") : PSTR("OFFSET"));
  answer.hex(result.where, 2);
}

bool ended(const Fields& fields, Answer& answer) {
  if (fields.done()) return true;
  error(answer, PSTR("FIELD"));
  answer.hex(fields.taken() - 1U, 2);
  return false;
}

void hello(Fields& fields, Answer& answer) {
  if (!ended(fields, answer)) return;
  ok(answer);
  identify(answer);
}

void setNodes(Fields& fields, Answer& answer) {
  uint8_t count;
  uint8_t node[limits::nodes];
  if (!fields.hex(2, count)) return fieldError(answer, fields);
  if (count == 0 || count > limits::nodes) return rangeError(answer, fields);
  for (uint8_t i = 0; i < count; ++i) {
    if (!fields.hex(1, node[i])) return fieldError(answer, fields);
    if (node[i] > 7 && node[i] != Network::ground && node[i] != Network::supply) return rangeError(answer, fields);
  }
  if (!ended(fields, answer)) return;
  presentation::makeSafe();
  network.nodes = count;
  network.sources = network.outputs = network.edges = 0;
  for (uint8_t i = 0; i < count; ++i) network.node[i] = node[i];
  wipers::forget(0);
  ok(answer);
}

/** Takes a node and the DAC channel that drives it, such as `0F 2A`. */
bool takeDriven(Fields& fields, Driven& driven, Answer& answer) {
  if (!fields.hex(2, driven.node)) return fieldError(answer, fields), false;
  if (driven.node >= network.nodes) return rangeError(answer, fields), false;
  const char* dac;
  if (!fields.word(2, dac)) return fieldError(answer, fields), false;
  driven.chip = static_cast<uint8_t>(dac[0] - '0');
  driven.channel = static_cast<uint8_t>(dac[1] - 'A');
  if (driven.chip < 1 || driven.chip > 2 || driven.channel > 3) return rangeError(answer, fields), false;
  return true;
}

void setSources(Fields& fields, Answer& answer) {
  if (network.nodes == 0) return orderError(answer, PSTR("NODES"));
  uint8_t count;
  Driven source[limits::sources];
  if (!fields.hex(2, count)) return fieldError(answer, fields);
  if (count == 0 || count > limits::sources) return rangeError(answer, fields);
  for (uint8_t i = 0; i < count; ++i) {
    if (!takeDriven(fields, source[i], answer)) return;
  }
  if (!ended(fields, answer)) return;
  presentation::makeSafe();
  network.sources = count;
  for (uint8_t i = 0; i < count; ++i) network.source[i] = source[i];
  ok(answer);
}

void setOutputs(Fields& fields, Answer& answer) {
  if (network.nodes == 0) return orderError(answer, PSTR("NODES"));
  uint8_t count;
  Driven output[limits::outputs];
  uint8_t pin[limits::outputs];
  if (!fields.hex(2, count)) return fieldError(answer, fields);
  if (count == 0 || count > limits::outputs) return rangeError(answer, fields);
  for (uint8_t i = 0; i < count; ++i) {
    if (!takeDriven(fields, output[i], answer)) return;
    if (!fields.hex(2, pin[i])) return fieldError(answer, fields);
    if (!bench::isSwitchPin(pin[i])) return rangeError(answer, fields);
  }
  if (!ended(fields, answer)) return;
  presentation::makeSafe();
  network.outputs = count;
  for (uint8_t i = 0; i < count; ++i) {
    network.output[i] = output[i];
    network.outputSwitch[i] = pin[i];
    bench::setSwitch(pin[i], false);
  }
  ok(answer);
}

void setEdges(Fields& fields, Answer& answer) {
  if (network.nodes == 0) return orderError(answer, PSTR("NODES"));
  uint8_t first;
  if (!fields.hex(2, first)) return fieldError(answer, fields);
  if (first > network.edges) return rangeError(answer, fields);
  uint8_t edge[limits::perLine];
  uint8_t count = 0;
  while (!fields.done() && count < limits::perLine) {
    const char* ends;
    if (!fields.word(4, ends)) return fieldError(answer, fields);
    uint8_t digit[4];
    for (uint8_t i = 0; i < 4; ++i) digit[i] = hexDigit(ends[i]);
    const uint8_t from = digit[1];
    const uint8_t to = digit[3];
    if (digit[0] != 0 || digit[2] != 0 || from >= network.nodes || to >= network.nodes || from == to) return rangeError(answer, fields);
    if (first + count >= limits::edges) return rangeError(answer, fields);
    edge[count++] = static_cast<uint8_t>(from << 4 | to);
  }
  if (!ended(fields, answer)) return;
  for (uint8_t i = 0; i < count; ++i) network.edge[first + i] = edge[i];
  network.edges = first + count;
  bench::setChain(network.edges == 0 ? 1 : static_cast<uint8_t>((network.edges + 15) / 16));
  wipers::forget(first);
  uint8_t missing;
  wipers::know(network.edges, missing);
  ok(answer);
  answer.hex(network.edges, 2);
}

void setWindow(Fields& fields, Answer& answer) {
  uint16_t low;
  uint16_t high;
  if (!fields.hex(3, low)) return fieldError(answer, fields);
  if (low < limits::wiperLowest || low > limits::wiperHighest) return rangeError(answer, fields);
  if (!fields.hex(3, high)) return fieldError(answer, fields);
  if (high < low || high > limits::wiperHighest) return rangeError(answer, fields);
  if (!ended(fields, answer)) return;
  wipers::setWindow(low, high, network.edges);
  ok(answer);
}

void program(Fields& fields, Answer& answer) {
  uint8_t first;
  if (!fields.hex(2, first)) return fieldError(answer, fields);
  uint16_t position[limits::perLine];
  uint8_t count = 0;
  while (!fields.done() && count < limits::perLine) {
    uint16_t& next = position[count];
    if (!fields.hex(3, next)) return fieldError(answer, fields);
    if (first + count >= network.edges || next < wipers::low() || next > wipers::high()) return rangeError(answer, fields);
    ++count;
  }
  if (!ended(fields, answer)) return;
  for (uint8_t i = 0; i < count; ++i) wipers::place(first + i, position[i]);
  bench::releasePots();
  if (count > 0) reset::setProgrammed();
  ok(answer);
}

void readWipers(Fields& fields, Answer& answer) {
  uint8_t first = 0;
  if (!fields.done() && !fields.hex(2, first)) return fieldError(answer, fields);
  if (first >= network.edges) return network.edges == 0 ? orderError(answer, PSTR("EDGES")) : rangeError(answer, fields);
  if (!ended(fields, answer)) return;
  const uint8_t start = answer.length;
  ok(answer);
  for (uint8_t edge = first; edge < network.edges && edge - first < limits::perLine; ++edge) {
    const uint16_t expected = wipers::position(edge);
    const uint16_t found = wipers::read(edge);
    if (found == bench::noChip || (expected != wipers::unknown && found != expected)) {
      answer.length = start;
      error(answer, PSTR("CHIP"));
      answer.hex(edge, 2);
      answer.hex(expected, 3);
      if (found != bench::noChip) answer.hex(found, 3);
      break;
    }
    answer.hex(wipers::position(edge), 3);
  }
  bench::releasePots();
}

/** Takes a field that is one of two letters. */
bool takeLetter(Fields& fields, char one, char other, char& letter, Answer& answer) {
  const char* text;
  if (!fields.word(1, text)) return fieldError(answer, fields), false;
  letter = text[0];
  if (letter != one && letter != other) return rangeError(answer, fields), false;
  return true;
}

void setRule(Fields& fields, Answer& answer) {
  Rule next;
  if (!takeLetter(fields, 'S', 'P', next.kind, answer) || !takeLetter(fields, 'F', 'S', next.contrast, answer)) return;
  uint16_t code[4];
  if (!fields.hex(2, next.eta) || !fields.hex(4, next.gain)) return fieldError(answer, fields);
  for (uint16_t& each : code) {
    if (!fields.hex(3, each)) return fieldError(answer, fields);
  }
  if (!fields.hex(1, next.averages)) return fieldError(answer, fields);
  if (next.averages != 1 && next.averages != 2 && next.averages != 4) return rangeError(answer, fields);
  if (!ended(fields, answer)) return;
  next.tolerance = static_cast<int16_t>(code[0]);
  next.low = static_cast<int16_t>(code[1]);
  next.high = static_cast<int16_t>(code[2]);
  next.full = static_cast<int16_t>(code[3]);
  presentation::rule = next;
  ok(answer);
}

void setSeed(Fields& fields, Answer& answer) {
  uint32_t seed;
  uint32_t steps = presentation::steps;
  if (!fields.hex(8, seed)) return fieldError(answer, fields);
  if (seed == 0) return rangeError(answer, fields);
  if (!fields.done() && !fields.hex(8, steps)) return fieldError(answer, fields);
  if (!ended(fields, answer)) return;
  presentation::random = seed;
  presentation::steps = steps;
  ok(answer);
}

void tellState(Fields& fields, Answer& answer) {
  if (!ended(fields, answer)) return;
  ok(answer);
  answer.hex(presentation::random, 8);
  answer.hex(presentation::steps, 8);
}

bool takeSources(Fields& fields, int16_t* codes, Answer& answer) {
  if (!network.complete()) return orderError(answer, network.sources == 0 ? PSTR("SOURCES") : PSTR("EDGES")), false;
  for (uint8_t i = 0; i < network.sources; ++i) {
    uint16_t code;
    if (!fields.hex(3, code)) return fieldError(answer, fields), false;
    codes[i] = static_cast<int16_t>(code);
  }
  return true;
}

void respond(Fields& fields, Answer& answer) {
  int16_t sources[limits::sources];
  if (!takeSources(fields, sources, answer) || !ended(fields, answer)) return;
  const presentation::Result result = presentation::respond(sources);
  if (result.fault != presentation::Fault::none) return faultError(answer, result);
  ok(answer);
  for (uint8_t i = 0; i < network.nodes; ++i) answer.hex(presentation::freeCodes[i], 3);
}

void learn(Fields& fields, Answer& answer) {
  if (network.outputs == 0) return orderError(answer, PSTR("OUTPUT"));
  if (presentation::rule.kind == 0) return orderError(answer, PSTR("RULE"));
  if (presentation::random == 0) return orderError(answer, PSTR("SEED"));
  int16_t sources[limits::sources];
  int16_t labels[limits::outputs];
  if (!takeSources(fields, sources, answer)) return;
  for (uint8_t i = 0; i < network.outputs; ++i) {
    uint16_t code;
    const char* none;
    if (fields.hex(3, code)) {
      labels[i] = static_cast<int16_t>(code);
    } else if (fields.word(3, none) && none[0] == '-' && none[1] == '-' && none[2] == '-') {
      labels[i] = presentation::noLabel;
    } else {
      return fieldError(answer, fields);
    }
  }
  if (!ended(fields, answer)) return;
  const presentation::Result result = presentation::learn(sources, labels);
  if (result.fault != presentation::Fault::none) return faultError(answer, result);
  ok(answer);
  for (uint8_t i = 0; i < network.outputs; ++i) answer.hex(presentation::freeCodes[network.output[i].node], 3);
  answer.hex(result.strength, 2);
  answer.hex(result.moved, 2);
}

void setSettle(Fields& fields, Answer& answer) {
  uint16_t settle;
  uint16_t sampling = presentation::samplingMicroseconds;
  if (!fields.hex(4, settle)) return fieldError(answer, fields);
  if (!fields.done() && !fields.hex(4, sampling)) return fieldError(answer, fields);
  if (!ended(fields, answer)) return;
  presentation::settleMicroseconds = settle;
  presentation::samplingMicroseconds = sampling;
  ok(answer);
}

void calibrate(Fields& fields, Answer& answer) {
  char what;
  const char* text;
  if (!fields.word(1, text)) return fieldError(answer, fields);
  what = text[0];
  if (what != 'M' && what != 'R' && what != 'F') return rangeError(answer, fields);
  if (!ended(fields, answer)) return;
  if (what == 'M') {
    if (!network.complete()) return orderError(answer, network.sources == 0 ? PSTR("SOURCES") : PSTR("EDGES"));
    const presentation::Result result = presentation::measureOffsets();
    if (result.fault != presentation::Fault::none) return faultError(answer, result);
    store::saveOffsets(presentation::offsets, offsetCount);
    calibrated = true;
  } else if (what == 'F') {
    for (int8_t& offset : presentation::offsets) offset = 0;
    store::forgetOffsets();
    calibrated = false;
  }
  ok(answer);
  for (uint8_t i = 0; i < network.sources; ++i) answer.hex(static_cast<uint8_t>(presentation::offsets[i]), 2);
  for (uint8_t i = 0; i < network.outputs; ++i) answer.hex(static_cast<uint8_t>(presentation::offsets[limits::sources + i]), 2);
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
  if (!ended(fields, answer)) return;
  const uint8_t chip = presentation::makeSafe();
  if (chip != 0) return faultError(answer, {presentation::Fault::dac, chip, 0, 0});
  ok(answer);
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
  calibrated = store::loadOffsets(presentation::offsets, offsetCount);
}

void identify(Answer& answer) {
  answer.flash(PSTR(" ohmwork 0.1.0"));
  answer.hex(OHMWORK_BUILD, 8);
  answer.hex(protocol, 2);
  answer.hex(limits::edges, 2);
  answer.put(' ');
  answer.flash(reset::cause());
  answer.hex(epoch, 4);
  answer.hex((network.complete() ? 1U : 0U) | (reset::programmed() ? 2U : 0U) | (calibrated ? 4U : 0U), 1);
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
