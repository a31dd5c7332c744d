/* What runs after a reset: the firmware's `main`, on the frozen realm. */
#include <errno.h>
#include "archive.h"
#include "arena.h"
#include "board.h"
#include "census.h"
#include "freeze.h"
#include "functions.h"

#define C_STACK_LEAST 512
#define C_STACK 6144

extern char __bss_end[];

uint32_t firmware_crc;

static txMachine* running;

static char* heap_next;
static char* heap_end;

void* sbrk(ptrdiff_t more)
{
	if (!heap_next)
		heap_next = __bss_end;
	if (!(more <= heap_end - heap_next)) {
		errno = ENOMEM;
		return (void*)-1;
	}
	char* old = heap_next;
	heap_next += more;
	return old;
}

void engine_exit(int status)
{
	board_reset(CAUSE_CRASH);
}

int engine_time(c_timeval* time, struct engine_timezone* zone)
{
	uint64_t now = board_microseconds();
	time->tv_sec = (time_t)(now / 1000000u);
	time->tv_usec = (suseconds_t)(now % 1000000u);
	return 0;
}

char* fxCStackLimit(void)
{
	return (char*)(RAM + SETTINGS->ram_size - C_STACK + C_STACK_LEAST);
}

static void aborted(int status)
{
	if (running && SETTINGS->census)
		census(running);
	serial_text(status == XS_NOT_ENOUGH_MEMORY_EXIT ? "xs: memory full\n"
		: status == XS_STACK_OVERFLOW_EXIT ? "xs: stack overflow\n" : "xs: abort\n");
}

static txMachine* machine(void)
{
	char* top = (char*)(RAM + SETTINGS->ram_size - C_STACK);
	char* arena = top - SETTINGS->arena_size;
	heap_end = arena;
	if (!(arena > __bss_end)) {
		serial_text("no room for the arena\n");
		board_exit(EXIT_BROKEN);
	}
	memset(arena, 0, SETTINGS->arena_size);
	arena_open(arena, SETTINGS->arena_size);
	const struct frozen* frozen = (const struct frozen*)FROZEN;
	firmware_crc = frozen->firmware_crc;
	hashes_free();
	txPreparation* preparation = (txPreparation*)frozen->preparation;
	txCreation creation = {
		.initialChunkSize = 512,
		.incrementalChunkSize = 64,
		.initialHeapCount = 64,
		.incrementalHeapCount = 8,
		.stackCount = (txSize)SETTINGS->stack_count,
		.initialKeyCount = 32,
		.incrementalKeyCount = 16,
		.nameModulo = preparation->nameModulo,
		.symbolModulo = preparation->symbolModulo,
	};
	txMachine* the = fxPrepareMachine(&creation, preparation, "flipside", C_NULL, C_NULL);
	if (!the) {
		serial_text("no machine\n");
		board_exit(EXIT_BROKEN);
	}
	mxHosts.kind = preparation->stack->kind;
	mxHosts.value = preparation->stack->value;
	return the;
}

/* Calls a function of the firmware. */
static void run(txMachine* the, char* name)
{
	running = the;
	fxBeginHost(the);
	mxTry(the) {
		mxPush(mxGlobal);
		mxDub();
		fxGetID(the, fxFindName(the, name));
		mxCall();
		mxRunCount(0);
		mxPop();
	}
	mxCatch(the) {
		mxPush(mxException);
		serial_text("exception: ");
		serial_text(fxToString(the, the->stack));
		serial_text("\n");
		board_reset(CAUSE_CRASH);
	}
	fxEndHost(the);
}

/* The names of an image have their numbers from where the firmware's end: before anything has made names of its own. */
static void image_open(txMachine* the)
{
	const void* image = (const void*)(NOR + decided.offset);
	enum archive_error error = archive_check(the, image, decided.size, firmware_crc);
	if (error == ARCHIVE_OK)
		error = archive_names(the, image);
	if (error == ARCHIVE_OK)
		return;
	serial_text(error == ARCHIVE_NONE ? "image: no byte code\n" : "image: compiled for another firmware\n");
	board_reset(CAUSE_CRASH);
}

int main(void)
{
	board_open();
	arena_on_abort(aborted);
	if (SETTINGS->freeze) {
		heap_end = (char*)(RAM + 0x200000u);
		freeze();
	}
	/* The boot decision has a machine of its own: it leaves no names, no garbage, and no way to the image. */
	txMachine* the = machine();
	run(the, "decide");
	fxDeleteMachine(the);
	if (decided.slot < 0)
		board_exit(EXIT_RECOVERY);
	the = machine();
	image_open(the);
	run(the, "main");
	board_exit(0);
}
