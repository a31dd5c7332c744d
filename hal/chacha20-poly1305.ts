/**
 * AEAD_CHACHA20_POLY1305 (RFC 8439 section 2.8) for devices without a native one: decryption in place, of any length.
 * All memory is taken when it is opened, 300 bytes; to open a piece allocates a view.
 *
 * The tag is proven before a byte is decrypted. No care is taken that time tells nothing of the key: it does not depend
 * on it but for a few instructions at the end of Poly1305.
 *
 * Written in the device dialect, like agent/.
 */
import { poly1305Begin, poly1305Blocks, poly1305Finish, poly1305New } from './poly1305.ts';
import type { Poly1305 } from './poly1305.ts';

const BLOCK = 64;
const TAG = 16;
const COUNTER = 12;

export interface ChaCha20Poly1305 {
  /** Constants, key, counter, nonce: section 2.3. */
  readonly start: Int32Array;
  readonly words: Int32Array;
  /** Key stream; the key of Poly1305; blocks of it that are filled up; a tag. */
  readonly block: Uint8Array;
  readonly poly: Poly1305;
}

export function chaCha20Poly1305New(): ChaCha20Poly1305 {
  const words = new Int32Array(32);
  return {
    start: words.subarray(0, 16),
    words: words.subarray(16),
    block: new Uint8Array(BLOCK),
    poly: poly1305New(),
  };
}

const little = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

/**
 * The twenty rounds of section 2.3, a quarter round (2.1) four lines, each of them an addition, an exclusive or and a turn.
 * In one function, because what is not in a local variable takes half as many instructions again on XS.
 */
const rounds = (words: Int32Array): void => {
  let x0 = words[0] as number;
  let x1 = words[1] as number;
  let x2 = words[2] as number;
  let x3 = words[3] as number;
  let x4 = words[4] as number;
  let x5 = words[5] as number;
  let x6 = words[6] as number;
  let x7 = words[7] as number;
  let x8 = words[8] as number;
  let x9 = words[9] as number;
  let x10 = words[10] as number;
  let x11 = words[11] as number;
  let x12 = words[12] as number;
  let x13 = words[13] as number;
  let x14 = words[14] as number;
  let x15 = words[15] as number;
  for (let round = 0; round < 10; round++) {
    x12 = ((x12 ^= x0 = (x0 + x4) | 0) << 16) | (x12 >>> 16);
    x4 = ((x4 ^= x8 = (x8 + x12) | 0) << 12) | (x4 >>> 20);
    x12 = ((x12 ^= x0 = (x0 + x4) | 0) << 8) | (x12 >>> 24);
    x4 = ((x4 ^= x8 = (x8 + x12) | 0) << 7) | (x4 >>> 25);
    x13 = ((x13 ^= x1 = (x1 + x5) | 0) << 16) | (x13 >>> 16);
    x5 = ((x5 ^= x9 = (x9 + x13) | 0) << 12) | (x5 >>> 20);
    x13 = ((x13 ^= x1 = (x1 + x5) | 0) << 8) | (x13 >>> 24);
    x5 = ((x5 ^= x9 = (x9 + x13) | 0) << 7) | (x5 >>> 25);
    x14 = ((x14 ^= x2 = (x2 + x6) | 0) << 16) | (x14 >>> 16);
    x6 = ((x6 ^= x10 = (x10 + x14) | 0) << 12) | (x6 >>> 20);
    x14 = ((x14 ^= x2 = (x2 + x6) | 0) << 8) | (x14 >>> 24);
    x6 = ((x6 ^= x10 = (x10 + x14) | 0) << 7) | (x6 >>> 25);
    x15 = ((x15 ^= x3 = (x3 + x7) | 0) << 16) | (x15 >>> 16);
    x7 = ((x7 ^= x11 = (x11 + x15) | 0) << 12) | (x7 >>> 20);
    x15 = ((x15 ^= x3 = (x3 + x7) | 0) << 8) | (x15 >>> 24);
    x7 = ((x7 ^= x11 = (x11 + x15) | 0) << 7) | (x7 >>> 25);
    x15 = ((x15 ^= x0 = (x0 + x5) | 0) << 16) | (x15 >>> 16);
    x5 = ((x5 ^= x10 = (x10 + x15) | 0) << 12) | (x5 >>> 20);
    x15 = ((x15 ^= x0 = (x0 + x5) | 0) << 8) | (x15 >>> 24);
    x5 = ((x5 ^= x10 = (x10 + x15) | 0) << 7) | (x5 >>> 25);
    x12 = ((x12 ^= x1 = (x1 + x6) | 0) << 16) | (x12 >>> 16);
    x6 = ((x6 ^= x11 = (x11 + x12) | 0) << 12) | (x6 >>> 20);
    x12 = ((x12 ^= x1 = (x1 + x6) | 0) << 8) | (x12 >>> 24);
    x6 = ((x6 ^= x11 = (x11 + x12) | 0) << 7) | (x6 >>> 25);
    x13 = ((x13 ^= x2 = (x2 + x7) | 0) << 16) | (x13 >>> 16);
    x7 = ((x7 ^= x8 = (x8 + x13) | 0) << 12) | (x7 >>> 20);
    x13 = ((x13 ^= x2 = (x2 + x7) | 0) << 8) | (x13 >>> 24);
    x7 = ((x7 ^= x8 = (x8 + x13) | 0) << 7) | (x7 >>> 25);
    x14 = ((x14 ^= x3 = (x3 + x4) | 0) << 16) | (x14 >>> 16);
    x4 = ((x4 ^= x9 = (x9 + x14) | 0) << 12) | (x4 >>> 20);
    x14 = ((x14 ^= x3 = (x3 + x4) | 0) << 8) | (x14 >>> 24);
    x4 = ((x4 ^= x9 = (x9 + x14) | 0) << 7) | (x4 >>> 25);
  }
  words[0] = x0;
  words[1] = x1;
  words[2] = x2;
  words[3] = x3;
  words[4] = x4;
  words[5] = x5;
  words[6] = x6;
  words[7] = x7;
  words[8] = x8;
  words[9] = x9;
  words[10] = x10;
  words[11] = x11;
  words[12] = x12;
  words[13] = x13;
  words[14] = x14;
  words[15] = x15;
};

/** Section 2.3: the key stream of the counter in `start`, which goes up by one. */
const streamBlock = (s: ChaCha20Poly1305): void => {
  const words = s.words;
  words.set(s.start);
  rounds(words);
  const block = s.block;
  for (let i = 0, at = 0; i < 16; i++) {
    const word = ((words[i] as number) + (s.start[i] as number)) | 0;
    block[at++] = word;
    block[at++] = word >> 8;
    block[at++] = word >> 16;
    block[at++] = word >> 24;
  }
  s.start[COUNTER] = (s.start[COUNTER] as number) + 1;
};

/** Takes a part of the message of Poly1305, filled up with zeros to a block. */
const padded = (s: ChaCha20Poly1305, bytes: Uint8Array, from: number, to: number): void => {
  from = poly1305Blocks(s.poly, bytes, from, to);
  if (from === to) return;
  s.block.fill(0, 0, TAG);
  for (let i = 0; from < to; i++) s.block[i] = bytes[from++] as number;
  poly1305Blocks(s.poly, s.block, 0, TAG);
};

/** 64 bits, little-endian; numbers are exact up to 2^53. */
const lengthPut = (into: Uint8Array, at: number, length: number): void => {
  for (const end = at + 8; at < end; at++) {
    into[at] = length % 256;
    length = (length - (length % 256)) / 256;
  }
};

/** Whether the tag at `end` is that of the ciphertext before it. */
const proven = (
  s: ChaCha20Poly1305,
  associated: Uint8Array,
  bytes: Uint8Array,
  from: number,
  end: number,
): boolean => {
  streamBlock(s);
  poly1305Begin(s.poly, s.block);
  padded(s, associated, 0, associated.length);
  padded(s, bytes, from, end);
  lengthPut(s.block, 0, associated.length);
  lengthPut(s.block, 8, end - from);
  poly1305Blocks(s.poly, s.block, 0, TAG);
  poly1305Finish(s.poly, s.block);
  let difference = 0;
  for (let i = 0; i < TAG; i++) difference |= (s.block[i] as number) ^ (bytes[end + i] as number);
  return difference === 0;
};

/**
 * Decrypts bytes from..to-1 in place, the tag behind the ciphertext. `key` is 32 bytes, `nonce` 12, the range in `bytes`
 * and not shorter than a tag: whoever calls has seen to it.
 */
export function chaCha20Poly1305Open(
  s: ChaCha20Poly1305,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const start = s.start;
  // "expand 32-byte k"
  start[0] = 0x61707865;
  start[1] = 0x3320646e;
  start[2] = 0x79622d32;
  start[3] = 0x6b206574;
  for (let i = 0; i < 8; i++) start[4 + i] = little(key, 4 * i);
  start[COUNTER] = 0;
  for (let i = 0; i < 3; i++) start[COUNTER + 1 + i] = little(nonce, 4 * i);
  const end = to - TAG;
  if (!proven(s, associated, bytes, from, end)) return false;
  while (from < end) {
    streamBlock(s);
    const count = end - from < BLOCK ? end - from : BLOCK;
    for (let i = 0; i < count; i++) {
      bytes[from] = (bytes[from] as number) ^ (s.block[i] as number);
      from++;
    }
  }
  return true;
}
