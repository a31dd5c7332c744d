/* The memory of the engine, and the rest of what XS asks of its platform. */
#include "xsAll.h"
#include "arena.h"

static char* arena_low;
static char* arena_high;
static void (*on_abort)(int status);

void arena_open(void* base, size_t size)
{
	arena_low = base;
	arena_high = arena_low + (size & ~(size_t)15);
}

void arena_on_abort(void (*handler)(int status))
{
	on_abort = handler;
}

#ifdef FLIPSIDE_BOARD
/* While the realm is made that goes to flash: board/freeze.c. */
char* freeze_next;
char* freeze_end;

static void* frozen(size_t size)
{
	char* result = freeze_next;
	if (!(size <= (size_t)(freeze_end - freeze_next)))
		return NULL;
	freeze_next += (size + 7) & ~(size_t)7;
	return result;
}
#define FREEZING (freeze_next != NULL)
#else
#define FREEZING 0
#define frozen(SIZE) NULL
#endif

void* engine_malloc(size_t size)
{
	return FREEZING ? frozen(size) : malloc(size);
}

void* engine_calloc(size_t count, size_t size)
{
	return FREEZING ? frozen(count * size) : calloc(count, size);
}

void* engine_realloc(void* block, size_t size)
{
	/* How long a block is that goes to flash is not kept: its tables are made large enough at once. */
	return FREEZING ? NULL : realloc(block, size);
}

void engine_free(void* block)
{
	if (!FREEZING)
		free(block);
}

/*
 * The size is not rounded: XS extends a block only where the next one begins at its limit. It asks for all of a chunk
 * that does not fit, not for what is missing: what is free at the end of the block is taken back first.
 */
void* fxAllocateChunks(txMachine* the, txSize size)
{
	if (FREEZING)
		return frozen((size_t)size);
	txBlock* block = the->firstBlock;
	if (block && block->limit == (txByte*)arena_low) {
		the->maximumChunksSize -= (txSize)(block->limit - block->current);
		block->limit = block->current;
		arena_low = (char*)block->current;
	}
	char* result = arena_low;
	if (!(size >= 0 && size <= arena_high - arena_low))
		return C_NULL;
	arena_low += size;
	return result;
}

void fxFreeChunks(txMachine* the, void* chunks)
{
}

txSlot* fxAllocateSlots(txMachine* the, txSize count)
{
	size_t size = (size_t)count * sizeof(txSlot);
	if (FREEZING)
		return frozen(size);
	if (!(count > 0 && size <= (size_t)(arena_high - arena_low)))
		return C_NULL;
	arena_high -= size;
	return (txSlot*)arena_high;
}

void fxFreeSlots(txMachine* the, void* slots)
{
}

void fxCreateMachinePlatform(txMachine* the)
{
	the->promiseJobs = 0;
}

void fxDeleteMachinePlatform(txMachine* the)
{
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobs = 1;
}

void fxAbort(txMachine* the, int status)
{
	if (on_abort)
		on_abort(status);
	engine_exit(status);
}
