/* What the engine does by default, but for functions: made at run time, each would carry two slots with its name and length. */
#include "xsAll.h"
#define fxNewFunctionLength C_NULL
#define fxNewFunctionName C_NULL
#include "xsDefaults.c"
