/* What is done to the realm of a machine, on the board and on the host. Between fxBeginHost and fxEndHost. */
#ifndef FLIPSIDE_REALM_H
#define FLIPSIDE_REALM_H

#include "xsAll.h"
#include "xsScript.h"

/* Makes a host function a property of the global. `name` outlives the machine. */
void realm_define(txMachine* the, txCallback callback, txInteger length, char* name);
/* Throws what the script throws. */
void realm_run(txMachine* the, txScript* script);

#endif
