#include "command-list.h"

#include "calibration.h"
#include "flash-text.h"
#include "limits.h"
#include "network.h"
#include "presentation.h"
#include "replies.h"

using namespace replies;

namespace commands {
namespace {

/** Takes a field that is one of two letters. */
bool takeLetter(Fields& fields, char one, char other, char& letter, Answer& answer) {
  const char* text;
  if (!fields.word(1, text)) return fieldError(answer, fields), false;
  letter = text[0];
  if (letter != one && letter != other) return rangeError(answer, fields), false;
  return true;
}

void tellOffset(const Driven& at, Answer& answer) { answer.hex(static_cast<uint8_t>(calibration::offsets.dac[at.chip - 1][at.channel]), 2); }

bool takeSources(Fields& fields, int16_t* codes, Answer& answer) {
  if (!network.complete()) return orderError(answer, network.sources == 0 ? PSTR("SOURCES") : PSTR("EDGES")), false;
  for (uint8_t i = 0; i < network.sources; ++i) {
    uint16_t code;
    if (!fields.hex(3, code)) return fieldError(answer, fields), false;
    codes[i] = static_cast<int16_t>(code);
  }
  return true;
}

}  // namespace

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
    const presentation::Result result = calibration::measure();
    if (result.fault != presentation::Fault::none) return faultError(answer, result);
  } else if (what == 'F') {
    calibration::forget();
  }
  ok(answer);
  for (uint8_t i = 0; i < network.sources; ++i) tellOffset(network.source[i], answer);
  for (uint8_t i = 0; i < network.outputs; ++i) tellOffset(network.output[i], answer);
  for (uint8_t i = 0; i < network.nodes; ++i) {
    const uint8_t channel = network.node[i];
    answer.hex(channel < 8 ? static_cast<uint8_t>(calibration::offsets.converter[channel]) : 0, 2);
  }
}

}  // namespace commands
