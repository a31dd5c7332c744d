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

/* What is free at the end of the chunks is taken back. */
static void chunks_take_back(txMachine* the)
{
	txBlock* block = the->firstBlock;
	if (!block || block->limit != (txByte*)arena_low)
		return;
	the->maximumChunksSize -= (txSize)(block->limit - block->current);
	block->limit = block->current;
	arena_low = (char*)block->current;
}

/*
 * Slots that are free at the low end are taken back, `count` at most: where there were more objects once than there are
 * now. A collection came just before, and gives the slots of high addresses away first. The heap's own first slot moves up.
 */
static void slots_take_back(txMachine* the, size_t count)
{
	txSlot* heap = the->firstHeap;
	if (!heap || (char*)heap != arena_high)
		return;
	/* Nothing is marked between two collections: who is marked now is free. */
	for (txSlot* slot = the->freeHeap; slot; slot = slot->next)
		slot->flag |= XS_MARK_FLAG;
	txSlot* first = heap;
	while (count > 0 && first + 1 < heap->value.reference && first[1].flag & XS_MARK_FLAG) {
		first++;
		count--;
	}
	txSlot** address = &the->freeHeap;
	for (txSlot* slot = *address; slot; slot = *address) {
		slot->flag &= ~XS_MARK_FLAG;
		if (slot <= first)
			*address = slot->next;
		else
			address = &slot->next;
	}
	if (first == heap)
		return;
	*first = *heap;
	the->firstHeap = first;
	the->maximumHeapCount -= (txSize)(first - heap);
	arena_high = (char*)first;
}

/*
 * The size is not rounded: XS extends a block only where the next one begins at its limit. It asks for all of a chunk
 * that does not fit, not for what is missing: what is free at the end of the block is taken back first.
 */
void* fxAllocateChunks(txMachine* the, txSize size)
{
	if (FREEZING)
		return frozen((size_t)size);
	chunks_take_back(the);
	if (size > arena_high - arena_low)
		slots_take_back(the, (size_t)(size - (arena_high - arena_low) + sizeof(txSlot) - 1) / sizeof(txSlot));
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
	if (size > (size_t)(arena_high - arena_low))
		chunks_take_back(the);
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
