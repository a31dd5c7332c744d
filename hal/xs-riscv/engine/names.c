#include "functions.h"
#include "realm.h"

void functions_define(txMachine* the)
{
#define FUNCTION(NAME, LENGTH) realm_define(the, host_##NAME, LENGTH, #NAME);
#include "functions.def"
#undef FUNCTION
}
