/**
 * The chains of a one-time key: one SHA-256 block for each step, millions for a tree. Written out here because a call
 * into a library costs four times the block.
 */

/** FIPS 180-4 section 4.2.2. */
const ROUNDS = Int32Array.from(
  (
    '428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3 ' +
    '72be5d74 80deb1fe 9bdc06a7 c19bf174 e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da ' +
    '983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 27b70a85 2e1b2138 4d2c6dfc 53380d13 ' +
    '650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070 ' +
    '19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208 ' +
    '90befffa a4506ceb bef9a3f7 c67178f2'
  )
    .split(' ')
    .map((word) => parseInt(word, 16)),
);
const START = Int32Array.from(
  '6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19'
    .split(' ')
    .map((word) => parseInt(word, 16)),
);

const BLOCK = 64;
const schedule = new Int32Array(BLOCK);
const state = new Int32Array(8);

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The compression function over one whole message of one block, padding included; the digest goes to `state`. */
const compress = (block: Uint8Array): void => {
  for (let i = 0; i < 16; i++) {
    const at = 4 * i;
    schedule[i] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const early = schedule[i - 15]!;
    const late = schedule[i - 2]!;
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    schedule[i] = (schedule[i - 16]! + low + schedule[i - 7]! + high) | 0;
  }
  let a = START[0]!;
  let b = START[1]!;
  let c = START[2]!;
  let d = START[3]!;
  let e = START[4]!;
  let f = START[5]!;
  let g = START[6]!;
  let h = START[7]!;
  for (let i = 0; i < 64; i++) {
    const high = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + high + ((e & f) ^ (~e & g)) + ROUNDS[i]! + schedule[i]!) | 0;
    const low = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = START[0]! + a;
  state[1] = START[1]! + b;
  state[2] = START[2]! + c;
  state[3] = START[3]! + d;
  state[4] = START[4]! + e;
  state[5] = START[5]! + f;
  state[6] = START[6]! + g;
  state[7] = START[7]! + h;
};

const LEAF_AT = 16;
const CHAIN_AT = 20;
const STEP_AT = 22;
const VALUE_AT = 23;
/** In place of a step number: derives from the seed (RFC 8554 appendix A). */
const FROM_SEED = 0xff;

/** I 16 | leaf u32 | chain u16 | step u8 | value, and the padding of SHA-256. */
export class Chain {
  readonly #block: Uint8Array;
  readonly #value: Uint8Array;
  readonly #seed: Uint8Array;
  readonly #length: number;

  constructor(identifier: Uint8Array, seed: Uint8Array) {
    this.#seed = seed;
    this.#length = seed.length;
    this.#block = new Uint8Array(BLOCK);
    this.#block.set(identifier);
    this.#value = this.#block.subarray(VALUE_AT, VALUE_AT + seed.length);
    const bits = 8 * (VALUE_AT + seed.length);
    this.#block[VALUE_AT + seed.length] = 0x80;
    this.#block[BLOCK - 2] = bits >> 8;
    this.#block[BLOCK - 1] = bits;
  }

  #step(step: number): void {
    const block = this.#block;
    block[STEP_AT] = step;
    compress(block);
    for (let i = 0; i < this.#length; i += 4) {
      const word = state[i >> 2]!;
      block[VALUE_AT + i] = word >>> 24;
      block[VALUE_AT + i + 1] = word >>> 16;
      block[VALUE_AT + i + 2] = word >>> 8;
      block[VALUE_AT + i + 3] = word;
    }
  }

  /** The secret that a number of a leaf derives to. The bytes are this object's, until the next call. */
  secret(leaf: number, chain: number): Uint8Array {
    const block = this.#block;
    block[LEAF_AT] = leaf >>> 24;
    block[LEAF_AT + 1] = leaf >>> 16;
    block[LEAF_AT + 2] = leaf >>> 8;
    block[LEAF_AT + 3] = leaf;
    block[CHAIN_AT] = chain >>> 8;
    block[CHAIN_AT + 1] = chain;
    this.#value.set(this.#seed);
    this.#step(FROM_SEED);
    return this.#value;
  }

  /** The same, walked `steps` steps up its chain. */
  walked(leaf: number, chain: number, steps: number): Uint8Array {
    this.secret(leaf, chain);
    for (let step = 0; step < steps; step++) this.#step(step);
    return this.#value;
  }
}
