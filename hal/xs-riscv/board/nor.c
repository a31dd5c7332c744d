/*
 * The second NOR bank: two 16-bit chips side by side, Intel's command set (CFI 01), 256 KiB sectors. Commands go to
 * both chips in one 32-bit word.
 */
#include <string.h>
#include "board.h"
#include "fault.h"

#define BOTH(COMMAND) ((COMMAND) << 16 | (COMMAND))
enum {
	READ_ARRAY = BOTH(0xffu),
	CLEAR_STATUS = BOTH(0x50u),
	UNLOCK = BOTH(0x60u),
	CONFIRM = BOTH(0xd0u),
	ERASE = BOTH(0x20u),
	BUFFER = BOTH(0xe8u),
};
#define READY BOTH(0x80u)
/* Erase error, program error, voltage low, sector locked. */
#define FAILED BOTH(0x3au)
/* Bytes of the write buffers of both chips that are used at once. */
#define PAGE 1024u
#define WORD 4u
#define ERASED 0xffffffffu

static volatile uint32_t* word_at(uint32_t offset)
{
	return (volatile uint32_t*)(NOR + offset);
}

static int done(volatile uint32_t* at)
{
	while ((*at & READY) != READY)
		;
	int failed = (*at & FAILED) != 0;
	*at = CLEAR_STATUS;
	*at = READ_ARRAY;
	return failed ? -1 : 0;
}

static void unlock(uint32_t offset)
{
	volatile uint32_t* sector = word_at(offset & ~(NOR_SECTOR - 1));
	*sector = UNLOCK;
	*sector = CONFIRM;
	*sector = READ_ARRAY;
}

int nor_read(uint32_t offset, void* into, uint32_t size)
{
	if (!(offset <= NOR_SIZE && size <= NOR_SIZE - offset && fault_readable(offset, size)))
		return -1;
	memcpy(into, (const void*)(NOR + offset), size);
	return 0;
}

int nor_erase(uint32_t offset)
{
	if (!(offset < NOR_SIZE && offset % NOR_SECTOR == 0))
		return -1;
	enum fate fate = fault_before(offset, NULL, NOR_SECTOR);
	if (fate != FATE_DONE)
		return fate == FATE_IGNORED ? 0 : -1;
	unlock(offset);
	volatile uint32_t* sector = word_at(offset);
	*sector = ERASE;
	*sector = CONFIRM;
	int code = done(sector);
	fault_after(offset, NULL, NOR_SECTOR);
	return code;
}

/* One page at most, from an aligned place on. */
static int program_page(uint32_t offset, const uint8_t* bytes, uint32_t size)
{
	enum fate fate = fault_before(offset, bytes, size);
	if (fate != FATE_DONE)
		return fate == FATE_IGNORED ? 0 : -1;
	volatile uint32_t* page = word_at(offset);
	do
		*page = BUFFER;
	while ((*page & READY) != READY);
	*page = BOTH(size / WORD - 1);
	for (uint32_t at = 0; at < size; at += WORD) {
		uint32_t word;
		memcpy(&word, bytes + at, WORD);
		page[at / WORD] = word;
	}
	*page = CONFIRM;
	int code = done(page);
	fault_after(offset, bytes, size);
	return code;
}

/* Write once: QEMU's chips set bits from 0 to 1 as well, real ones do not. */
static int blank(uint32_t offset, uint32_t size)
{
	for (uint32_t at = 0; at < size; at += WORD)
		if (*word_at(offset + at) != ERASED)
			return 0;
	return 1;
}

int nor_program(uint32_t offset, const void* bytes, uint32_t size)
{
	uint32_t unit = SETTINGS->write_unit;
	if (!(offset <= NOR_SIZE && size <= NOR_SIZE - offset && offset % unit == 0 && size % unit == 0))
		return -1;
	if (!blank(offset, size))
		return -1;
	unlock(offset);
	for (uint32_t at = 0; at < size;) {
		uint32_t place = offset + at;
		uint32_t length = PAGE - place % PAGE;
		if (length > size - at)
			length = size - at;
		if (program_page(place, (const uint8_t*)bytes + at, length))
			return -1;
		at += length;
	}
	return 0;
}
