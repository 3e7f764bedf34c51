#pragma once

#define OHMWORK_BUILD 0x4eb2ace2UL  // sha256 of the sources, first 32 bits; make writes it
