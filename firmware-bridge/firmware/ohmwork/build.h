#pragma once

#define OHMWORK_BUILD 0x88431bc4UL  // sha256 of the sources, first 32 bits; make writes it
