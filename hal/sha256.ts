/**
 * SHA-256 (FIPS 180-4) for devices without a native one. All memory is taken when it is opened, 320 bytes; begin, update
 * and finish allocate nothing.
 *
 * Written in the device dialect, like agent/.
 */
import type { Hash } from './ports.ts';

const BLOCK = 64;
const DIGEST = 32;
/** Where the length of the message begins in its last block: 64 bits, big-endian. */
const LENGTH_AT = 56;

/** Section 5.3.3. */
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Section 4.2.2. */
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

interface State {
  readonly hash: Int32Array;
  /** The message schedule, a ring of 16 words: a word is made when its round comes. */
  readonly words: Int32Array;
  readonly block: Uint8Array;
  /** Bytes so far. */
  length: number;
}

function compress(s: State, bytes: Uint8Array, at: number): void {
  const words = s.words;
  const hash = s.hash;
  let a = hash[0] as number;
  let b = hash[1] as number;
  let c = hash[2] as number;
  let d = hash[3] as number;
  let e = hash[4] as number;
  let f = hash[5] as number;
  let g = hash[6] as number;
  let h = hash[7] as number;
  for (let round = 0; round < 64; round++) {
    let word: number;
    if (round < 16) {
      word =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number);
      at += 4;
    } else {
      const x = words[(round + 1) & 15] as number;
      const y = words[(round + 14) & 15] as number;
      word =
        ((words[round & 15] as number) +
          (words[(round + 9) & 15] as number) +
          (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
          (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) |
        0;
    }
    words[round & 15] = word;
    const one =
      (h +
        (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        ((e & f) ^ (~e & g)) +
        (K[round] as number) +
        word) |
      0;
    const two =
      ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
        ((a & b) ^ (a & c) ^ (b & c))) |
      0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  hash[0] = (hash[0] as number) + a;
  hash[1] = (hash[1] as number) + b;
  hash[2] = (hash[2] as number) + c;
  hash[3] = (hash[3] as number) + d;
  hash[4] = (hash[4] as number) + e;
  hash[5] = (hash[5] as number) + f;
  hash[6] = (hash[6] as number) + g;
  hash[7] = (hash[7] as number) + h;
}

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface ScriptHash extends Hash {
  readonly state: State;
}

function begin(this: ScriptHash): void {
  const s = this.state;
  for (let i = 0; i < START.length; i++) s.hash[i] = START[i] as number;
  s.length = 0;
}

function update(this: ScriptHash, bytes: Uint8Array, from: number, to: number): void {
  const s = this.state;
  if (!(from >= 0 && from <= to && to <= bytes.length)) throw new RangeError('range outside the bytes');
  let held = s.length % BLOCK;
  s.length += to - from;
  while (from < to) {
    if (held === 0 && to - from >= BLOCK) {
      compress(s, bytes, from);
      from += BLOCK;
      continue;
    }
    s.block[held++] = bytes[from++] as number;
    if (held === BLOCK) {
      compress(s, s.block, 0);
      held = 0;
    }
  }
}

function finish(this: ScriptHash, into: Uint8Array): void {
  const s = this.state;
  if (!(into.length >= DIGEST)) throw new RangeError('no room for a digest');
  const block = s.block;
  let held = s.length % BLOCK;
  block[held++] = 0x80;
  if (held > LENGTH_AT) {
    block.fill(0, held, BLOCK);
    compress(s, block, 0);
    held = 0;
  }
  block.fill(0, held, BLOCK);
  // Numbers are exact up to 2^53: a message is shorter than that.
  let bits = s.length * 8;
  for (let at = BLOCK - 1; at >= LENGTH_AT; at--) {
    block[at] = bits % 256;
    bits = (bits - (bits % 256)) / 256;
  }
  compress(s, block, 0);
  for (let i = 0; i < DIGEST; i++) into[i] = (s.hash[i >> 2] as number) >>> (24 - 8 * (i & 3));
}

/** A hash of its own state. `finish` writes 32 bytes. */
export function scriptSha256(): Hash {
  const s: State = {
    hash: new Int32Array(8),
    words: new Int32Array(16),
    block: new Uint8Array(BLOCK),
    length: 0,
  };
  const hash: ScriptHash = { state: s, begin: begin, update: update, finish: finish };
  hash.begin();
  return hash;
}
