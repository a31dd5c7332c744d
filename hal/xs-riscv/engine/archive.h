/*
 * Byte code that runs where it lies, in flash:
 *
 *   "FXBC" | after u32 | keys u16 | names u16 | names' bytes u32 | code's bytes u32 | load u32 | crc u32 | names | code
 *
 * Little endian. Each name is UTF-8 and ends with a zero. `keys`: how many names the engine knew before; the names get
 * the numbers from there on, and the code holds these numbers. `after`: crc of the archive that was loaded before, or
 * 0: so that code is not run behind names that it was not compiled behind. load: of a firmware, CRC-32 of the code that
 * makes its realm, which is behind the archive where the realm is made, and nowhere else; it tells two firmwares apart
 * that have but other constants. crc: CRC-32 of all that comes before it, of names and of code.
 */
#ifndef FLIPSIDE_ARCHIVE_H
#define FLIPSIDE_ARCHIVE_H

#include "xsAll.h"

struct archive {
	char magic[4];
	uint32_t after;
	uint16_t keys;
	uint16_t names;
	uint32_t names_size;
	uint32_t code_size;
	uint32_t load;
	uint32_t crc;
};

enum archive_error {
	ARCHIVE_OK,
	ARCHIVE_NONE,		/* no archive, or a damaged one */
	ARCHIVE_ELSEWHERE,	/* compiled behind other names than those loaded here */
};

uint32_t archive_crc(uint32_t crc, const void* bytes, size_t size);
/* Looks at the archive in `bytes`, of which `size` can be read; `after`: the crc of the one loaded before. */
enum archive_error archive_check(txMachine* the, const void* bytes, size_t size, uint32_t after);
/* Makes its names known. */
enum archive_error archive_names(txMachine* the, const void* bytes);
/* Runs its code, in place. Throws what the code throws. */
void archive_run(txMachine* the, const void* bytes);
/* The first byte behind an archive. */
const char* archive_end(const void* bytes);
/* Whether there, `size` bytes with the archive, is the code that makes the realm. */
int archive_loads(const void* bytes, size_t size);
/* Runs it. Throws what it throws. */
void archive_load(txMachine* the, const void* bytes, size_t size);

#endif
