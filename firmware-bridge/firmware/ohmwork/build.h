#pragma once

#define OHMWORK_BUILD 0x69aa6b55UL  // sha256 of the sources, first 32 bits; make writes it
