#include "replies.h"

#include "bench.h"
#include "drive.h"
#include "flash-text.h"
#include "wipers.h"

namespace replies {

void ok(Answer& answer) { answer.flash(PSTR(" OK")); }

void error(Answer& answer, const char* flashCode) {
  answer.flash(PSTR(" ERR "));
  answer.flash(flashCode);
}

void fieldError(Answer& answer, const Fields& fields) {
  error(answer, PSTR("FIELD"));
  answer.hex(fields.taken() - 1U, 2);
}

void rangeError(Answer& answer, const Fields& fields) {
  error(answer, PSTR("RANGE"));
  answer.hex(fields.taken() - 2U, 2);
}

void orderError(Answer& answer, const char* flashFirst) {
  error(answer, PSTR("ORDER "));
  answer.flash(flashFirst);
}

void faultError(Answer& answer, const presentation::Result& result) {
  using presentation::Fault;
  if (result.fault == Fault::chip) return chipError(answer, result.where, wipers::position(result.where), result.found);
  error(answer, result.fault == Fault::dac ? PSTR("DAC") : PSTR("OFFSET"));
  answer.hex(result.where, 2);
}

bool ended(const Fields& fields, Answer& answer) {
  if (fields.done()) return true;
  error(answer, PSTR("FIELD"));
  answer.hex(fields.taken() - 1U, 2);
  return false;
}

void chipError(Answer& answer, uint8_t edge, uint16_t expected, uint16_t found) {
  error(answer, PSTR("CHIP"));
  answer.hex(edge, 2);
  answer.hex(expected, 3);
  if (found != bench::noChip) answer.hex(found, 3);
}

bool madeSafe(Answer& answer) {
  const uint8_t chip = drive::makeSafe();
  if (chip != 0) faultError(answer, presentation::dacFault(chip));
  return chip == 0;
}

}  // namespace replies
