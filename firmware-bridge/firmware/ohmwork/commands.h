#pragma once

#include "answer.h"
#include "fields.h"

/** Carries out commands. Each checks all its fields before it does anything. */
namespace commands {

/** Reads what outlived the start. */
void begin();
/** What HELLO says, after `answer` so far. */
void identify(Answer& answer);
/** Carries out the command whose name comes next, and appends OK or ERR and the rest. */
void carryOut(Fields& fields, Answer& answer);
/** Whether a person may ask for the command that comes next: it changes nothing, but that READ brings a wiper it did not know into the window. */
bool isForPersons(Fields fields);
/** Whether it is HELLO, which is never remembered. */
bool isHello(Fields fields);

uint16_t quietMilliseconds();

}  // namespace commands
