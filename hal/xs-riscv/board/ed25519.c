/*
 * The field of 2^255 - 19 as ten-odd lines a function: eight digits of 32 bits, reduced to below 2^255 + a little after
 * each step and to the one representation when it is compared. Points are (X : Y : Z : T) with x = X/Z, y = Y/Z,
 * xy = T/Z (RFC 8032 section 5.1.4).
 */
#include <string.h>
#include "ed25519.h"

typedef struct { uint32_t d[8]; } number;
typedef struct { number x, y, z, t; } point;

static const number ZERO = { { 0 } };
static const number ONE = { { 1 } };
static const number PRIME = { { 0xffffffed, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x7fffffff } };
/* -121665/121666 */
static const number D = { { 0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d, 0x7779e898, 0x8cc74079, 0x2b6ffe73, 0x52036cee } };
/* 2^((p-1)/4), a root of -1 */
static const number ROOT = { { 0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806, 0x3dfbd7a7, 0x2b4d0099, 0x4fc1df0b, 0x2b832480 } };
static const number BASE_X = { { 0x8f25d51a, 0xc9562d60, 0x9525a7b2, 0x692cc760, 0xfdd6dc5c, 0xc0a4e231, 0xcd6e53fe, 0x216936d3 } };
static const number BASE_Y = { { 0x66666658, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666 } };
/* The order of the base point. */
static const number ORDER = { { 0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000 } };

static int less(const number* a, const number* b)
{
	for (int i = 7; i >= 0; i--)
		if (a->d[i] != b->d[i])
			return a->d[i] < b->d[i];
	return 0;
}

/* a - b, where a >= b. */
static void take(number* a, const number* b)
{
	int64_t carry = 0;
	for (int i = 0; i < 8; i++) {
		carry += (int64_t)a->d[i] - b->d[i];
		a->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void reduce(number* a)
{
	while (!less(a, &PRIME))
		take(a, &PRIME);
}

/* Digits 8 and up count 2^256 = 38. */
static void fold(number* into, const uint32_t* wide)
{
	uint64_t carry = 0;
	for (int i = 0; i < 8; i++) {
		carry += wide[i] + (uint64_t)wide[i + 8] * 38;
		into->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	while (carry) {
		carry *= 38;
		for (int i = 0; i < 8; i++) {
			carry += into->d[i];
			into->d[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	reduce(into);
}

static void add(number* into, const number* a, const number* b)
{
	uint64_t carry = 0;
	for (int i = 0; i < 8; i++) {
		carry += (uint64_t)a->d[i] + b->d[i];
		into->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	reduce(into);
}

static void subtract(number* into, const number* a, const number* b)
{
	number minus = PRIME;
	take(&minus, b);
	add(into, a, &minus);
}

static void multiply(number* into, const number* a, const number* b)
{
	uint32_t wide[16] = { 0 };
	for (int i = 0; i < 8; i++) {
		uint64_t carry = 0;
		for (int j = 0; j < 8; j++) {
			carry += wide[i + j] + (uint64_t)a->d[i] * b->d[j];
			wide[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		wide[i + 8] = (uint32_t)carry;
	}
	fold(into, wide);
}

static int equal(const number* a, const number* b)
{
	return !memcmp(a, b, sizeof *a);
}

/* a^e for an exponent below 2^255. */
static void power(number* into, const number* a, const number* exponent)
{
	number result = ONE;
	for (int bit = 254; bit >= 0; bit--) {
		multiply(&result, &result, &result);
		if (exponent->d[bit / 32] >> (bit % 32) & 1)
			multiply(&result, &result, a);
	}
	*into = result;
}

static void number_read(number* into, const uint8_t* bytes)
{
	for (int i = 0; i < 8; i++)
		into->d[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 | (uint32_t)bytes[4 * i + 3] << 24;
}

/* RFC 8032 section 5.1.4: complete, so a point may be added to itself. */
static void point_add(point* into, const point* p, const point* q)
{
	number a, b, c, d, e, f, g, h;
	subtract(&e, &p->y, &p->x);
	subtract(&f, &q->y, &q->x);
	multiply(&a, &e, &f);
	add(&e, &p->y, &p->x);
	add(&f, &q->y, &q->x);
	multiply(&b, &e, &f);
	multiply(&c, &p->t, &q->t);
	multiply(&c, &c, &D);
	add(&c, &c, &c);
	multiply(&d, &p->z, &q->z);
	add(&d, &d, &d);
	subtract(&e, &b, &a);
	subtract(&f, &d, &c);
	add(&g, &d, &c);
	add(&h, &b, &a);
	multiply(&into->x, &e, &f);
	multiply(&into->y, &g, &h);
	multiply(&into->t, &e, &h);
	multiply(&into->z, &f, &g);
}

/* Section 5.1.3. Whether the bytes are a point, in its one encoding. */
static int point_read(point* into, const uint8_t* bytes)
{
	number u, v, w, x, exponent = PRIME;
	int odd = bytes[31] >> 7;
	number_read(&into->y, bytes);
	into->y.d[7] &= 0x7fffffff;
	if (!less(&into->y, &PRIME))
		return 0;
	multiply(&w, &into->y, &into->y);
	subtract(&u, &w, &ONE);
	multiply(&v, &w, &D);
	add(&v, &v, &ONE);
	/* x = u v^3 (u v^7)^((p-5)/8), times a root of -1 if need be */
	number v3;
	multiply(&v3, &v, &v);
	multiply(&v3, &v3, &v);
	multiply(&x, &v3, &v3);
	multiply(&x, &x, &v);
	multiply(&x, &x, &u);
	exponent.d[0] = 0xfffffffd;
	exponent.d[7] = 0x0fffffff;
	power(&x, &x, &exponent);
	multiply(&x, &x, &v3);
	multiply(&x, &x, &u);
	multiply(&w, &x, &x);
	multiply(&w, &w, &v);
	if (!equal(&w, &u)) {
		number minus;
		subtract(&minus, &ZERO, &u);
		if (!equal(&w, &minus))
			return 0;
		multiply(&x, &x, &ROOT);
	}
	if (equal(&x, &ZERO) && odd)
		return 0;
	if ((int)(x.d[0] & 1) != odd)
		subtract(&x, &ZERO, &x);
	into->x = x;
	into->z = ONE;
	multiply(&into->t, &into->x, &into->y);
	return 1;
}

static void point_write(uint8_t* bytes, const point* p)
{
	number inverse, x, y, exponent = PRIME;
	exponent.d[0] -= 2;
	power(&inverse, &p->z, &exponent);
	multiply(&x, &p->x, &inverse);
	multiply(&y, &p->y, &inverse);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(y.d[i / 4] >> (8 * (i % 4)));
	bytes[31] |= (uint8_t)((x.d[0] & 1) << 7);
}

/* A number of 64 bytes, modulo the order: bit by bit, from the highest. */
static void scalar_reduce(number* into, const uint8_t* bytes)
{
	number r = ZERO;
	for (int bit = 511; bit >= 0; bit--) {
		uint32_t carry = bytes[bit / 8] >> (bit % 8) & 1;
		for (int i = 0; i < 8; i++) {
			uint32_t next = r.d[i] >> 31;
			r.d[i] = r.d[i] << 1 | carry;
			carry = next;
		}
		if (!less(&r, &ORDER))
			take(&r, &ORDER);
	}
	*into = r;
}

/* Whether eight times the point is nothing: under such a key one signature holds for many messages. */
static int small_order(const point* p)
{
	point q = *p;
	for (int i = 0; i < 3; i++)
		point_add(&q, &q, &q);
	return equal(&q.x, &ZERO) && equal(&q.y, &q.z);
}

int ed25519_verify(const uint8_t* key, const uint8_t* message, size_t size, const uint8_t* signature)
{
	point a, base, both, sum = { ZERO, ONE, ONE, ZERO };
	number s, k;
	uint8_t bytes[64];
	struct sha512 hash;
	number_read(&s, signature + 32);
	if (!less(&s, &ORDER) || !point_read(&a, key) || small_order(&a))
		return 0;
	sha512_begin(&hash);
	sha512_update(&hash, signature, 32);
	sha512_update(&hash, key, 32);
	sha512_update(&hash, message, size);
	sha512_finish(&hash, bytes);
	scalar_reduce(&k, bytes);
	/* R = s B - k A, both multiples at once. */
	subtract(&a.x, &ZERO, &a.x);
	subtract(&a.t, &ZERO, &a.t);
	base.x = BASE_X;
	base.y = BASE_Y;
	base.z = ONE;
	multiply(&base.t, &base.x, &base.y);
	point_add(&both, &a, &base);
	for (int bit = 252; bit >= 0; bit--) {
		int in_s = s.d[bit / 32] >> (bit % 32) & 1;
		int in_k = k.d[bit / 32] >> (bit % 32) & 1;
		point_add(&sum, &sum, &sum);
		if (in_s || in_k)
			point_add(&sum, &sum, in_s && in_k ? &both : in_s ? &base : &a);
	}
	point_write(bytes, &sum);
	return !memcmp(bytes, signature, 32);
}
