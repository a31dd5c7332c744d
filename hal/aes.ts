/**
 * AES-128 (FIPS 197) for devices without a native one, and the unwrapping of keys with it (RFC 3394). Memory is taken when
 * it is opened, 448 bytes: the S-box, which is made there, and the keys of the rounds. Four bytes go in a word, and
 * MixColumns is made on the word.
 *
 * The S-box is a table that the key is looked up in: on a chip with a data cache that an attacker shares, time tells of
 * the key. Microcontrollers that run one program have none such.
 *
 * Written in the device dialect, like agent/.
 */

const ROUNDS = 10;
/** RFC 3394 section 2.2.3.1, each byte of it. */
const CHECK = 0xa6;

export interface Aes {
  readonly box: Uint8Array;
  /** Four words for each round, and four before the first. */
  readonly keys: Int32Array;
  /** A block in, and out: big-endian words. */
  readonly block: Int32Array;
}

/** Each of the four bytes times x in the field of section 4.2. */
const times2 = (word: number): number => ((word & 0x7f7f7f7f) << 1) ^ (((word >>> 7) & 0x01010101) * 0x1b);

const turned = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Section 5.1.3. */
const mixed = (word: number): number => {
  const twice = times2(word);
  return twice ^ turned(word ^ twice, 8) ^ turned(word, 16) ^ turned(word, 24);
};

/** Section 5.1.1: 3 makes all of the field but 0, and its inverse the inverses. */
const boxMake = (box: Uint8Array): void => {
  let power = 1;
  let inverse = 1;
  do {
    power ^= times2(power);
    power &= 255;
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 255;
    if (inverse >= 128) inverse ^= 9;
    const five = inverse * 0x101;
    box[power] = inverse ^ (five >> 7) ^ (five >> 6) ^ (five >> 5) ^ (five >> 4) ^ 0x63;
  } while (power !== 1);
  box[0] = 0x63;
};

export function aesNew(): Aes {
  const s: Aes = {
    box: new Uint8Array(256),
    keys: new Int32Array(4 * (ROUNDS + 1)),
    block: new Int32Array(4),
  };
  boxMake(s.box);
  return s;
}

/** Four bytes through a box: one byte out of each of four words. */
const through = (box: Uint8Array, a: number, b: number, c: number, d: number): number =>
  ((box[a >>> 24] as number) << 24) |
  ((box[(b >>> 16) & 255] as number) << 16) |
  ((box[(c >>> 8) & 255] as number) << 8) |
  (box[d & 255] as number);

export function bigEndian(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}

export function bigEndianPut(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >> 24;
  bytes[at + 1] = word >> 16;
  bytes[at + 2] = word >> 8;
  bytes[at + 3] = word;
}

/** Section 5.2. `key` is 16 bytes. */
export function aesKey(s: Aes, key: Uint8Array): void {
  const keys = s.keys;
  let constant = 1;
  for (let i = 0; i < 4; i++) keys[i] = bigEndian(key, 4 * i);
  for (let i = 4; i < keys.length; i++) {
    let word = keys[i - 1] as number;
    if (i % 4 === 0) {
      word = turned(word, 8);
      word = through(s.box, word, word, word, word) ^ (constant << 24);
      constant = times2(constant) & 255;
    }
    keys[i] = (keys[i - 4] as number) ^ word;
  }
}

/**
 * Section 5.1, of the block in the state. SubBytes, ShiftRows and MixColumns of a column at a time, written out: a call takes
 * more than what it does on XS.
 */
export function aesEncrypt(s: Aes): void {
  const box = s.box;
  const keys = s.keys;
  const block = s.block;
  let a = (block[0] as number) ^ (keys[0] as number);
  let b = (block[1] as number) ^ (keys[1] as number);
  let c = (block[2] as number) ^ (keys[2] as number);
  let d = (block[3] as number) ^ (keys[3] as number);
  let twice = 0;
  let mix = 0;
  let at = 4;
  for (; at < 4 * ROUNDS; at += 4) {
    let first =
      ((box[a >>> 24] as number) << 24) |
      ((box[(b >>> 16) & 255] as number) << 16) |
      ((box[(c >>> 8) & 255] as number) << 8) |
      (box[d & 255] as number);
    twice = ((first & 0x7f7f7f7f) << 1) ^ (((first >>> 7) & 0x01010101) * 0x1b);
    mix = first ^ twice;
    first =
      twice ^
      ((mix << 8) | (mix >>> 24)) ^
      ((first << 16) | (first >>> 16)) ^
      ((first << 24) | (first >>> 8)) ^
      (keys[at] as number);
    let second =
      ((box[b >>> 24] as number) << 24) |
      ((box[(c >>> 16) & 255] as number) << 16) |
      ((box[(d >>> 8) & 255] as number) << 8) |
      (box[a & 255] as number);
    twice = ((second & 0x7f7f7f7f) << 1) ^ (((second >>> 7) & 0x01010101) * 0x1b);
    mix = second ^ twice;
    second =
      twice ^
      ((mix << 8) | (mix >>> 24)) ^
      ((second << 16) | (second >>> 16)) ^
      ((second << 24) | (second >>> 8)) ^
      (keys[at + 1] as number);
    let third =
      ((box[c >>> 24] as number) << 24) |
      ((box[(d >>> 16) & 255] as number) << 16) |
      ((box[(a >>> 8) & 255] as number) << 8) |
      (box[b & 255] as number);
    twice = ((third & 0x7f7f7f7f) << 1) ^ (((third >>> 7) & 0x01010101) * 0x1b);
    mix = third ^ twice;
    third =
      twice ^
      ((mix << 8) | (mix >>> 24)) ^
      ((third << 16) | (third >>> 16)) ^
      ((third << 24) | (third >>> 8)) ^
      (keys[at + 2] as number);
    let fourth =
      ((box[d >>> 24] as number) << 24) |
      ((box[(a >>> 16) & 255] as number) << 16) |
      ((box[(b >>> 8) & 255] as number) << 8) |
      (box[c & 255] as number);
    twice = ((fourth & 0x7f7f7f7f) << 1) ^ (((fourth >>> 7) & 0x01010101) * 0x1b);
    mix = fourth ^ twice;
    fourth =
      twice ^
      ((mix << 8) | (mix >>> 24)) ^
      ((fourth << 16) | (fourth >>> 16)) ^
      ((fourth << 24) | (fourth >>> 8)) ^
      (keys[at + 3] as number);
    a = first;
    b = second;
    c = third;
    d = fourth;
  }
  block[0] = through(box, a, b, c, d) ^ (keys[at] as number);
  block[1] = through(box, b, c, d, a) ^ (keys[at + 1] as number);
  block[2] = through(box, c, d, a, b) ^ (keys[at + 2] as number);
  block[3] = through(box, d, a, b, c) ^ (keys[at + 3] as number);
}

/** Section 5.3.3: what MixColumns takes back, once this is done to it. */
const unmixed = (word: number): number => {
  const pairs = times2(times2(word ^ turned(word, 16)));
  return mixed(word ^ pairs);
};

/** Section 5.3, of the block in the state. `back` is the S-box the other way round. */
const decrypt = (s: Aes, back: Uint8Array): void => {
  const keys = s.keys;
  const block = s.block;
  for (let i = 0; i < 4; i++) block[i] = (block[i] as number) ^ (keys[4 * ROUNDS + i] as number);
  for (let at = 4 * ROUNDS - 4; at >= 0; at -= 4) {
    const a = block[0] as number;
    const b = block[1] as number;
    const c = block[2] as number;
    const d = block[3] as number;
    block[0] = through(back, a, d, c, b) ^ (keys[at] as number);
    block[1] = through(back, b, a, d, c) ^ (keys[at + 1] as number);
    block[2] = through(back, c, b, a, d) ^ (keys[at + 2] as number);
    block[3] = through(back, d, c, b, a) ^ (keys[at + 3] as number);
    if (at > 0) for (let i = 0; i < 4; i++) block[i] = unmixed(block[i] as number);
  }
};

/**
 * RFC 3394 section 2.2.2 with the key of the state: `wrapped` to the start of `into`, 8 bytes less. Whether it holds;
 * where it does not, `into` is zeros. Takes 256 bytes for as long as it runs.
 */
export function aesUnwrap(s: Aes, wrapped: Uint8Array, into: Uint8Array): boolean {
  const back = new Uint8Array(256);
  for (let i = 0; i < 256; i++) back[s.box[i] as number] = i;
  const size = wrapped.length - 8;
  for (let i = 0; i < size; i++) into[i] = wrapped[8 + i] as number;
  let high = bigEndian(wrapped, 0);
  let low = bigEndian(wrapped, 4);
  let step = (6 * size) / 8;
  for (let round = 0; round < 6; round++)
    for (let at = size - 8; at >= 0; at -= 8) {
      s.block[0] = high;
      s.block[1] = low ^ step--;
      s.block[2] = bigEndian(into, at);
      s.block[3] = bigEndian(into, at + 4);
      decrypt(s, back);
      high = s.block[0] as number;
      low = s.block[1] as number;
      bigEndianPut(into, at, s.block[2] as number);
      bigEndianPut(into, at + 4, s.block[3] as number);
    }
  const check = (CHECK << 24) | (CHECK << 16) | (CHECK << 8) | CHECK;
  if (((high ^ check) | (low ^ check)) === 0) return true;
  into.fill(0, 0, size);
  return false;
}
