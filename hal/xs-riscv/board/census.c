/*
 * What fills the engine's memory, told over the serial line: object by object, with the names of their properties. For
 * bench/xs, which asks for it where the memory is full; nothing is allocated here.
 */
#include "xsAll.h"
#include "board.h"
#include "census.h"

static void number(const char* before, txSize value)
{
	char digits[12];
	int at = sizeof digits;
	digits[--at] = 0;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	serial_text(before);
	serial_text(digits + at);
}

/* The engine's own properties have no name: their kind stands for them. */
static void name(txMachine* the, txSlot* slot)
{
	txSlot* key = slot->ID == XS_NO_ID ? C_NULL : fxGetKey(the, slot->ID);
	if (key && (key->kind == XS_KEY_KIND || key->kind == XS_KEY_X_KIND)) {
		serial_text(" ");
		serial_text(key->value.key.string);
	}
	else
		number(" #", (txSize)slot->kind);
}

/* One line an object: how many slots, what they are called. Kinds of slots that are no object's: xsAll.h. */
static txSize objects(txMachine* the)
{
	txSize count = 0;
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		count += (txSize)(heap->value.reference - heap);
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			if (slot->kind != XS_INSTANCE_KIND)
				continue;
			txSize slots = 1;
			for (txSlot* property = slot->next; property; property = property->next)
				slots++;
			number("object ", slots);
			for (txSlot* property = slot->next; property; property = property->next)
				name(the, property);
			serial_text("\n");
		}
	}
	return count;
}

static txSize chunks(txMachine* the)
{
	txSize free = 0;
	for (txBlock* block = the->firstBlock; block; block = block->nextBlock) {
		txByte* at = (txByte*)(block + 1);
		free += (txSize)(block->limit - block->current);
		while (at < block->current) {
			txSize size = ((txChunk*)at)->size & 0x7fffffff;
			number("chunk ", size);
			serial_text("\n");
			at += size;
		}
	}
	return free;
}

void census(txMachine* the)
{
	txSize free = 0;
	txSize all = objects(the);
	txSize chunk_free = chunks(the);
	for (txSlot* slot = the->freeHeap; slot; slot = slot->next)
		free++;
	number("slots ", all);
	number(" free ", free);
	number(" chunks free ", chunk_free);
	number(" stack ", (txSize)(the->stackTop - the->stack));
	serial_text("\n");
	for (txSlot* frame = the->frame; frame; frame = frame->next) {
		number("frame ", (txSize)(the->stackTop - frame));
		if (frame->next && frame->value.frame.code)
			number(" code ", (txSize)(frame->value.frame.code - (txByte*)FIRMWARE));
		serial_text("\n");
	}
}
