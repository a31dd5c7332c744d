/* The host functions of engine/functions.def. */
#include "functions.h"
#include "archive.h"
#include "arena.h"
#include "board.h"
#include "ed25519.h"

/* xsmc.h: the bytes of an ArrayBuffer, or of a view of one. */
extern void _xsmcGetBuffer(txMachine* the, txSlot* slot, void** data, txUnsigned* count, txBoolean writable);

#define HASHES 4
static struct sha256 hashes[HASHES];

static int32_t argument(txMachine* the, int index)
{
	return mxArgc > index ? fxToInteger(the, mxArgv(index)) : 0;
}

static void answer(txMachine* the, int32_t value)
{
	mxResult->value.integer = value;
	mxResult->kind = XS_INTEGER_KIND;
}

/* The bytes of a typed array; a TypeError where it is none. */
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

void host_flashProgram(txMachine* the)
{
	txSize size;
	uint8_t* bytes = bytes_of(the, 1, &size);
	answer(the, nor_program((uint32_t)argument(the, 0), bytes, (uint32_t)size));
}

void host_flashErase(txMachine* the)
{
	answer(the, nor_erase((uint32_t)argument(the, 0)));
}

static struct sha256* hash_of(txMachine* the)
{
	int32_t index = argument(the, 0);
	if (!(index >= 0 && index < HASHES))
		mxRangeError("no such hash");
	return &hashes[index];
}

void host_hashBegin(txMachine* the)
{
	sha256_begin(hash_of(the));
}

void host_hashUpdate(txMachine* the)
{
	txSize size;
	uint8_t* bytes = bytes_of(the, 1, &size);
	int32_t from = argument(the, 2);
	int32_t to = argument(the, 3);
	if (!(from >= 0 && from <= to && to <= size))
		mxRangeError("bytes out of bounds");
	sha256_update(hash_of(the), bytes + from, (size_t)(to - from));
}

void host_hashFinish(txMachine* the)
{
	txSize size;
	uint8_t* into = room_in(the, 1, &size);
	if (size < 32)
		mxRangeError("no room for a digest");
	sha256_finish(hash_of(the), into);
}

void host_ed25519Verify(txMachine* the)
{
	txSize key_size, size, signature_size;
	uint8_t* key = bytes_of(the, 0, &key_size);
	uint8_t* message = bytes_of(the, 1, &size);
	uint8_t* signature = bytes_of(the, 2, &signature_size);
	answer(the, key_size == 32 && signature_size == 64 && ed25519_verify(key, message, (size_t)size, signature));
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
	board_feed((uint32_t)argument(the, 0));
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
