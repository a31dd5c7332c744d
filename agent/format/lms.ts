/**
 * Whether a hash-based signature holds: HSS over LMS over LM-OTS (RFC 8554, and RFC 9858 for digests of 24 bytes), on
 * nothing but the incremental SHA-256 of the board. All the data is public, so nothing here runs in constant time.
 *
 *   HSS key        levels u32 | LMS key
 *   LMS key        tree type u32 | one-time type u32 | I, 16 | root, n
 *   HSS signature  levels - 1 u32 | for each level above the lowest: LMS signature, LMS key below | LMS signature
 *   LMS signature  leaf u32 | one-time type u32 | C, n | y, p times n | tree type u32 | path, h times n
 *
 * Numbers are big endian. A length is known from the types in the key, before a byte of the signature is used.
 */
import type { Hash } from '../../hal/ports.ts';
import { bytesCopy, bytesEqual } from '../bytes.ts';

/** RFC 8554 allows eight; three are what fits into an envelope, and only with digests of 24 bytes. */
export const LEVELS_MAX = 3;
const NUMBER = 4;
const IDENTIFIER_LENGTH = 16;
/** Of an LMS key, before the root. */
const KEY_HEAD = NUMBER + NUMBER + IDENTIFIER_LENGTH;
const DIGEST_LONG = 32;
const DIGEST_SHORT = 24;

/** By one-time type: 1..4 LMOTS_SHA256_N32_W1, W2, W4, W8; 5..8 the same with N24. */
const WIDTHS: readonly number[] = [0, 1, 2, 4, 8, 1, 2, 4, 8];
const CHAINS: readonly number[] = [0, 265, 133, 67, 34, 200, 101, 51, 26];
const SHIFTS: readonly number[] = [0, 7, 6, 4, 0, 8, 6, 4, 0];
const ONE_TIME_SHORT = 5;
/** Tree types: 5..9 LMS_SHA256_M32_H5, H10, H15, H20, H25; 10..14 the same with M24. */
const TREE_LONG = 5;
const TREE_SHORT = 10;
const TREE_END = 15;
const HEIGHT_STEP = 5;

// What stands after I and q, so that no hash of one kind is one of another.
const ENDS = 0x8080;
const MESSAGE = 0x8181;
const LEAF = 0x8282;
const INNER = 0x8383;

/** In `block`: I 16 | q or node u32 | chain or kind u16 | step u8 | value. One SHA-256 block for a step of a chain. */
const NODE_AT = IDENTIFIER_LENGTH;
const KIND_AT = NODE_AT + NUMBER;
const STEP_AT = KIND_AT + 2;
const VALUE_AT = STEP_AT + 1;

/** Made once, at open. */
export interface Lms {
  /** Busy with each step. */
  readonly hash: Hash;
  /** Takes the ends of all chains, while `hash` makes them: it is why two states are needed. */
  readonly ends: Hash;
  readonly block: Uint8Array;
  /** The end of `block`: a digest goes where the next step finds it. */
  readonly value: Uint8Array;
  /** The digest that is signed, and its checksum: the digits that say how far each chain was walked. */
  readonly digits: Uint8Array;
}

/** One LMS signature, and what it has to hold under. */
interface Part {
  key: Uint8Array;
  keyAt: number;
  /** Bytes in a digest. */
  n: number;
  oneTime: number;
  tree: number;
  height: number;
  at: number;
  /** Where it ends. */
  to: number;
}

export function lmsNew(hash: Hash, ends: Hash): Lms {
  const block = new Uint8Array(VALUE_AT + DIGEST_LONG);
  return {
    hash: hash,
    ends: ends,
    block: block,
    value: block.subarray(VALUE_AT),
    digits: new Uint8Array(DIGEST_LONG + 2),
  };
}

function readNumber(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function writeNode(block: Uint8Array, node: number, kind: number): void {
  block[NODE_AT] = node >>> 24;
  block[NODE_AT + 1] = node >>> 16;
  block[NODE_AT + 2] = node >>> 8;
  block[NODE_AT + 3] = node;
  block[KIND_AT] = kind >>> 8;
  block[KIND_AT + 1] = kind;
}

/** Reads the types of the key at `part.keyAt`, and so how long its signature at `part.at` is. False: not of ours. */
function partMeasure(part: Part): boolean {
  const long = part.n === DIGEST_LONG;
  part.tree = readNumber(part.key, part.keyAt);
  part.oneTime = readNumber(part.key, part.keyAt + NUMBER);
  const treeFirst = long ? TREE_LONG : TREE_SHORT;
  const oneTimeFirst = long ? 1 : ONE_TIME_SHORT;
  if (!(part.tree >= treeFirst && part.tree < (long ? TREE_SHORT : TREE_END))) return false;
  if (!(part.oneTime >= oneTimeFirst && part.oneTime < oneTimeFirst + 4)) return false;
  part.height = HEIGHT_STEP * (part.tree - treeFirst + 1);
  part.to = part.at + 3 * NUMBER + part.n * (1 + CHAINS[part.oneTime]! + part.height);
  return true;
}

/** Digests the message under I, q and C into `digits`, and appends the checksum (RFC 8554 section 4.4). */
function digitsMake(
  lms: Lms,
  part: Part,
  bytes: Uint8Array,
  message: Uint8Array,
  from: number,
  to: number,
): void {
  const digits = lms.digits;
  const randomizer = part.at + 2 * NUMBER;
  lms.hash.begin();
  lms.hash.update(lms.block, 0, STEP_AT);
  lms.hash.update(bytes, randomizer, randomizer + part.n);
  lms.hash.update(message, from, to);
  lms.hash.finish(digits);
  const width = WIDTHS[part.oneTime]!;
  const most = (1 << width) - 1;
  let sum = 0;
  for (let i = 0; i < part.n; i += 1)
    for (let shift = 0; shift < 8; shift += width) sum += most - ((digits[i]! >> shift) & most);
  sum <<= SHIFTS[part.oneTime]!;
  digits[part.n] = sum >> 8;
  digits[part.n + 1] = sum;
}

/** Walks every chain from where the signature left it to its end, and digests the ends into `value`. */
function chainsWalk(lms: Lms, part: Part, bytes: Uint8Array, leaf: number): void {
  const block = lms.block;
  const width = WIDTHS[part.oneTime]!;
  const most = (1 << width) - 1;
  const chains = CHAINS[part.oneTime]!;
  let at = part.at + 2 * NUMBER + part.n;
  writeNode(block, leaf, ENDS);
  lms.ends.begin();
  lms.ends.update(block, 0, STEP_AT);
  for (let chain = 0; chain < chains; chain += 1) {
    const bit = chain * width;
    const walked = (lms.digits[bit >> 3]! >> (8 - width - (bit & 7))) & most;
    block[KIND_AT] = chain >> 8;
    block[KIND_AT + 1] = chain;
    bytesCopy(bytes, at, block, VALUE_AT, part.n);
    at += part.n;
    for (let step = walked; step < most; step += 1) {
      block[STEP_AT] = step;
      lms.hash.begin();
      lms.hash.update(block, 0, VALUE_AT + part.n);
      lms.hash.finish(lms.value);
    }
    lms.ends.update(block, VALUE_AT, VALUE_AT + part.n);
  }
  lms.ends.finish(lms.value);
}

/** From the one-time key in `value` up the path to the root, which is left in `value`. */
function pathClimb(lms: Lms, part: Part, bytes: Uint8Array, leaf: number): void {
  const hash = lms.hash;
  const block = lms.block;
  let node = (1 << part.height) + leaf;
  let at = part.to - part.height * part.n;
  writeNode(block, node, LEAF);
  hash.begin();
  hash.update(block, 0, STEP_AT);
  hash.update(block, VALUE_AT, VALUE_AT + part.n);
  hash.finish(lms.value);
  for (; node > 1; at += part.n) {
    const right = (node & 1) === 1;
    node >>= 1;
    writeNode(block, node, INNER);
    hash.begin();
    hash.update(block, 0, STEP_AT);
    if (right) hash.update(bytes, at, at + part.n);
    hash.update(block, VALUE_AT, VALUE_AT + part.n);
    if (!right) hash.update(bytes, at, at + part.n);
    hash.finish(lms.value);
  }
}

/** Whether the LMS signature at `part.at`, all of which is there, holds over `message[from..to-1]`. */
function partHolds(
  lms: Lms,
  part: Part,
  bytes: Uint8Array,
  message: Uint8Array,
  from: number,
  to: number,
): boolean {
  const leaf = readNumber(bytes, part.at);
  const treeAt = part.to - part.height * part.n - NUMBER;
  if (!(leaf < 1 << part.height)) return false;
  if (readNumber(bytes, part.at + NUMBER) !== part.oneTime) return false;
  if (readNumber(bytes, treeAt) !== part.tree) return false;
  bytesCopy(part.key, part.keyAt + 2 * NUMBER, lms.block, 0, IDENTIFIER_LENGTH);
  writeNode(lms.block, leaf, MESSAGE);
  digitsMake(lms, part, bytes, message, from, to);
  chainsWalk(lms, part, bytes, leaf);
  pathClimb(lms, part, bytes, leaf);
  return bytesEqual(lms.value, 0, part.key, part.keyAt + KEY_HEAD, part.n);
}

/**
 * Whether the HSS signature `bytes[from..to-1]` over `message[0..length-1]` holds under the HSS key `key`. False for
 * anything malformed. All levels have digests as long as the key's.
 */
export function hssVerify(
  lms: Lms,
  key: Uint8Array,
  message: Uint8Array,
  length: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const n = key.length - NUMBER - KEY_HEAD;
  if (!(n === DIGEST_LONG || n === DIGEST_SHORT)) return false;
  const levels = readNumber(key, 0);
  if (!(levels >= 1 && levels <= LEVELS_MAX)) return false;
  if (!(from + NUMBER <= to && to <= bytes.length && length <= message.length)) return false;
  if (readNumber(bytes, from) !== levels - 1) return false;
  const part: Part = {
    key: key,
    keyAt: NUMBER,
    n: n,
    oneTime: 0,
    tree: 0,
    height: 0,
    at: from + NUMBER,
    to: 0,
  };
  for (let level = 1; level < levels; level += 1) {
    if (!partMeasure(part)) return false;
    const below = part.to;
    const next = below + KEY_HEAD + n;
    if (!(next <= to && partHolds(lms, part, bytes, bytes, below, next))) return false;
    part.key = bytes;
    part.keyAt = below;
    part.at = next;
  }
  return partMeasure(part) && part.to === to && partHolds(lms, part, bytes, message, 0, length);
}

/** What a board with an anchor of HSS/LMS puts into its configuration; others do not carry it. */
export interface HssLms {
  readonly open: typeof lmsNew;
  readonly verify: typeof hssVerify;
}

export const hssLms: HssLms = { open: lmsNew, verify: hssVerify };
