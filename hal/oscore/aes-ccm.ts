/**
 * AES-CCM-16-64-128 (RFC 9053 section 4.2): CCM (RFC 3610) with a key of 16 bytes, a nonce of 13, a tag of 8, and so at
 * most 65535 bytes of text. In place. Its memory, beside that of AES, is 32 bytes.
 *
 * Opening deciphers before it can prove: where the tag does not hold, what was deciphered is zeros.
 *
 * Written in the device dialect, like agent/.
 */
import { aesEncrypt, aesKey, aesNew, bigEndian } from '../aes.ts';
import type { Aes } from '../aes.ts';
import type { Aead } from './ports.ts';

const BLOCK = 16;
const TAG = 8;
const NONCE = 13;
/** Section 2.2 of RFC 3610: (tag - 2) / 2 in bits 3 to 5, size of the length field - 1 in bits 0 to 2. */
const FLAGS = 0x19;
const ASSOCIATED = 0x40;
/** Section 2.3: the counter's size alone. */
const COUNTER_FLAGS = 1;
/** Above it the associated data's length takes more than two bytes. */
const ASSOCIATED_MAX = 0xfeff;
const TEXT_MAX = 0xffff;

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface AesCcm extends Aead {
  readonly aes: Aes;
  /** The value that authenticates, while blocks of the counter are made. */
  readonly sum: Int32Array;
  /** A block that is filled up. */
  readonly block: Uint8Array;
}

/** A block with that first byte and last word around the nonce, into the state of AES. */
const blockStart = (aes: Aes, flags: number, nonce: Uint8Array, last: number): void => {
  const block = aes.block;
  block[0] = (flags << 24) | (bigEndian(nonce, 0) >>> 8);
  block[1] = bigEndian(nonce, 3);
  block[2] = bigEndian(nonce, 7);
  block[3] = ((nonce[11] as number) << 24) | ((nonce[12] as number) << 16) | last;
  aesEncrypt(aes);
};

/** One block more of the CBC-MAC, whose value is the state of AES. */
const chain = (aes: Aes, bytes: Uint8Array, at: number): void => {
  const block = aes.block;
  for (let w = 0; w < 4; w++) block[w] = (block[w] as number) ^ bigEndian(bytes, at + 4 * w);
  aesEncrypt(aes);
};

/** Bytes from..to-1, filled up with zeros to a block; `held` bytes stand in the block of the state already. */
const chainAll = (s: AesCcm, bytes: Uint8Array, from: number, to: number, held: number): void => {
  while (from < to) {
    if (held === 0 && to - from >= BLOCK) {
      chain(s.aes, bytes, from);
      from += BLOCK;
      continue;
    }
    while (held < BLOCK && from < to) s.block[held++] = bytes[from++] as number;
    s.block.fill(0, held, BLOCK);
    chain(s.aes, s.block, 0);
    held = 0;
  }
};

/** Section 2.2, from the first block on: leaves T in `sum`. */
const authenticate = (
  s: AesCcm,
  nonce: Uint8Array,
  associated: Uint8Array,
  length: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void => {
  blockStart(s.aes, length > 0 ? FLAGS | ASSOCIATED : FLAGS, nonce, to - from);
  if (length > 0) {
    s.block[0] = length >> 8;
    s.block[1] = length;
    chainAll(s, associated, 0, length, 2);
  }
  chainAll(s, bytes, from, to, 0);
  for (let w = 0; w < 4; w++) s.sum[w] = s.aes.block[w] as number;
};

/** Section 2.3: bytes from..to-1 with the key stream. */
const cipher = (s: AesCcm, nonce: Uint8Array, bytes: Uint8Array, from: number, to: number): void => {
  const words = s.aes.block;
  for (let counter = 1; from < to; counter++) {
    blockStart(s.aes, COUNTER_FLAGS, nonce, counter);
    for (let i = 0; i < BLOCK && from < to; i++) {
      bytes[from] = (bytes[from] as number) ^ ((words[i >> 2] as number) >>> (24 - 8 * (i & 3)));
      from++;
    }
  }
};

const fits = (nonce: Uint8Array, associated: Uint8Array, length: number, text: number): boolean =>
  nonce.length === NONCE &&
  length >= 0 &&
  length <= associated.length &&
  length <= ASSOCIATED_MAX &&
  text >= 0 &&
  text <= TEXT_MAX;

function seal(
  this: AesCcm,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  length: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  if (!(fits(nonce, associated, length, to - from) && from >= 0 && to + TAG <= bytes.length))
    throw new RangeError('no room for a tag, or too long');
  aesKey(this.aes, key);
  authenticate(this, nonce, associated, length, bytes, from, to);
  cipher(this, nonce, bytes, from, to);
  blockStart(this.aes, COUNTER_FLAGS, nonce, 0);
  const words = this.aes.block;
  for (let i = 0; i < TAG; i++)
    bytes[to + i] = ((words[i >> 2] as number) ^ (this.sum[i >> 2] as number)) >>> (24 - 8 * (i & 3));
}

function open(
  this: AesCcm,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  length: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const end = to - TAG;
  if (!(fits(nonce, associated, length, end - from) && from >= 0 && to <= bytes.length)) return false;
  aesKey(this.aes, key);
  cipher(this, nonce, bytes, from, end);
  authenticate(this, nonce, associated, length, bytes, from, end);
  blockStart(this.aes, COUNTER_FLAGS, nonce, 0);
  let difference = 0;
  for (let w = 0; w < TAG / 4; w++)
    difference |= (this.aes.block[w] as number) ^ (this.sum[w] as number) ^ bigEndian(bytes, end + 4 * w);
  if (difference === 0) return true;
  bytes.fill(0, from, end);
  return false;
}

/** The project's own, for devices without a native one; 480 bytes with its AES. */
export function deviceAead(): Aead {
  const made: AesCcm = {
    aes: aesNew(),
    sum: new Int32Array(4),
    block: new Uint8Array(BLOCK),
    seal: seal,
    open: open,
  };
  return made;
}
