/* What is done to the realm of a machine, on the board and on the host. Between fxBeginHost and fxEndHost. */
#ifndef FLIPSIDE_REALM_H
#define FLIPSIDE_REALM_H

#include "xsAll.h"
#include "xsScript.h"

/* Makes a host function a property of the global. `name` outlives the machine. */
void realm_define(txMachine* the, txCallback callback, txInteger length, char* name);
/*
 * Makes the array of what the functions of the firmware have in common: build/byte-code/common.ts. The byte code HOST reads
 * it; XS has it for host functions. At 0 it has itself, so that a script that runs can write to it.
 */
void realm_common(txMachine* the);
/* Throws what the script throws. */
void realm_run(txMachine* the, txScript* script);

#endif
