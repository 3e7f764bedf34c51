#pragma once

#include <stdint.h>

#include "network.h"

/** Sources, clamps and readings of the network that the host described, offsets taken off. */
namespace drive {

/** Sources to 0 V and clamps open; 0, or the first DAC that did not take it. */
uint8_t makeSafe();
/** Whether every DAC took its zeros, and nothing was driven since. */
bool isSafe();
/** Whether `makeSafe` was the last word and a DAC did not take it: it has to be said again. */
bool isSafeUnreached();

void openClamps();
/** The code of a channel, for the next write to its DAC: less its offset, kept on the scale. */
void setCode(const Driven& at, int16_t code);
/** The same as it is, with no offset taken off; `bench::powerDown…` may be in it. */
void setPlain(const Driven& at, uint16_t code);
/** Writes a DAC up to the last channel that is in use. */
bool write(uint8_t chip);
/** Writes the DACs of the sources, clamps open; 0, or the DAC that did not answer. */
uint8_t writeSources();

bool isSource(uint8_t node);
/** Reads every node, offsets taken off; of several readings the mean, rounded down. */
void readNodes(int16_t* codes, uint8_t averages);

}  // namespace drive
