#pragma once

#define OHMWORK_BUILD 0x389b4db3UL  // sha256 of the sources, first 32 bits; make writes it
