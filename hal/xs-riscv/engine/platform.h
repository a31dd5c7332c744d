/*
 * The XS engine's platform (its header XSPLATFORM), for the board and for the programs that prepare its flash: one
 * static arena for slots, chunks and stack, no threads, no files, no console.
 */
#ifndef FLIPSIDE_XS_PLATFORM_H
#define FLIPSIDE_XS_PLATFORM_H

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#undef mxLittleEndian
#define mxLittleEndian 1
#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultFindModule 1
#define mxUseDefaultLoadModule 1
#ifndef FLIPSIDE_BOARD
#define mxUseDefaultParseScript 1
#endif
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultCStackLimit 0

#define mxMachinePlatform \
	void* waiterCondition; \
	void* waiterData; \
	txMachine* waiterLink; \
	int promiseJobs;

#define C_PATH_MAX 64

/* Beside the arena; while a realm is made for flash, from its place: arena.c. */
void* engine_malloc(size_t size);
void* engine_calloc(size_t count, size_t size);
void* engine_realloc(void* block, size_t size);
void engine_free(void* block);
#define c_malloc engine_malloc
#define c_calloc engine_calloc
#define c_realloc engine_realloc
#define c_free engine_free
#define c_malloc_uint32 engine_malloc
#define c_free_uint32 engine_free

void engine_exit(int status) __attribute__((noreturn));
#define c_exit engine_exit

#ifdef FLIPSIDE_BOARD
	struct engine_timezone { int unused; };
	typedef struct timeval c_timeval;
	#define c_timezone engine_timezone
	int engine_time(c_timeval* time, struct engine_timezone* zone);
	#define c_gettimeofday engine_time
	#define c_signal(number, handler)
#endif

#endif
