/**
 * AES-GCM (NIST SP 800-38D) with a key of 16 bytes and a nonce of 12, for devices without a native one: decryption in
 * place, of any length. Its memory, beside that of AES, is taken when it is opened, 290 bytes. The tag is proven before a
 * byte is decrypted.
 *
 * Written in the device dialect, like agent/.
 */
import { aesEncrypt, aesKey, bigEndian } from './aes.ts';
import type { Aes } from './aes.ts';

const BLOCK = 16;

/** What the four bits that leave at the end put in at the front: multiples of the polynomial, 16 bits of it. */
const LEAVING = [
  0x0000, 0x1c20, 0x3840, 0x2460, 0x7080, 0x6ca0, 0x48c0, 0x54e0, 0xe100, 0xfd20, 0xd940, 0xc560, 0x9180,
  0x8da0, 0xa9c0, 0xb5e0,
];

export interface AesGcm {
  readonly aes: Aes;
  /** The key of GHASH times each number of four bits: sixteen times four words. */
  readonly table: Int32Array;
  readonly sum: Int32Array;
  /** A block of key stream, or one that is filled up. */
  readonly block: Uint8Array;
}

export function aesGcmNew(aes: Aes): AesGcm {
  return { aes: aes, table: new Int32Array(64), sum: new Int32Array(4), block: new Uint8Array(BLOCK) };
}

/** The key of GHASH is a block of zeros, encrypted. Bits go from the highest of the first byte on: section 6.3. */
const tableMake = (s: AesGcm): void => {
  const table = s.table;
  const block = s.aes.block;
  block.fill(0);
  aesEncrypt(s.aes);
  let a = block[0] as number;
  let b = block[1] as number;
  let c = block[2] as number;
  let d = block[3] as number;
  table.fill(0, 0, 4);
  for (let i = 8; i > 0; i >>= 1) {
    table[4 * i] = a;
    table[4 * i + 1] = b;
    table[4 * i + 2] = c;
    table[4 * i + 3] = d;
    const out = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (out ? 0xe1000000 : 0);
  }
  for (let i = 2; i < 16; i <<= 1)
    for (let k = 1; k < i; k++)
      for (let w = 0; w < 4; w++)
        table[4 * (i + k) + w] = (table[4 * i + w] as number) ^ (table[4 * k + w] as number);
};

/** The sum times the key of GHASH, four bits at a time, from the last on. */
const multiply = (sum: Int32Array, table: Int32Array): void => {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let w = 3; w >= 0; w--) {
    const word = sum[w] as number;
    for (let bits = 0; bits < 32; bits += 4) {
      const out = d & 15;
      const at = 4 * ((word >>> bits) & 15);
      d = ((d >>> 4) | (c << 28)) ^ (table[at + 3] as number);
      c = ((c >>> 4) | (b << 28)) ^ (table[at + 2] as number);
      b = ((b >>> 4) | (a << 28)) ^ (table[at + 1] as number);
      a = (a >>> 4) ^ ((LEAVING[out] as number) << 16) ^ (table[at] as number);
    }
  }
  sum[0] = a;
  sum[1] = b;
  sum[2] = c;
  sum[3] = d;
};

/** GHASH over a part, filled up with zeros to a block. */
const hash = (s: AesGcm, bytes: Uint8Array, from: number, to: number): void => {
  const sum = s.sum;
  while (from < to) {
    let source = bytes;
    let at = from;
    if (to - from < BLOCK) {
      source = s.block;
      source.fill(0);
      for (let i = 0; from + i < to; i++) source[i] = bytes[from + i] as number;
      at = 0;
    }
    for (let w = 0; w < 4; w++) sum[w] = (sum[w] as number) ^ bigEndian(source, at + 4 * w);
    multiply(sum, s.table);
    from += BLOCK;
  }
};

/** The lengths in bits, 64 bits each; numbers are exact up to 2^53. */
const lengthsHash = (s: AesGcm, associated: number, length: number): void => {
  const sum = s.sum;
  // A shift of numbers above 2^31 takes their lower bits.
  sum[0] = (sum[0] as number) ^ (associated / 0x20000000);
  sum[1] = (sum[1] as number) ^ (associated << 3);
  sum[2] = (sum[2] as number) ^ (length / 0x20000000);
  sum[3] = (sum[3] as number) ^ (length << 3);
  multiply(sum, s.table);
};

/** The key stream of `counter` into the state of AES. */
const stream = (s: AesGcm, nonce: Uint8Array, counter: number): void => {
  const block = s.aes.block;
  for (let w = 0; w < 3; w++) block[w] = bigEndian(nonce, 4 * w);
  block[3] = counter;
  aesEncrypt(s.aes);
};

/** Decrypts bytes from..to-1 in place: see chaCha20Poly1305Open. `key` is 16 bytes. */
export function aesGcmOpen(
  s: AesGcm,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const end = to - BLOCK;
  const words = s.aes.block;
  aesKey(s.aes, key);
  tableMake(s);
  s.sum.fill(0);
  hash(s, associated, 0, associated.length);
  hash(s, bytes, from, end);
  lengthsHash(s, associated.length, end - from);
  stream(s, nonce, 1);
  let difference = 0;
  for (let w = 0; w < 4; w++)
    difference |= (s.sum[w] as number) ^ (words[w] as number) ^ bigEndian(bytes, end + 4 * w);
  if (difference !== 0) return false;
  for (let counter = 2; from < end; counter++) {
    stream(s, nonce, counter);
    for (let i = 0; i < BLOCK && from < end; i++) {
      bytes[from] = (bytes[from] as number) ^ ((words[i >> 2] as number) >>> (24 - 8 * (i & 3)));
      from++;
    }
  }
  return true;
}
