#pragma once

#define OHMWORK_BUILD 0xcf6edcebUL  // sha256 of the sources, first 32 bits; make writes it
