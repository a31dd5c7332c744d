#include "realm.h"

void realm_define(txMachine* the, txCallback callback, txInteger length, char* name)
{
	txID id = fxNewNameX(the, name);
	fxNewHostFunction(the, callback, length, id, XS_NO_ID);
	mxPush(mxGlobal);
	fxSetID(the, id);
	mxPop();
}

void realm_common(txMachine* the)
{
	mxPush(mxArrayPrototype);
	fxNewArrayInstance(the);
	mxDub();
	mxDub();
	fxSetIndex(the, 0);
	mxPop();
	mxPull(mxHosts);
}

static void as_it_is(txMachine* the)
{
	*mxResult = mxHosts;
}

void realm_run(txMachine* the, txScript* script)
{
	txSlot* realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
	/* The engine asks a script for its host functions, and forgets them at its end: here the array stays. */
	txSlot common = mxHosts;
	script->callback = as_it_is;
	fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
		mxProgram.value.reference);
	mxHosts = common;
	mxPop();
}
