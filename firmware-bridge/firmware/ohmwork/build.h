#pragma once

#define OHMWORK_BUILD 0x8ff7465aUL  // sha256 of the sources, first 32 bits; make writes it
