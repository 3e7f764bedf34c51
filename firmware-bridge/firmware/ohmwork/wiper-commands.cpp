#include "command-list.h"

#include "bench.h"
#include "flash-text.h"
#include "limits.h"
#include "network.h"
#include "replies.h"
#include "reset.h"
#include "wipers.h"

using namespace replies;

namespace commands {

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
  uint8_t right = 0;
  uint16_t found = 0;
  while (right < count && (found = bench::readWiper(first + right)) == position[right]) ++right;
  bench::releasePots();
  if (right < count) return chipError(answer, first + right, position[right], found);
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
      chipError(answer, edge, expected, found);
      break;
    }
    answer.hex(wipers::position(edge), 3);
  }
  bench::releasePots();
}

}  // namespace commands
