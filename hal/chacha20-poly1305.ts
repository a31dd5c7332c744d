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

/** Section 2.1. */
const quarter = (words: Int32Array, i: number, k: number, m: number, n: number): void => {
  let a = words[i] as number;
  let b = words[k] as number;
  let c = words[m] as number;
  let d = words[n] as number;
  a = (a + b) | 0;
  d ^= a;
  d = (d << 16) | (d >>> 16);
  c = (c + d) | 0;
  b ^= c;
  b = (b << 12) | (b >>> 20);
  a = (a + b) | 0;
  d ^= a;
  d = (d << 8) | (d >>> 24);
  c = (c + d) | 0;
  b ^= c;
  words[i] = a;
  words[k] = (b << 7) | (b >>> 25);
  words[m] = c;
  words[n] = d;
};

/** Section 2.3: the key stream of the counter in `start`, which goes up by one. */
const streamBlock = (s: ChaCha20Poly1305): void => {
  const words = s.words;
  words.set(s.start);
  for (let round = 0; round < 10; round++) {
    quarter(words, 0, 4, 8, 12);
    quarter(words, 1, 5, 9, 13);
    quarter(words, 2, 6, 10, 14);
    quarter(words, 3, 7, 11, 15);
    quarter(words, 0, 5, 10, 15);
    quarter(words, 1, 6, 11, 12);
    quarter(words, 2, 7, 8, 13);
    quarter(words, 3, 4, 9, 14);
  }
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
