/**
 * Reads the body of a request: one CBOR map, of definite or indefinite length. The keys that this server knows are
 * kept, by place and not by copy; all others are passed over. Lengths are held against the message, nesting against a
 * cap, a key that comes twice is refused, and so is what a body has no use for: tags and strings in pieces.
 */
import { bytesEqual } from '../../../agent/bytes.ts';

/** The keys, in the order of {@link KEYS}. */
export const Key = {
  Off: 0,
  Len: 1,
  Data: 2,
  Sha: 3,
  Hash: 4,
  Confirm: 5,
  Text: 6,
  Slot: 7,
  Query: 8,
} as const;

const KEYS: readonly string[] = ['off', 'len', 'data', 'sha', 'hash', 'confirm', 'd', 'slot', 'query'];

export const Kind = { Absent: 0, Number: 1, Bytes: 2, Text: 3, Boolean: 4, Other: 5 } as const;

/** Arrays and maps inside one another, the body's own not counted. */
const NESTING_MAX = 4;
/** Pairs in the body, the unknown ones included. */
const PAIRS_MAX = 32;
const HIGH = 0x100000000;

export interface Fields {
  bytes: Uint8Array;
  /** By key: what it is; a number, or where its bytes begin; where they end. */
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  readonly ends: Uint16Array;
  /** Where the reader stands, and where the message ends. */
  at: number;
  end: number;
  /** Of the head last read. */
  major: number;
  value: number;
  indefinite: boolean;
}

export function fieldsNew(bytes: Uint8Array): Fields {
  const count = KEYS.length;
  return {
    bytes: bytes,
    kinds: new Uint8Array(count),
    values: new Float64Array(count),
    ends: new Uint16Array(count),
    at: 0,
    end: 0,
    major: 0,
    value: 0,
    indefinite: false,
  };
}

/** A number that is there, or -1. */
export function fieldNumber(fields: Fields, key: number): number {
  return fields.kinds[key] === Kind.Number ? fields.values[key]! : -1;
}

/** Whether the bytes of a key are those of `other`. */
export function fieldEquals(fields: Fields, key: number, other: Uint8Array): boolean {
  const from = fields.values[key]!;
  if (fields.kinds[key] !== Kind.Bytes || fields.ends[key]! - from !== other.length) return false;
  return bytesEqual(fields.bytes, from, other, 0, other.length);
}

/** Reads bytes from..to-1. False: not a map that this reader takes. No bytes at all count as an empty one. */
export function fieldsRead(fields: Fields, from: number, to: number): boolean {
  fields.kinds.fill(Kind.Absent);
  fields.at = from;
  fields.end = to;
  if (from === to) return true;
  if (!headRead(fields) || fields.major !== 5) return false;
  const indefinite = fields.indefinite;
  const pairs = indefinite ? PAIRS_MAX + 1 : fields.value;
  if (!indefinite && !(pairs <= PAIRS_MAX)) return false;
  for (let pair = 0; pair < pairs; pair++) {
    if (indefinite && atBreak(fields)) return fields.at === to;
    if (!pairRead(fields)) return false;
  }
  return !indefinite && fields.at === to;
}

function pairRead(fields: Fields): boolean {
  if (!headRead(fields)) return false;
  if (fields.major !== 3) return itemSkip(fields, NESTING_MAX) && itemRead(fields, -1);
  const key = keyFind(fields, fields.at, fields.value);
  if (key >= 0 && fields.kinds[key] !== Kind.Absent) return false;
  fields.at += fields.value;
  return itemRead(fields, key);
}

function keyFind(fields: Fields, from: number, length: number): number {
  for (let key = 0; key < KEYS.length; key++) {
    const name = KEYS[key]!;
    let same = name.length === length;
    for (let i = 0; same && i < length; i++) same = name.charCodeAt(i) === fields.bytes[from + i];
    if (same) return key;
  }
  return -1;
}

/** Reads a value, and keeps it if `key` is 0 or more. */
function itemRead(fields: Fields, key: number): boolean {
  if (!headRead(fields)) return false;
  const major = fields.major;
  const value = fields.value;
  const from = fields.at;
  if (!itemSkip(fields, NESTING_MAX)) return false;
  if (key < 0) return true;
  fields.kinds[key] = kindOf(major, value);
  fields.values[key] = major === 2 || major === 3 ? from : major === 7 ? value - 20 : value;
  fields.ends[key] = fields.at;
  return true;
}

function kindOf(major: number, value: number): number {
  if (major === 0) return Kind.Number;
  if (major === 2) return Kind.Bytes;
  if (major === 3) return Kind.Text;
  return major === 7 && (value === 20 || value === 21) ? Kind.Boolean : Kind.Other;
}

/** Passes over what follows a head. It calls itself, at most NESTING_MAX deep. */
function itemSkip(fields: Fields, depth: number): boolean {
  const major = fields.major;
  if (major === 2 || major === 3) fields.at += fields.value;
  if (major === 6) return false;
  if (major !== 4 && major !== 5) return true;
  if (depth === 0) return false;
  const indefinite = fields.indefinite;
  const items = indefinite ? HIGH : major === 4 ? fields.value : 2 * fields.value;
  for (let item = 0; item < items; item++) {
    if (indefinite && atBreak(fields)) return major === 4 || (item & 1) === 0;
    if (!headRead(fields) || !itemSkip(fields, depth - 1)) return false;
  }
  return true;
}

function atBreak(fields: Fields): boolean {
  if (!(fields.at < fields.end && fields.bytes[fields.at] === 0xff)) return false;
  fields.at++;
  return true;
}

/** Reads a head: major type and value, and of a string that its bytes are all there. */
function headRead(fields: Fields): boolean {
  if (!(fields.at < fields.end)) return false;
  const initial = fields.bytes[fields.at++]!;
  const info = initial & 31;
  fields.major = initial >>> 5;
  fields.indefinite = info === 31;
  fields.value = info;
  if (info === 31) return fields.major === 4 || fields.major === 5;
  if (info > 27) return false;
  const more = info < 24 ? 0 : 1 << (info - 24);
  if (!(fields.at + more <= fields.end)) return false;
  if (more > 0) fields.value = 0;
  for (let i = 0; i < more; i++) fields.value = fields.value * 256 + fields.bytes[fields.at++]!;
  // A float's bits are no number; a simple value in two bytes is not one that is known here.
  if (fields.major === 7) return info !== 24;
  if (!(fields.value <= 0x1fffffffffffff)) return false;
  return !(fields.major === 2 || fields.major === 3) || fields.value <= fields.end - fields.at;
}
