/**
 * A pull reader for the strict subset of CBOR (RFC 8949) the profile takes: definite lengths, shortest heads, no
 * floats, of the simple values only false, true and null.
 *
 * The first error stays, and after it nothing moves: a caller may read on and look at `error` once, at the end.
 */
import * as Err from '../err.ts';
import { NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE, FALSE, NULL } from './labels.ts';

export interface Cursor {
  bytes: Uint8Array;
  at: number;
  end: number;
  /** 0, or the first code that was met. */
  error: number;
  /** The code for an item of another type than the one asked for. */
  shape: number;
  /** The code for bytes that end too early. */
  short: number;
  /** Argument of the last head. */
  value: number;
  /** Where the content of the last string starts; it ends at `at`. */
  from: number;
}

const SAFE = 0x1fffffffffffff;

export function cursorOpen(bytes: Uint8Array, from: number, to: number, shape: number): Cursor {
  return { bytes, at: from, end: to, error: 0, shape, short: Err.Cbor, value: 0, from: 0 };
}

export function cborFail(cursor: Cursor, code: number): number {
  if (cursor.error === 0) cursor.error = code;
  return -1;
}

/** Reads a head. Returns the major type, or -1; the argument is in `value`. Bounds no string. */
export function cborHead(cursor: Cursor): number {
  if (cursor.error !== 0) return -1;
  if (!(cursor.at < cursor.end)) return cborFail(cursor, cursor.short);
  const first = cursor.bytes[cursor.at]!;
  const major = first >> 5;
  const info = first & 31;
  if (info > 27) return cborFail(cursor, Err.Cbor);
  const length = info < 24 ? 0 : 1 << (info - 24);
  if (major === SIMPLE && (info < FALSE || info > NULL)) return cborFail(cursor, Err.Cbor);
  if (!(length < cursor.end - cursor.at)) return cborFail(cursor, cursor.short);
  let value = length === 0 ? info : 0;
  for (let i = 1; i <= length; i += 1) value = value * 256 + cursor.bytes[cursor.at + i]!;
  // The least value that needs a head of this length: 24, 2^8, 2^16, 2^32.
  if (length > 0 && value < (length === 1 ? 24 : length === 8 ? 0x100000000 : 1 << (4 * length)))
    return cborFail(cursor, Err.Cbor);
  if (!(value <= SAFE)) return cborFail(cursor, Err.SequenceRange);
  cursor.at += length + 1;
  cursor.value = value;
  return major;
}

/** Reads a head of type `major`. Returns its argument, or -1. */
export function cborTake(cursor: Cursor, major: number): number {
  const found = cborHead(cursor);
  if (found < 0) return -1;
  return found === major ? cursor.value : cborFail(cursor, cursor.shape);
}

/** Reads an integer. An error reads as -1: look at `error`. */
export function cborInt(cursor: Cursor): number {
  const major = cborHead(cursor);
  if (major > NEGATIVE) cborFail(cursor, cursor.shape);
  if (cursor.error !== 0) return -1;
  return major === NEGATIVE ? -1 - cursor.value : cursor.value;
}

function cborPass(cursor: Cursor, length: number): void {
  cursor.from = cursor.at;
  if (length <= cursor.end - cursor.at) cursor.at += length;
  else cborFail(cursor, cursor.short);
}

/** Reads a whole string, BYTES or TEXT. Returns its length, or -1; its content is from..at-1. */
export function cborString(cursor: Cursor, major: number): number {
  const found = cborHead(cursor);
  if (found >= 0 && found !== major) cborFail(cursor, cursor.shape);
  if (cursor.error === 0) cborPass(cursor, cursor.value);
  return cursor.error === 0 ? cursor.value : -1;
}

/** Goes into a byte string of CBOR. What it returns, `cborLeave` must be given. */
export function cborEnter(cursor: Cursor): number {
  const end = cursor.end;
  // As `cborString`, from here: a head in a string in a string is among the deepest calls of a boot.
  const found = cborHead(cursor);
  if (found >= 0 && found !== BYTES) cborFail(cursor, cursor.shape);
  if (cursor.error === 0) cborPass(cursor, cursor.value);
  if (cursor.error === 0) {
    cursor.end = cursor.at;
    cursor.at = cursor.from;
  }
  return end;
}

/** Comes out of a byte string of CBOR, which must have been read to its end. */
export function cborLeave(cursor: Cursor, end: number): void {
  if (cursor.at !== cursor.end) cborFail(cursor, Err.Cbor);
  cursor.end = end;
}

/** Passes over one item. Counts what is still owed instead of going down into it. */
export function cborSkip(cursor: Cursor): void {
  let owed = 1;
  while (owed > 0 && cursor.error === 0) {
    const major = cborHead(cursor);
    owed -= 1;
    if (major === BYTES || major === TEXT) cborPass(cursor, cursor.value);
    if (major === ARRAY) owed += cursor.value;
    if (major === MAP) owed += cursor.value * 2;
    if (major === TAG) owed += 1;
    // Every item is one byte at least.
    if (!(owed <= cursor.end - cursor.at)) cborFail(cursor, cursor.short);
  }
}

/**
 * To be called with the key of a map just read: `key` is where it starts and `last` where the one before it does, or
 * -1. Keys stand in bytewise order of their encoding (RFC 8949 section 4.2.1); that no encoding is the start of
 * another makes a length unnecessary, and an equal key a failure.
 */
export function cborOrder(cursor: Cursor, last: number, key: number): void {
  if (last < 0) return;
  for (let i = 0; key + i < cursor.at; i += 1) {
    const step = cursor.bytes[key + i]! - cursor.bytes[last + i]!;
    if (step > 0) return;
    if (step < 0) break;
  }
  cborFail(cursor, Err.Cbor);
}
