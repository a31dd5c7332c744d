#include "host.h"
#include "arena.h"

void engine_exit(int status)
{
	exit(status ? status : 1);
}

char* fxCStackLimit(void)
{
	return C_NULL;
}

static void aborted(int status)
{
	const char* why = status == XS_NOT_ENOUGH_MEMORY_EXIT ? "memory full"
		: status == XS_STACK_OVERFLOW_EXIT ? "stack overflow"
		: status == XS_UNHANDLED_EXCEPTION_EXIT ? "unhandled exception"
		: status == XS_UNHANDLED_REJECTION_EXIT ? "unhandled rejection"
		: "abort";
	fprintf(stderr, "xs: %s\n", why);
}

txMachine* host_machine(size_t arena, txSize stack)
{
	txCreation creation = {
		.initialChunkSize = 16 * 1024,
		.incrementalChunkSize = 1024,
		.initialHeapCount = 4096,
		.incrementalHeapCount = 64,
		.stackCount = stack,
		.initialKeyCount = 1024,
		.incrementalKeyCount = 256,
		.nameModulo = 127,
		.symbolModulo = 31,
		.parserBufferSize = 4 * 1024 * 1024, /* the longest string or name in a script */
		.parserTableModulo = 1993,
	};
	arena_on_abort(aborted);
	arena_open(malloc(arena), arena);
	txMachine* the = fxCreateMachine(&creation, "flipside", C_NULL, 0);
	if (!the) {
		fprintf(stderr, "xs: no machine in an arena of %zu bytes\n", arena);
		exit(1);
	}
	return the;
}

char* host_read(const char* path, size_t* size)
{
	FILE* file = fopen(path, "rb");
	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	char* bytes = malloc(*size + 1);
	if (fread(bytes, 1, *size, file) != *size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	bytes[*size] = 0;
	fclose(file);
	return bytes;
}

void host_complain(txMachine* the, const char* path)
{
	mxPush(mxException);
	fprintf(stderr, "%s: %s\n", path, fxToString(the, the->stack));
	mxPop();
}

/* The engine's own reader makes of a script that cannot be read one that throws: this one stops. */
static void unreadable(void* console, txString path, txInteger line, txString format, c_va_list arguments)
{
	(void)console;
	fprintf(stderr, "%s:%d: ", path ? path : "script", (int)line);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	exit(1);
}

txScript* host_parse(txMachine* the, const char* path, char* source)
{
	txStringCStream stream = { source, 0, (txSize)c_strlen(source) };
	txParser parser;
	txParserJump jump;
	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.reportError = unreadable;
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf)) {
		fprintf(stderr, "%s: the parser gave up\n", path);
		exit(1);
	}
	parser.path = fxNewParserSymbol(&parser, (txString)path);
	fxParserTree(&parser, &stream, fxStringCGetter, mxProgramFlag | mxStrictFlag, NULL);
	fxParserHoist(&parser);
	fxParserBind(&parser);
	txScript* script = fxParserCode(&parser);
	fxTerminateParser(&parser);
	return script;
}
