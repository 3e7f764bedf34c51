#pragma once

#include <stdint.h>

/** Where the wipers stand, and the window that none of them ever leaves. */
namespace wipers {

constexpr uint16_t unknown = 0;  // outside every window

uint16_t low();
uint16_t high();
/** Sets the window, and moves into it every wiper of the first `edges` that stands outside. */
void setWindow(uint16_t low, uint16_t high, uint8_t edges);

/** Position as last written or read; `unknown` when neither has happened. */
uint16_t position(uint8_t edge);
/** Forgets positions from an edge on: other edges may stand there now. */
void forget(uint8_t firstEdge);
/** The one place that writes wipers: refuses what is outside the window. */
bool place(uint8_t edge, uint16_t position);
/** Lets all of the first `edges` conduct well for a while, within the window; positions stay what they are to be. */
void open(uint8_t edges);
/** Puts them back. */
void putBack(uint8_t edges);
/** Reads a wiper back; `bench::noChip` when no chip answers. A wiper that was unknown is known by it, and inside the window. */
uint16_t read(uint8_t edge);
/** Whether all wipers of the first `edges` are known, reading those that are not; the first that is not is left in `edge`. */
bool know(uint8_t edges, uint8_t& edge, uint16_t& found);
/**
 * Whether the next of the first `edges` is where it was put, in turn; one that is not stays the next. A chip that lost its power
 * stands in the middle, whatever was written.
 */
bool checkNext(uint8_t edges, uint8_t& edge, uint16_t& found);
/** Whether a check has found a wiper elsewhere for the first time: it is said once. */
bool isNews(uint8_t& edge, uint16_t& found);

}  // namespace wipers
