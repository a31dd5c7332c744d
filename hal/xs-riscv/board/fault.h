/*
 * Faults of the second bank, at one operation that the settings name: what QEMU's flash does not do by itself. The
 * operation is an erase, or a program of one page or less. What a cut leaves half done is the host's to work out: the
 * board says what it was about to do, and stops; the host then changes the file that is the flash.
 */
#ifndef FLIPSIDE_FAULT_H
#define FLIPSIDE_FAULT_H

#include <stdint.h>

enum fault_way {
	FAULT_NONE,
	FAULT_BEFORE,		/* the power is lost before the operation */
	FAULT_AFTER,		/* or after it */
	FAULT_RESET,		/* a reset before it, with the cause that the settings name */
	FAULT_IGNORED,		/* it does nothing, and says nothing */
	FAULT_REFUSED,		/* the flash refuses it */
	FAULT_LOW,		/* and all that follow, until the next reset */
};

enum fate { FATE_DONE, FATE_IGNORED, FATE_REFUSED };

/* Asked before each operation; `bytes`: what is to be programmed, or NULL for an erase. May not return. */
enum fate fault_before(uint32_t offset, const uint8_t* bytes, uint32_t size);
/* Told after each that was done. May not return. */
void fault_after(uint32_t offset, const uint8_t* bytes, uint32_t size);
/* Whether a read can succeed: not where an uncorrectable place lies that was not erased since. */
int fault_readable(uint32_t offset, uint32_t size);

#endif
