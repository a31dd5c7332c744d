/* The board's host functions: a file that is the flash, reset, watchdog, archives. The process is the machine; what starts
   it again, and says why, is headless.c. */
#include "xsAll.h"
#include "xs.h"
#include "xsmc.h"
#include "mc.xs.h"
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESTART 3

extern void* xsPreparationAndCreation(xsCreation** creation);

static uint8_t* flash;
static size_t flashSize;

static uint8_t* flashAt(xsMachine* the, int at, int length)
{
	if (!flash) {
		const char* path = getenv("FLIPSIDE_FLASH");
		struct stat info;
		int file = path ? open(path, O_RDWR) : -1;
		if (file < 0 || fstat(file, &info) < 0)
			xsUnknownError("no flash");
		flashSize = info.st_size;
		flash = mmap(NULL, flashSize, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		close(file);
		if (flash == MAP_FAILED) {
			flash = NULL;
			xsUnknownError("no flash");
		}
	}
	if (at < 0 || length < 0 || (size_t)at + (size_t)length > flashSize)
		xsRangeError("outside of the flash");
	return flash + at;
}

void xs_board_flash_read(xsMachine* the)
{
	void* bytes;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(1), &bytes, &length);
	memcpy(bytes, flashAt(the, xsmcToInteger(xsArg(0)), length), length);
}

void xs_board_flash_write(xsMachine* the)
{
	void* bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(1), &bytes, &length);
	memcpy(flashAt(the, xsmcToInteger(xsArg(0)), length), bytes, length);
}

void xs_board_setting(xsMachine* the)
{
	char name[64] = "FLIPSIDE_";
	xsmcToStringBuffer(xsArg(0), name + 9, sizeof(name) - 9);
	for (char* c = name + 9; *c; c++)
		*c = toupper(*c);
	const char* value = getenv(name);
	xsmcSetString(xsResult, value ? (char*)value : "");
}

void xs_board_log(xsMachine* the)
{
	printf("%s\n", xsmcToString(xsArg(0)));
	fflush(stdout);
}

void xs_board_cause(xsMachine* the)
{
	const char* cause = getenv("FLIPSIDE_CAUSE");
	xsmcSetInteger(xsResult, cause ? atoi(cause) : 0);
}

void xs_board_restart(xsMachine* the)
{
	_exit(RESTART);
}

/* SIGALRM, which nobody catches, is the bite. */
void xs_board_feed(xsMachine* the)
{
	alarm(xsmcToInteger(xsArg(0)));
}

void xs_board_memory(xsMachine* the)
{
	char text[200] = "";
#ifdef mxInstrument
	fxCollectGarbage(the);
	snprintf(text, sizeof(text), ", slots %d now, %d at most, of %d bytes; chunks %d bytes now, %d at most; stack %d slots",
		(int)the->currentHeapCount, (int)the->peakHeapCount, (int)sizeof(txSlot), (int)the->currentChunksSize,
		(int)the->peakChunksSize, (int)(the->stackTop - the->stackPeak));
#endif
	xsmcSetString(xsResult, text);
}

static txBoolean archiveRead(void* source, size_t offset, void* buffer, size_t size)
{
	memcpy(buffer, (uint8_t*)source + offset, size);
	return 1;
}

static txBoolean archiveWrite(void* source, size_t offset, void* buffer, size_t size)
{
	memcpy((uint8_t*)source + offset, buffer, size);
	return 1;
}

/* Mapping rewrites the archive: it is done to a copy, and what was signed stays as it is. */
void xs_board_map(xsMachine* the)
{
	txPreparation* preparation = xsPreparationAndCreation(NULL);
	int size = xsmcToInteger(xsArg(1));
	uint8_t* from = flashAt(the, xsmcToInteger(xsArg(0)), size);
	uint8_t* copy = malloc(size);
	if (!copy)
		xsUnknownError("no memory");
	memcpy(copy, from, size);
	if (!fxMapArchive(the, preparation, copy, 4096, archiveRead, archiveWrite)) {
		free(copy);
		xsUnknownError("the image is no archive");
	}
	fxSetArchive(the, copy);
}
