#pragma once

#include <cstdint>
#include <string>

/** What must hold after every line. */
void checkLimits();
/** No wiper is in use that may stand outside the window. */
void checkInUse();
/** What PROGRAM said OK to stands in the chips, and nothing else. */
void checkProgram(const std::string& line);
/** A line of another host under a number that is remembered is a new line. */
void checkNewHost(uint8_t seq);
/** What is said to be safe drives nothing. */
void checkSafe();
/** After a silence what the host could not have wanted any more is gone, at the latest soon after the DACs answer again. */
void checkQuiet();
/** A potentiometer that is elsewhere is told, once, and nothing is presented to it. */
void checkLostPower(uint8_t seq);
/** The tick of an edge against the formula of docs/board.md in wide integers. */
void checkTick();
