#pragma once

#include <cstdint>
#include <string>

/** Lines of every kind, drawn from one seed. */
namespace lines {

void begin(uint64_t seed);
uint32_t below(uint32_t bound);
uint32_t word();
std::string hex(uint32_t value, int digits);
/** A number of `digits` digits as the next field. */
std::string field(uint32_t value, int digits);
uint16_t crcOf(const std::string& text);
/** A line with its checksum. */
std::string sealed(const std::string& body);
bool isIntact(const std::string& line);
/** A command as a host may send it; now and then with a value that is out of range. */
std::string command();
void mutate(std::string& line);
std::string garbage();

}  // namespace lines
