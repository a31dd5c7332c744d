/* The host functions of engine/functions.def. */
#include "functions.h"
#include "archive.h"
#include "arena.h"
#include "board.h"
#include "ed25519.h"

/* xsmc.h: the bytes of an ArrayBuffer, or of a view of one. */
extern void _xsmcGetBuffer(txMachine* the, txSlot* slot, void** data, txUnsigned* count, txBoolean writable);

/* The agent has two, and one more where an anchor is of HSS/LMS; the boot decision one less. */
#define HASHES 3
static struct sha256 hashes[HASHES];
static int32_t hashes_given;

void hashes_free(void)
{
	hashes_given = 0;
}

static int32_t argument(txMachine* the, int index)
{
	return mxArgc > index ? fxToInteger(the, mxArgv(index)) : 0;
}

static void answer(txMachine* the, int32_t value)
{
	mxResult->value.integer = value;
	mxResult->kind = XS_INTEGER_KIND;
}

/* The bytes of a typed array; a TypeError where it is none. What runs script comes before: it may move them. */
static uint8_t* bytes_of(txMachine* the, int index, txSize* size)
{
	void* data;
	_xsmcGetBuffer(the, mxArgv(index), &data, (txUnsigned*)size, 0);
	return data;
}

static uint8_t* room_in(txMachine* the, int index, txSize* size)
{
	void* data;
	_xsmcGetBuffer(the, mxArgv(index), &data, (txUnsigned*)size, 1);
	return data;
}

void host_flashRead(txMachine* the)
{
	txSize size;
	uint8_t* into = room_in(the, 1, &size);
	answer(the, nor_read((uint32_t)argument(the, 0), into, (uint32_t)size));
}

/* What a number of the object is that a function was called on. */
static int32_t own(txMachine* the, char* name)
{
	mxPushSlot(mxThis);
	fxGetID(the, fxFindName(the, name));
	int32_t number = fxToInteger(the, the->stack);
	mxPop();
	return number;
}

/* The partitions of the second bank, one after another: two slots, and the journal. */
enum { JOURNAL = 2, PLACES };
#define JOURNAL_SECTORS 3

struct place {
	uint32_t from;
	uint32_t size;
};

static struct place place_of(txMachine* the)
{
	int32_t place = own(the, "place");
	if (!(place >= 0 && place < PLACES))
		mxRangeError("no such partition");
	uint32_t sectors = SETTINGS->slot_sectors;
	return (struct place){
		.from = (uint32_t)place * sectors * NOR_SECTOR,
		.size = (place == JOURNAL ? JOURNAL_SECTORS : sectors) * NOR_SECTOR,
	};
}

/* Where in the bank `size` bytes of the place begin. */
static uint32_t offset_in(txMachine* the, struct place place, txNumber offset, txSize size)
{
	if (!(offset >= 0 && offset + size <= place.size && offset == (uint32_t)offset))
		mxRangeError("out of the partition");
	return place.from + (uint32_t)offset;
}

static txNumber number(txMachine* the, int index)
{
	return mxArgc > index ? fxToNumber(the, mxArgv(index)) : C_NAN;
}

static void flash_done(txMachine* the, int code)
{
	if (code < 0)
		mxRangeError("flash");
}

void host_partitionRead(txMachine* the)
{
	txSize size;
	struct place place = place_of(the);
	txNumber offset = number(the, 1);
	uint8_t* into = room_in(the, 0, &size);
	uint32_t at = offset_in(the, place, offset, size);
	flash_done(the, nor_read(at, into, (uint32_t)size));
}

void host_partitionWrite(txMachine* the)
{
	txSize size;
	struct place place = place_of(the);
	txNumber offset = number(the, 1);
	uint8_t* bytes = bytes_of(the, 0, &size);
	uint32_t at = offset_in(the, place, offset, size);
	flash_done(the, nor_program(at, bytes, (uint32_t)size));
}

void host_partitionErase(txMachine* the)
{
	struct place place = place_of(the);
	txNumber from = number(the, 0);
	txNumber to = mxArgc > 1 && mxArgv(1)->kind != XS_UNDEFINED_KIND ? number(the, 1) : from + 1;
	if (!(from < to && to * NOR_SECTOR <= place.size && to == (uint32_t)to))
		mxRangeError("out of the partition");
	for (uint32_t at = offset_in(the, place, from * NOR_SECTOR, 0); at < place.from + (uint32_t)to * NOR_SECTOR;
	     at += NOR_SECTOR)
		flash_done(the, nor_erase(at));
}

static struct sha256* hash_of(txMachine* the)
{
	int32_t index = own(the, "hash");
	if (!(index >= 0 && index < HASHES))
		mxRangeError("no such hash");
	return &hashes[index];
}

void host_hashOpen(txMachine* the)
{
	if (hashes_given == HASHES)
		mxRangeError("no more hashes");
	answer(the, hashes_given++);
}

void host_hashBegin(txMachine* the)
{
	sha256_begin(hash_of(the));
}

void host_hashUpdate(txMachine* the)
{
	txSize size;
	struct sha256* hash = hash_of(the);
	int32_t from = argument(the, 1);
	int32_t to = argument(the, 2);
	uint8_t* bytes = bytes_of(the, 0, &size);
	if (!(from >= 0 && from <= to && to <= size))
		mxRangeError("bytes out of bounds");
	sha256_update(hash, bytes + from, (size_t)(to - from));
}

void host_hashFinish(txMachine* the)
{
	txSize size;
	struct sha256* hash = hash_of(the);
	uint8_t* into = room_in(the, 0, &size);
	if (size < 32)
		mxRangeError("no room for a digest");
	sha256_finish(hash, into);
}

/* COSE. */
#define ED25519 -19

void host_signatureVerify(txMachine* the)
{
	txSize key_size, size, signature_size;
	mxResult->kind = XS_BOOLEAN_KIND;
	mxResult->value.boolean = 0;
	if (argument(the, 0) != ED25519)
		return;
	uint8_t* key = bytes_of(the, 1, &key_size);
	uint8_t* message = bytes_of(the, 2, &size);
	uint8_t* signature = bytes_of(the, 3, &signature_size);
	mxResult->value.boolean = key_size == 32 && signature_size == 64
		&& ed25519_verify(key, message, (size_t)size, signature);
}

void host_boardSetting(txMachine* the)
{
	uint32_t index = (uint32_t)argument(the, 0);
	answer(the, index < SETTINGS_COUNT ? (int32_t)(&SETTINGS->ram_size)[index] : 0);
}

void host_boardNow(txMachine* the)
{
	mxResult->value.number = (double)board_microseconds() / 1e6;
	mxResult->kind = XS_NUMBER_KIND;
}

void host_boardCause(txMachine* the)
{
	answer(the, board_cause());
}

void host_boardReset(txMachine* the)
{
	board_reset((int)argument(the, 0));
}

void host_boardFeed(txMachine* the)
{
	board_feed(mxArgc > 0 ? (uint32_t)argument(the, 0) : SETTINGS->watchdog);
}

/* A line of text is told from a frame of the serial protocol by its first byte. */
void host_boardLog(txMachine* the)
{
	serial_text(fxToString(the, mxArgv(0)));
	serial_put('\n');
}

/* Looks at the queue of 16 bytes before a burst counts as over: less than a round of the main loop. */
#define SERIAL_IDLE 500

void host_serialRead(txMachine* the)
{
	txSize size;
	uint8_t* into = room_in(the, 0, &size);
	txSize got = 0;
	for (int idle = 0; got < size && idle < (got ? SERIAL_IDLE : 1);) {
		int byte = serial_get();
		idle = byte < 0 ? idle + 1 : 0;
		if (byte >= 0)
			into[got++] = (uint8_t)byte;
	}
	answer(the, got);
}

void host_serialWrite(txMachine* the)
{
	txSize size;
	uint8_t* bytes = bytes_of(the, 0, &size);
	for (int32_t at = argument(the, 1); at < argument(the, 2) && at < size; at++)
		serial_put(bytes[at]);
}

/* What the boot decision came to: the slot, and where in the second bank its image lies. */
struct decided decided = { .slot = -1 };

void host_boardDecided(txMachine* the)
{
	decided.slot = argument(the, 0);
	decided.offset = (uint32_t)argument(the, 1);
	decided.size = (uint32_t)argument(the, 2);
	if (!(decided.offset <= NOR_SIZE && decided.size <= NOR_SIZE - decided.offset))
		mxRangeError("image out of bounds");
}

void host_boardRunning(txMachine* the)
{
	answer(the, decided.slot);
}

/* Runs the image, in place. Its names are known since the machine was made: main.c. */
void host_runImage(txMachine* the)
{
	archive_run(the, (const void*)(NOR + decided.offset));
}
