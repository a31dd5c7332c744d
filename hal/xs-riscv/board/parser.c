/* There is no parser on the device: what it would be asked for is an error, and the linker leaves the rest out. */
#include "xsAll.h"
#include "xsScript.h"

txScript* fxParseScript(txMachine* the, void* stream, txGetter getter, txUnsigned flags)
{
	mxSyntaxError("no parser on this device");
	return C_NULL;
}
