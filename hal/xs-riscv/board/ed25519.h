/* Ed25519 verification (RFC 8032 section 5.1.7), strict: no encoding but the one of each number is
   taken, and no key of small order (hal/strict.ts says why). */
#ifndef FLIPSIDE_ED25519_H
#define FLIPSIDE_ED25519_H

#include <stddef.h>
#include <stdint.h>

struct sha512 {
	uint64_t state[8];
	uint64_t length;
	uint8_t block[128];
};
void sha512_begin(struct sha512* hash);
void sha512_update(struct sha512* hash, const uint8_t* bytes, size_t size);
void sha512_finish(struct sha512* hash, uint8_t* digest);

/* Whether `signature`, 64 bytes, over `message` holds under `key`, 32 bytes. Nothing secret: no care for timing. */
int ed25519_verify(const uint8_t* key, const uint8_t* message, size_t size, const uint8_t* signature);

#endif
