#include "functions.h"

static void define(txMachine* the, txCallback callback, txInteger length, char* name)
{
	txID id = fxNewNameX(the, name);
	fxNewHostFunction(the, callback, length, id, XS_NO_ID);
	mxPush(mxGlobal);
	fxSetID(the, id);
	mxPop();
}

void functions_define(txMachine* the)
{
#define FUNCTION(NAME, LENGTH) define(the, host_##NAME, LENGTH, #NAME);
#include "functions.def"
#undef FUNCTION
}
