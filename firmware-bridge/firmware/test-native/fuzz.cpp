// Lines of every kind against the firmware on models of its chips, under sanitizers.
//
//   fuzz [lines] [seed]
//
// Holds after each: no wiper and no code left its window (the models abort); a line that is not intact is answered `!! BAD` and changes
// nothing; an intact one is answered once, under its number; a repeated one is answered alike and not carried out again.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../ohmwork/calibration.h"
#include "../ohmwork/drive.h"
#include "../ohmwork/presentation.h"
#include "../ohmwork/session.h"
#include "../ohmwork/step.h"
#include "checks.h"
#include "exchange.h"
#include "lines.h"
#include "models.h"

using namespace lines;

namespace {

uint32_t noise(uint8_t) { return word(); }
uint32_t zero(uint8_t) { return 0; }

/** A converter that says anything, one with every node at ground, and a bench in order: only that has offsets to find. */
enum class Bench { noisy, shorted, inOrder };

}  // namespace

int main(int argumentCount, char** arguments) {
  const uint64_t count = argumentCount > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100000;
  const uint64_t seed = argumentCount > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  lines::begin(seed);
  models::readings = noise;
  for (uint16_t& pot : models::pots) pot = 0x80;
  expect(crcOf("123456789") == 0x29B1, "CRC is not CCITT-FALSE");
  uint32_t walk = 1;
  expect(nextRandom(walk) == 270369 && nextRandom(walk) == 67634689, "Not xorshift32");
  session::begin();

  uint64_t bad = 0, carriedOut = 0, refused = 0, repeated = 0;
  uint8_t seq = 0;
  Bench bench = Bench::noisy;
  uint64_t calibrated = 0;
  std::string last;
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t kind = below(100);
    std::string line = sealed(hex(seq, 2) + " " + command());
    if (kind < 50) {
      ++seq;
    } else if (kind < 60) {
      std::string body = hex(seq++, 2) + " " + command();
      mutate(body);
      line = sealed(body);
    } else if (kind < 80) {
      mutate(line);
    } else if (kind < 85) {
      line = garbage();
    } else if (kind < 87) {
      line = "-- " + command();
    } else if (kind < 95 && !last.empty()) {
      Everything before, after;
      const std::string first = exchange(sealed(last));
      look(before);
      const bool wasHello = last.compare(3, 5, "HELLO") == 0;
      const std::string again = exchange(sealed(last));
      look(after);
      expect(again == first, "A repeated line is answered otherwise");
      expect(wasHello || std::memcmp(&before, &after, sizeof before) == 0, "A repeated line acted again");
      ++repeated;
    }
    std::string clean;
    for (const char character : line) {
      if (character != '\n' && character != '\r') clean += character;
    }
    line = clean;

    Everything before, after;
    look(before);
    const bool intact = isIntact(line);
    const bool forPersons = line == "?" || line.compare(0, 3, "-- ") == 0;
    const uint16_t repeatsBefore = session::counters.repeats;
    const std::string answer = exchange(line);
    look(after);
    if (intact) {
      expect(answer.size() > 6 && answer.compare(0, 3, line.substr(0, 3)) == 0, "An intact line was not answered");
      (answer.compare(3, 2, "OK") == 0 ? carriedOut : refused) += 1;
      if (answer.compare(3, 2, "OK") == 0 && line.compare(3, 8, "PROGRAM ") == 0) checkProgram(line);
      last = line.substr(0, line.size() - 5);
    } else if (!line.empty() && !(forPersons && answer.empty())) {
      expect(answer.compare(0, 7, "!! BAD ") == 0, "A bad line was not reported");
      ++bad;
    }
    if (forPersons) {  // READ moves a wiper that it finds outside the window into it: checkLimits looks
      std::memcpy(after.pots, before.pots, sizeof after.pots);
      after.acts = before.acts;
    }
    if (!intact) expect(std::memcmp(&before, &after, sizeof before) == 0, "A bad line acted");
    checkLimits();
    checkSafe();
    const bool isOk = intact && answer.compare(3, 2, "OK") == 0;
    const bool repeats = session::counters.repeats != repeatsBefore;
    static_assert(sizeof models::storedOffsets == sizeof calibration::offsets, "Offsets are stored whole");
    expect(std::memcmp(models::storedOffsets, &calibration::offsets, sizeof models::storedOffsets) == 0, "Other offsets are in use than are stored");
    if (isOk && !repeats && line.compare(3, 11, "CALIBRATE M") == 0) {
      expect(bench != Bench::shorted, "Offsets were measured though every node is at ground");
      ++calibrated;
    }
    for (const char* use : {"RESPOND ", "LEARN ", "CALIBRATE M"}) {
      if (isOk && !repeats && line.compare(3, std::strlen(use), use) == 0) checkInUse();
    }
    for (const char* safe : {"SAFE ", "NODES ", "SOURCES ", "OUTPUT "}) {
      if (isOk && !repeats && line.compare(3, std::strlen(safe), safe) == 0) expect(drive::isSafe(), "OK to what makes safe, and it is not");
    }
    checkTick();
    if (below(200) == 0) checkQuiet();
    if (below(50) == 0) checkNewHost(static_cast<uint8_t>(seq - 1));
    if (below(200) == 0) checkLostPower(static_cast<uint8_t>(seq - 1));
    if (below(300) == 0) bench = below(4) == 0 ? Bench::shorted : below(2) == 0 ? Bench::inOrder : Bench::noisy;
    models::readings = bench == Bench::shorted ? zero : bench == Bench::inOrder ? models::plainReading : noise;
    if (below(200) == 0) models::potsAnswer = !models::potsAnswer || below(4) != 0;
    if (below(500) == 0) {
      for (bool& answers : models::dacAnswers) answers = below(3) != 0;
    }
  }
  expect(count < 100000 || calibrated > 0, "No calibration went well");
  std::printf("seed %" PRIu64 ": %" PRIu64 " lines, %" PRIu64 " carried out, %" PRIu64 " refused, %" PRIu64 " bad, %" PRIu64 " repeated, %" PRIu32 " steps, %" PRIu64 " calibrations\n", seed, count,
              carriedOut, refused, bad, repeated, presentation::steps, calibrated);
  return 0;
}
