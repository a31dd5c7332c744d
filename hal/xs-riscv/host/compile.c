/*
 * Compiles a script to an archive of byte code (engine/archive.h): compile -o OUT [--after ARCHIVE]... SCRIPT
 *
 * The engine's own compiler writes numbers for names, and functions and strings that are copied to RAM when they are
 * met. Here the numbers become those that the firmware will give, and both kinds of code their forms that stay in flash.
 */
#include "archive.h"
#include "functions.h"
#include "host.h"

extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

/* The compiler only needs their names. */
#define FUNCTION(NAME, LENGTH) void host_##NAME(txMachine* the) { }
#include "functions.def"
#undef FUNCTION

static void stay_in_flash(uint8_t* code, size_t size)
{
	for (uint8_t* at = code; at < code + size;) {
		uint8_t* operand = at + 1;
		uint16_t length2;
		uint32_t length4;
		txS1 step = gxCodeSizes[*at];
		switch (*at) {
		case XS_CODE_CODE_1: *at = XS_CODE_CODE_ARCHIVE_1; break;
		case XS_CODE_CODE_2: *at = XS_CODE_CODE_ARCHIVE_2; break;
		case XS_CODE_CODE_4: *at = XS_CODE_CODE_ARCHIVE_4; break;
		case XS_CODE_STRING_1: *at = XS_CODE_STRING_ARCHIVE_1; break;
		case XS_CODE_STRING_2: *at = XS_CODE_STRING_ARCHIVE_2; break;
		case XS_CODE_STRING_4: *at = XS_CODE_STRING_ARCHIVE_4; break;
		}
		if (step > 0)
			at += step;
		else if (step == 0)
			at = operand + sizeof(txID);
		else if (step == -1)
			at = operand + 1 + *operand;
		else if (step == -2) {
			memcpy(&length2, operand, 2);
			at = operand + 2 + length2;
		}
		else {
			memcpy(&length4, operand, 4);
			at = operand + 4 + length4;
		}
	}
}

/* Gives the symbols of a script their numbers; returns where their names end up in `names`. */
static size_t link_names(txMachine* the, txScript* script, struct archive* archive, char* names)
{
	txByte* at = (txByte*)script->symbolsBuffer;
	char* end = names;
	txID count;
	mxDecodeID(at, count);
	txID* ids = calloc(count, sizeof(txID));
	for (txID i = 1; i < count; i++) {
		txID before = the->keyIndex;
		ids[i] = fxNewNameC(the, (char*)at);
		size_t size = c_strlen((char*)at) + 1;
		if (the->keyIndex != before) {
			memcpy(end, at, size);
			end += size;
			archive->names++;
		}
		at += size;
	}
	fxRemapIDs(the, (txByte*)script->codeBuffer, script->codeSize, ids);
	free(ids);
	return (size_t)(end - names);
}

static void write_archive(const char* path, struct archive* archive, const char* names, const void* code)
{
	uint32_t crc = archive_crc(0, archive, offsetof(struct archive, crc));
	crc = archive_crc(crc, names, archive->names_size);
	archive->crc = archive_crc(crc, code, archive->code_size);
	FILE* file = fopen(path, "wb");
	if (!file || fwrite(archive, sizeof(*archive), 1, file) != 1
		|| fwrite(names, 1, archive->names_size, file) != archive->names_size
		|| fwrite(code, 1, archive->code_size, file) != archive->code_size || fclose(file)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
}

static uint32_t load_names(txMachine* the, const char* path, uint32_t after)
{
	size_t size;
	char* bytes = host_read(path, &size);
	enum archive_error error = archive_check(the, bytes, size, after);
	if (error == ARCHIVE_OK)
		error = archive_names(the, bytes);
	if (error != ARCHIVE_OK) {
		fprintf(stderr, "%s: %s\n", path, error == ARCHIVE_NONE
			? "no archive of byte code" : "compiled for another firmware: compile it again");
		exit(1);
	}
	return ((struct archive*)bytes)->crc;
}

int main(int count, char** arguments)
{
	const char* out = NULL;
	const char* source = NULL;
	uint32_t after = 0;
	txMachine* the = host_machine((size_t)64 << 20, 4096);
	fxBeginHost(the);
	functions_define(the);
	for (int at = 1; at < count; at++) {
		if (!strcmp(arguments[at], "-o") && at + 1 < count)
			out = arguments[++at];
		else if (!strcmp(arguments[at], "--after") && at + 1 < count)
			after = load_names(the, arguments[++at], after);
		else
			source = arguments[at];
	}
	if (!out || !source) {
		fprintf(stderr, "compile -o OUT [--after ARCHIVE]... SCRIPT\n");
		return 2;
	}
	struct archive archive = { .magic = "FXBC", .after = after, .keys = the->keyIndex };
	size_t size;
	char* text = host_read(source, &size);
	txScript* script = host_parse(the, source, text);
	char* names = malloc((size_t)script->symbolsSize + 1);
	archive.names_size = (uint32_t)link_names(the, script, &archive, names);
	archive.code_size = (uint32_t)script->codeSize;
	stay_in_flash((uint8_t*)script->codeBuffer, archive.code_size);
	write_archive(out, &archive, names, script->codeBuffer);
	return 0;
}
