#pragma once

#include "answer.h"
#include "fields.h"

/** The commands, by what they are about. */
namespace commands {

// network-commands.cpp
void setNodes(Fields& fields, Answer& answer);
void setSources(Fields& fields, Answer& answer);
void setOutputs(Fields& fields, Answer& answer);
void setEdges(Fields& fields, Answer& answer);

// wiper-commands.cpp
void setWindow(Fields& fields, Answer& answer);
void program(Fields& fields, Answer& answer);
void readWipers(Fields& fields, Answer& answer);

// learning-commands.cpp
void setRule(Fields& fields, Answer& answer);
void setSeed(Fields& fields, Answer& answer);
void tellState(Fields& fields, Answer& answer);
void respond(Fields& fields, Answer& answer);
void learn(Fields& fields, Answer& answer);
void setSettle(Fields& fields, Answer& answer);
void calibrate(Fields& fields, Answer& answer);

}  // namespace commands
