/*
 * Where the engine gets its memory: chunks from below, slots from above, of one block of fixed size.
 *
 *   arena   | chunks -> ......... <- slots, stack |
 *
 * Where there is nothing left between the two, what is free at the border is taken back for who needs it.
 */
#ifndef FLIPSIDE_ARENA_H
#define FLIPSIDE_ARENA_H

#include <stddef.h>

void arena_open(void* base, size_t size);
/* Told of an error that ends the machine; does not return. */
void arena_on_abort(void (*handler)(int status));

#endif
