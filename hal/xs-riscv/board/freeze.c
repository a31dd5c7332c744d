/*
 * Makes the frozen realm on the device itself, at build time, in a machine with much RAM. It is built twice, at two
 * places in RAM that were all zero: words that differ by just the distance of the places are pointers, and are moved to
 * where the realm will lie in flash; words that are equal are not; a word that is neither is an error.
 */
#include "freeze.h"
#include "archive.h"
#include "board.h"
#include "functions.h"
#include "realm.h"

#define PLACE_SIZE 0x180000u
#define NAME_MODULO 127
#define SYMBOL_MODULO 31

/* While a realm is made, all that the engine allocates comes from one place, and nothing is given back: arena.c. */
extern char* freeze_next;
extern char* freeze_end;

/*
 * The code that made the realm will not be there: build/byte-code/load.ts. Where it made a function it has a branch to
 * it; a text is copied.
 */
static char* in_archive(char* address)
{
	int32_t offset;
	if (address < archive_end(FIRMWARE) || (uint8_t)*address != XS_CODE_BRANCH_4)
		return address;
	memcpy(&offset, address + 1, sizeof offset);
	return address + 1 + sizeof offset + offset;
}

static char* text_kept(char* text)
{
	if (text < archive_end(FIRMWARE) || text >= FIRMWARE + SETTINGS->firmware_size)
		return text;
	size_t size = c_strlen(text) + 1;
	return memcpy(engine_calloc(size, 1), text, size);
}

static void in_flash(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_X_KIND: slot->value.string = text_kept(slot->value.string); break;
	case XS_CODE_X_KIND: slot->value.code.address = (txByte*)in_archive((char*)slot->value.code.address); break;
	case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
	case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
	case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
	case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
	case XS_CALLBACK_KIND: slot->kind = XS_CALLBACK_X_KIND; break;
	case XS_ARRAY_KIND: {
		txSlot* item = slot->value.array.address;
		txIndex count = item ? fxGetIndexSize(NULL, slot) : 0;
		for (; count > 0; count--)
			in_flash(item++);
		break;
	}
	}
}

static void each_slot(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next)
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++)
			in_flash(slot);
}

#define STILL (XS_DONT_DELETE_FLAG | XS_DONT_SET_FLAG)

static void property_still(txSlot* property)
{
	property->flag |= property->kind == XS_ACCESSOR_KIND ? XS_DONT_DELETE_FLAG : STILL;
	if (property->kind != XS_ARRAY_KIND || !property->value.array.address)
		return;
	txSlot* item = property->value.array.address;
	for (txIndex count = fxGetIndexSize(NULL, property); count > 0; count--, item++)
		item->flag |= item->kind == XS_ACCESSOR_KIND ? XS_DONT_DELETE_FLAG : STILL;
}

/*
 * All of the realm is immutable, variables of modules too: what may change has a place in a table, in the RAM of each
 * machine. There were some 2,500 such places, 10 KB. Only the global object is one: an image may add to it.
 */
static void all_still(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next)
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			if (slot->kind == XS_CLOSURE_KIND)
				slot->value.closure->flag |= XS_DONT_SET_FLAG;
			if (slot->kind != XS_INSTANCE_KIND || slot == mxGlobal.value.reference)
				continue;
			slot->flag |= XS_DONT_PATCH_FLAG;
			for (txSlot* property = slot->next; property; property = property->next)
				property_still(property);
		}
}

/* The global of a shared machine is a plain object: what makes a global special is of each machine's own. */
static void plain_global(txMachine* the)
{
	txSlot** address = &(mxGlobal.value.reference->next);
	mxGlobal.value.reference->flag &= ~XS_EXOTIC_FLAG;
	while (*address && (*address)->kind != XS_GLOBAL_KIND)
		address = &((*address)->next);
	if (*address)
		*address = (*address)->next;
}

static txPreparation* build(char* place)
{
	memset(place, 0, PLACE_SIZE);
	freeze_next = place;
	freeze_end = place + PLACE_SIZE;
	txCreation creation = {
		.initialChunkSize = 64 * 1024,
		.initialHeapCount = 16000,
		.stackCount = 4096,
		.initialKeyCount = 2048,
		.nameModulo = NAME_MODULO,
		.symbolModulo = SYMBOL_MODULO,
	};
	txMachine* the = fxCreateMachine(&creation, "flipside", C_NULL, 0);
	fxBeginHost(the);
	functions_define(the);
	realm_common(the);
	uint32_t after = 0;
	if (archive_check(the, FIRMWARE, SETTINGS->firmware_size, after) || archive_names(the, FIRMWARE)
		|| !archive_loads(FIRMWARE, SETTINGS->firmware_size)) {
		serial_text("freeze: no firmware that fits this engine\n");
		board_exit(1);
	}
	mxTry(the) {
		archive_load(the, FIRMWARE, SETTINGS->firmware_size);
	}
	mxCatch(the) {
		mxPush(mxException);
		serial_text("freeze: ");
		serial_text(fxToString(the, the->stack));
		serial_text("\n");
		board_exit(1);
	}
	fxEndHost(the);
	/* Last on the stack, where a machine that is made of it finds it: main.c. */
	mxPush(mxHosts);
	plain_global(the);
	all_still(the);
	fxShareMachine(the);
	each_slot(the);
	txPreparation* preparation = (txPreparation*)engine_calloc(1, sizeof(txPreparation));
	preparation->version[0] = XS_MAJOR_VERSION;
	preparation->version[1] = XS_MINOR_VERSION;
	preparation->version[2] = XS_PATCH_VERSION;
	preparation->aliasCount = the->aliasCount;
	preparation->heap = the->firstHeap;
	preparation->heapCount = (txSize)(the->firstHeap->value.reference - the->firstHeap);
	preparation->stack = the->stack;
	preparation->stackCount = (txSize)(the->stackTop - the->stack);
	preparation->keyCount = the->keyIndex;
	preparation->keys = the->keyArray;
	preparation->nameModulo = the->nameModulo;
	preparation->names = the->nameTable;
	preparation->symbolModulo = the->symbolModulo;
	preparation->symbols = the->symbolTable;
	preparation->profileID = the->profileID;
	return preparation;
}

static void send(const void* bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t at = 0; at < size; at++) {
		uint8_t byte = ((const uint8_t*)bytes)[at];
		serial_put(digits[byte >> 4]);
		serial_put(digits[byte & 15]);
		if (at % 64 == 63)
			serial_put('\n');
	}
}

void freeze(void)
{
	/* Where there is none, making the first machine makes it, and the two passes would differ by that. */
	fxInitializeSharedCluster();
	char* first = (char*)(RAM + 0x200000u);
	char* second = first + PLACE_SIZE;
	txPreparation* one = build(first);
	size_t size = (size_t)(freeze_next - first);
	build(second);
	if (size != (size_t)(freeze_next - second)) {
		serial_text("freeze: the two realms are not of one size\n");
		board_exit(1);
	}
	int odd = 0;
	for (size_t at = 0; at < size; at += 4) {
		uint32_t* a = (uint32_t*)(first + at);
		uint32_t b = *(uint32_t*)(second + at);
		if (*a == b)
			continue;
		if (b - *a != PLACE_SIZE)
			odd++;
		*a = *a - (uint32_t)first + (uint32_t)FROZEN + sizeof(struct frozen);
	}
	if (odd) {
		serial_text("freeze: words that are neither pointers nor equal\n");
		board_exit(1);
	}
	struct frozen header = {
		.size = (uint32_t)size,
		.firmware_crc = ((const struct archive*)FIRMWARE)->crc,
		.preparation = (uint32_t)((char*)one - first) + (uint32_t)FROZEN + sizeof(struct frozen),
	};
	serial_text("FROZEN\n");
	send(&header, sizeof header);
	send(first, size);
	serial_text("\nEND\n");
	board_exit(0);
}
