#pragma once

#define OHMWORK_BUILD 0x1ef55791UL  // sha256 of the sources, first 32 bits; make writes it
