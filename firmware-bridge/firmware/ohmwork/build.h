#pragma once

#define OHMWORK_BUILD 0x572c85beUL  // sha256 of the sources, first 32 bits; make writes it
