#pragma once

#define OHMWORK_BUILD 0x01df392eUL  // sha256 of the sources, first 32 bits; make writes it
