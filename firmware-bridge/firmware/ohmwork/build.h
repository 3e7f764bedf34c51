#pragma once

#define OHMWORK_BUILD 0x5b29529dUL  // sha256 of the sources, first 32 bits; make writes it
