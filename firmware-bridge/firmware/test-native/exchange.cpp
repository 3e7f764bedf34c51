#include "exchange.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../ohmwork/presentation.h"
#include "../ohmwork/session.h"
#include "../ohmwork/wipers.h"
#include "lines.h"
#include "models.h"

void look(Everything& all) {
  std::memset(static_cast<void*>(&all), 0, sizeof all);
  std::memcpy(static_cast<void*>(&all.network), &network, sizeof network);
  std::memcpy(static_cast<void*>(&all.rule), &presentation::rule, sizeof all.rule);
  all.random = presentation::random;
  all.steps = presentation::steps;
  all.settle = presentation::settleMicroseconds;
  all.low = wipers::low();
  all.high = wipers::high();
  std::memcpy(all.pots, models::pots, sizeof all.pots);
  std::memcpy(all.driven, models::driven, sizeof all.driven);
  std::memcpy(all.switches, models::switches, sizeof all.switches);
  all.programmed = models::wasProgrammed;
  all.acts = models::acts;
}

namespace {

std::string current;

}  // namespace

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "%s\n  line   %s\n  answer %s\n", what, current.c_str(), models::sent.c_str());
  std::abort();
}

void expect(bool holds, const char* what) {
  if (!holds) broken(what);
}

std::string exchange(const std::string& line) {
  current = line;
  models::sent.clear();
  for (const char character : line) session::receive(static_cast<uint8_t>(character));
  session::receive('\n');
  std::string answer;
  for (size_t from = 0, to; (to = models::sent.find('\n', from)) != std::string::npos; from = to + 1) {
    const std::string one = models::sent.substr(from, to - from);
    if (one.compare(0, 2, "--") == 0) continue;
    expect(one.size() < 120 && one.size() > 6 && lines::hex(lines::crcOf(one.substr(0, one.size() - 5)), 4) == one.substr(one.size() - 4), "Answer not well-formed");
    expect(answer.empty(), "Two answers to one line");
    answer = one;
  }
  return answer;
}
