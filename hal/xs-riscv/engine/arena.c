/* The memory of the engine, and the rest of what XS asks of its platform. */
#include "xsAll.h"
#include "arena.h"

static char* arena_low;
static char* arena_high;
static char* arena_start;
static char* arena_end;
static char* arena_low_most;
static char* arena_high_least;
static struct memory_use beside;
static void (*on_abort)(int status);

void arena_open(void* base, size_t size)
{
	arena_start = arena_low = arena_low_most = base;
	arena_end = arena_high = arena_high_least = arena_start + (size & ~(size_t)15);
}

size_t arena_used(void)
{
	return (size_t)(arena_low_most - arena_start) + (size_t)(arena_end - arena_high_least);
}

struct memory_use arena_beside(void)
{
	return beside;
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

/* The size stands before each block, so that a free can be counted. */
union header {
	size_t size;
	max_align_t align;
};

static void* counted(union header* block, size_t size)
{
	if (!block)
		return NULL;
	block->size = size;
	beside.now += size;
	if (beside.peak < beside.now)
		beside.peak = beside.now;
	return block + 1;
}

void* engine_malloc(size_t size)
{
	if (FREEZING)
		return frozen(size);
	return counted(malloc(sizeof(union header) + size), size);
}

void* engine_calloc(size_t count, size_t size)
{
	if (FREEZING)
		return frozen(count * size);
	return counted(calloc(1, sizeof(union header) + count * size), count * size);
}

void* engine_realloc(void* block, size_t size)
{
	union header* header = block ? (union header*)block - 1 : NULL;
	if (header)
		beside.now -= header->size;
	return counted(realloc(header, sizeof(union header) + size), size);
}

void engine_free(void* block)
{
	if (!block || FREEZING)
		return;
	beside.now -= ((union header*)block - 1)->size;
	free((union header*)block - 1);
}

/* The size is not rounded: XS extends a block only where the next one begins at its limit. */
void* fxAllocateChunks(txMachine* the, txSize size)
{
	if (FREEZING)
		return frozen((size_t)size);
	char* result = arena_low;
	if (!(size >= 0 && size <= arena_high - arena_low))
		return C_NULL;
	arena_low += size;
	if (arena_low_most < arena_low)
		arena_low_most = arena_low;
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
	if (arena_high_least > arena_high)
		arena_high_least = arena_high;
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
