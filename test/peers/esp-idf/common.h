/* What IDF's own SHA-256, which stands for the chip's, takes from its library. */
#ifndef FLIPSIDE_COMMON_H
#define FLIPSIDE_COMMON_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define TEST_FAIL() 0
#define __must_check
#define os_memcpy memcpy
#define WPA_GET_BE32(at) be32toh(*(const u32 *)(at))
#define WPA_PUT_BE32(at, value) (*(u32 *)(at) = htobe32(value))
#define WPA_PUT_BE64(at, value) (*(u64 *)(at) = htobe64(value))

#endif
