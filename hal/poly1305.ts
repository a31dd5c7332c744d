/**
 * Poly1305 (RFC 8439 section 2.5) for devices without a native one, of messages that are whole blocks of 16 bytes: those
 * of AEAD_CHACHA20_POLY1305 are.
 *
 * A number is ten limbs of 13 bits. Those of the sum are signed, -4096 to 4095 and a little: so ten products of which
 * some count five times, because 2^130 is 5 here, stay below 2^31, and no engine has to leave 32-bit integers.
 *
 * Written in the device dialect, like agent/.
 */

const LIMBS = 10;
const BITS = 13;
const MASK = 0x1fff;
const HALF = 0x1000;
/** 2^128 in the last limb: the bit that is put behind a block of 16 bytes. */
const BEHIND_BLOCK = 1 << 11;

export interface Poly1305 {
  /** The sum, as it came out of the last product: limbs up to 2^31. */
  readonly sum: Int32Array;
  readonly r: Int32Array;
  /** The second half of the key, added last. */
  readonly last: Uint8Array;
}

export function poly1305New(): Poly1305 {
  const limbs = new Int32Array(2 * LIMBS);
  return { sum: limbs.subarray(0, LIMBS), r: limbs.subarray(LIMBS), last: new Uint8Array(16) };
}

/** Adds the 16 bytes at `at`, little-endian. */
const blockAdd = (limbs: Int32Array, bytes: Uint8Array, at: number): void => {
  let held = 0;
  let bits = 0;
  let limb = 0;
  for (const end = at + 16; at < end; at++) {
    held |= (bytes[at] as number) << bits;
    bits += 8;
    if (bits >= BITS) {
      limbs[limb] = (limbs[limb] as number) + (held & MASK);
      limb++;
      held >>= BITS;
      bits -= BITS;
    }
  }
  limbs[limb] = (limbs[limb] as number) + held;
};

/** Limbs up to 2^31 become signed ones of 13 bits; the second may be some hundred over. */
const carry = (sum: Int32Array): void => {
  let over = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = (sum[i] as number) + over;
    over = (limb + HALF) >> BITS;
    sum[i] = limb - (over << BITS);
  }
  const first = (sum[0] as number) + 5 * over;
  over = (first + HALF) >> BITS;
  sum[0] = first - (over << BITS);
  sum[1] = (sum[1] as number) + over;
};

/** sum * r, from the highest limb of the sum on: what is there times 2^13, which takes the last limb to the first. */
const multiply = (sum: Int32Array, r: Int32Array): void => {
  const r0 = r[0] as number;
  const r1 = r[1] as number;
  const r2 = r[2] as number;
  const r3 = r[3] as number;
  const r4 = r[4] as number;
  const r5 = r[5] as number;
  const r6 = r[6] as number;
  const r7 = r[7] as number;
  const r8 = r[8] as number;
  const r9 = r[9] as number;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  let d4 = 0;
  let d5 = 0;
  let d6 = 0;
  let d7 = 0;
  let d8 = 0;
  let d9 = 0;
  for (let i = LIMBS - 1; i >= 0; i--) {
    const limb = sum[i] as number;
    const top = 5 * d9;
    d9 = d8 + limb * r9;
    d8 = d7 + limb * r8;
    d7 = d6 + limb * r7;
    d6 = d5 + limb * r6;
    d5 = d4 + limb * r5;
    d4 = d3 + limb * r4;
    d3 = d2 + limb * r3;
    d2 = d1 + limb * r2;
    d1 = d0 + limb * r1;
    d0 = top + limb * r0;
  }
  sum[0] = d0;
  sum[1] = d1;
  sum[2] = d2;
  sum[3] = d3;
  sum[4] = d4;
  sum[5] = d5;
  sum[6] = d6;
  sum[7] = d7;
  sum[8] = d8;
  sum[9] = d9;
};

/** `key` is 32 bytes; its first half is changed. */
export function poly1305Begin(s: Poly1305, key: Uint8Array): void {
  for (let i = 3; i < 16; i += 4) key[i] = (key[i] as number) & 15;
  for (let i = 4; i < 16; i += 4) key[i] = (key[i] as number) & 252;
  s.r.fill(0);
  blockAdd(s.r, key, 0);
  s.last.set(key.subarray(16, 32));
  s.sum.fill(0);
}

/** Takes the blocks of 16 bytes from `from` on that end at or before `to`; returns where the next one would begin. */
export function poly1305Blocks(s: Poly1305, bytes: Uint8Array, from: number, to: number): number {
  const sum = s.sum;
  for (; from + 16 <= to; from += 16) {
    blockAdd(sum, bytes, from);
    sum[LIMBS - 1] = (sum[LIMBS - 1] as number) + BEHIND_BLOCK;
    carry(sum);
    multiply(sum, s.r);
  }
  return from;
}

/** Makes each limb one of 13 bits without a sign; returns what goes over 2^130. */
const settle = (sum: Int32Array): number => {
  let over = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = (sum[i] as number) + over;
    over = limb >> BITS;
    sum[i] = limb & MASK;
  }
  return over;
};

/** The sum below 2^130 - 5, each limb of 13 bits. */
const reduce = (sum: Int32Array): void => {
  carry(sum);
  // Plus 2^130 - 5: the sum may be below zero, though not by more than half of that.
  for (let i = 0; i < LIMBS; i++) sum[i] = (sum[i] as number) + MASK;
  sum[0] = (sum[0] as number) - 4;
  const over = settle(sum);
  sum[0] = (sum[0] as number) + 5 * over;
  settle(sum);
  // 5 more go over 2^130 where it was not below 2^130 - 5: then they stay. Where not they are taken back.
  sum[0] = (sum[0] as number) + 5;
  if (settle(sum) !== 0) return;
  sum[0] = (sum[0] as number) - 5;
  settle(sum);
};

/** Writes the 16 bytes of the tag to the start of `into`. */
export function poly1305Finish(s: Poly1305, into: Uint8Array): void {
  reduce(s.sum);
  let held = 0;
  let bits = 0;
  let limb = 0;
  let over = 0;
  for (let i = 0; i < 16; i++) {
    if (bits < 8) {
      held |= (s.sum[limb++] as number) << bits;
      bits += BITS;
    }
    over += (held & 255) + (s.last[i] as number);
    into[i] = over & 255;
    over >>= 8;
    held >>= 8;
    bits -= 8;
  }
}
