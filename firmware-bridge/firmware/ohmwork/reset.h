#pragma once

/** Why the firmware started, and what memory survived it. */
namespace reset {

/** POWER, EXT, BOD, WDT or SOFT, in flash. */
const char* cause();
/** Whether wipers were programmed since power came. */
bool programmed();
void setProgrammed();

}  // namespace reset
