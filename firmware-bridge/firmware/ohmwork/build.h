#pragma once

#define OHMWORK_BUILD 0x5d50e903UL  // sha256 of the sources, first 32 bits; make writes it
