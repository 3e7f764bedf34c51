#include "network.h"

Network network;
