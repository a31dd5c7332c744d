/*
 * Where the engine gets its memory: chunks from below, slots from above, of one block of fixed size; and what it
 * mallocs beside that.
 *
 *   arena   | chunks -> ......... <- slots, stack |
 */
#ifndef FLIPSIDE_ARENA_H
#define FLIPSIDE_ARENA_H

#include <stddef.h>

struct memory_use {
	size_t now;
	size_t peak;
};

void arena_open(void* base, size_t size);
/* The bytes of the arena that were ever given out. */
size_t arena_used(void);
/* What was allocated beside the arena. */
struct memory_use arena_beside(void);
/* Told of an error that ends the machine; does not return. */
void arena_on_abort(void (*handler)(int status));

#endif
