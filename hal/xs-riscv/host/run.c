/*
 * Runs scripts on the engine, one after another in one realm: run [-a arena bytes] FILE...
 * Host functions: print(text).
 */
#include "host.h"
#include "realm.h"

static void print(txMachine* the)
{
	if (mxArgc > 0)
		puts(fxToString(the, mxArgv(0)));
}

static int run(txMachine* the, const char* path)
{
	size_t size;
	char* source = host_read(path, &size);
	int failed = 0;
	fxBeginHost(the);
	mxTry(the) {
		realm_run(the, host_parse(the, path, source));
		while (the->promiseJobs) {
			the->promiseJobs = 0;
			fxRunPromiseJobs(the);
		}
	}
	mxCatch(the) {
		host_complain(the, path);
		failed = 1;
	}
	fxEndHost(the);
	free(source);
	return failed;
}

int main(int count, char** arguments)
{
	size_t arena = 64 * 1024 * 1024;
	int at = 1;
	if (at + 1 < count && !strcmp(arguments[at], "-a")) {
		arena = (size_t)strtoul(arguments[at + 1], NULL, 0);
		at += 2;
	}
	txMachine* the = host_machine(arena, 4096);
	fxBeginHost(the);
	realm_define(the, print, 1, "print");
	fxEndHost(the);
	int failed = 0;
	for (; at < count && !failed; at++)
		failed = run(the, arguments[at]);
	return failed;
}
