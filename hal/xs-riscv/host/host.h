/* What the programs on the host share: a machine in an arena of its own, and files. */
#ifndef FLIPSIDE_HOST_H
#define FLIPSIDE_HOST_H

#include "xsAll.h"
#include "xsScript.h"

txMachine* host_machine(size_t arena, txSize stack);
/* The whole of a file, with a zero behind it; exits where there is none. */
char* host_read(const char* path, size_t* size);
/* The script in `source`, parsed; exits with the engine's words where it is none. */
txScript* host_parse(txMachine* the, const char* path, char* source);
/* The exception that stands, on stderr. */
void host_complain(txMachine* the, const char* path);

#endif
