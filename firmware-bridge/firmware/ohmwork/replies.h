#pragma once

#include "answer.h"
#include "fields.h"
#include "presentation.h"

/** What every command answers when it is well, or not. */
namespace replies {

void ok(Answer& answer);
void error(Answer& answer, const char* flashCode);
/** The next field is missing, too long, not hexadecimal, or there is one too many; counted from 1 after the command. */
void fieldError(Answer& answer, const Fields& fields);
/** The field taken last is outside what it may be. */
void rangeError(Answer& answer, const Fields& fields);
/** Something has to be said first. */
void orderError(Answer& answer, const char* flashFirst);
void faultError(Answer& answer, const presentation::Result& result);
/** A wiper that is not where it was put, or whose chip does not answer. */
void chipError(Answer& answer, uint8_t edge, uint16_t expected, uint16_t found);
/** Whether no field is left; answers when one is. */
bool ended(const Fields& fields, Answer& answer);
/** Sources to 0 V, clamps open; answers when a DAC does not take it. */
bool madeSafe(Answer& answer);

}  // namespace replies
