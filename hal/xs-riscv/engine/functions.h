#ifndef FLIPSIDE_FUNCTIONS_H
#define FLIPSIDE_FUNCTIONS_H

#include "xsAll.h"

#define FUNCTION(NAME, LENGTH) void host_##NAME(txMachine* the);
#include "functions.def"
#undef FUNCTION

/* Makes the host functions properties of the global. Between fxBeginHost and fxEndHost. */
void functions_define(txMachine* the);

#endif
