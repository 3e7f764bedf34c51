#pragma once

#define OHMWORK_BUILD 0xc73fad09UL  // sha256 of the sources, first 32 bits; make writes it
