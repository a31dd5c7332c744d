/*
 * Where the engine gets its memory: chunks from below, slots from above, of one block of fixed size.
 *
 *   arena   | chunks -> ......... <- slots, stack |
 */
#ifndef FLIPSIDE_ARENA_H
#define FLIPSIDE_ARENA_H

#include <stddef.h>

void arena_open(void* base, size_t size);
/* Told of an error that ends the machine; does not return. */
void arena_on_abort(void (*handler)(int status));

#endif
