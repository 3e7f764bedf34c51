#include "command-list.h"

#include "bench.h"
#include "flash-text.h"
#include "limits.h"
#include "network.h"
#include "replies.h"
#include "wipers.h"

using namespace replies;

namespace commands {
namespace {

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

}  // namespace

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
  if (!madeSafe(answer)) return;
  network.nodes = count;
  network.sources = network.outputs = network.edges = 0;
  for (uint8_t i = 0; i < count; ++i) network.node[i] = node[i];
  wipers::forget(0);
  ok(answer);
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
  if (!madeSafe(answer)) return;
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
  if (!madeSafe(answer)) return;
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
  uint16_t found;
  wipers::know(network.edges, missing, found);
  ok(answer);
  answer.hex(network.edges, 2);
}

}  // namespace commands
