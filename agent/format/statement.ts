/**
 * The signed statement of the latest sequence: docs/SPEC.md section 13.1.
 *
 *   {1: 1, 2: vendor, 3: class, 4: sequence, 5: security version, 6: manifest digest, 7: issued, ? 8: expires, ? 9: nonce}
 *
 * A map, so that no signature over it can be one over the digest of a manifest, which is an array.
 */
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborFail, cborInt, cborString, cborTake, cursorOpen } from './cbor.ts';
import { BYTES, DIGEST_LENGTH, ID_LENGTH, MAP, U32_MAX } from './labels.ts';

/** Bytes of a statement as it is sent: as of an envelope, because its signature may be one of HSS/LMS. */
export const STATEMENT_MAX = 4096;
export const NONCE_MIN = 8;
export const NONCE_MAX = 32;
const STATEMENT_VERSION = 1;

const VERSION = 1;
const VENDOR = 2;
const CLASS = 3;
const SEQUENCE = 4;
const SECURITY = 5;
const DIGEST = 6;
const ISSUED = 7;
const EXPIRES = 8;
const NONCE = 9;
/** Entries that are always there. */
const ENTRIES_MIN = 7;

/** Where byte strings start in what was read; numbers as they are. */
export interface Statement {
  vendorFrom: number;
  classFrom: number;
  sequence: number;
  securityVersion: number;
  digestFrom: number;
  /** Seconds since 1970. */
  issued: number;
  /** -1: it has no end. */
  expires: number;
  nonceFrom: number;
  /** 0: it answers no nonce. */
  nonceLength: number;
}

export function statementNew(): Statement {
  return {
    vendorFrom: 0,
    classFrom: 0,
    sequence: 0,
    securityVersion: 0,
    digestFrom: 0,
    issued: 0,
    expires: -1,
    nonceFrom: 0,
    nonceLength: 0,
  };
}

function numberTake(cursor: Cursor, key: number, max: number): number {
  if (cborInt(cursor) !== key) cborFail(cursor, Err.Statement);
  const value = cborInt(cursor);
  if (!(value >= 0 && value <= max)) cborFail(cursor, Err.Statement);
  return value;
}

/** Returns where the string of `length` bytes starts. */
function bytesTake(cursor: Cursor, key: number, length: number): number {
  if (cborInt(cursor) !== key) cborFail(cursor, Err.Statement);
  if (cborString(cursor, BYTES) !== length) cborFail(cursor, Err.Statement);
  return cursor.from;
}

function nonceTake(into: Statement, cursor: Cursor): void {
  if (cborInt(cursor) !== NONCE) cborFail(cursor, Err.Statement);
  const length = cborString(cursor, BYTES);
  if (!(length >= NONCE_MIN && length <= NONCE_MAX)) cborFail(cursor, Err.Statement);
  into.nonceFrom = cursor.from;
  into.nonceLength = length;
}

/** Reads the payload in bytes from..to-1. 0, or a code; after a code `into` means nothing. */
export function statementRead(into: Statement, bytes: Uint8Array, from: number, to: number): number {
  const cursor = cursorOpen(bytes, from, to, Err.Statement);
  cursor.short = Err.Statement;
  const more = cborTake(cursor, MAP) - ENTRIES_MIN;
  if (!(more === 1 || more === 2)) cborFail(cursor, Err.Statement);
  if (numberTake(cursor, VERSION, STATEMENT_VERSION) !== STATEMENT_VERSION) cborFail(cursor, Err.Statement);
  into.vendorFrom = bytesTake(cursor, VENDOR, ID_LENGTH);
  into.classFrom = bytesTake(cursor, CLASS, ID_LENGTH);
  into.sequence = numberTake(cursor, SEQUENCE, Infinity);
  into.securityVersion = numberTake(cursor, SECURITY, U32_MAX);
  into.digestFrom = bytesTake(cursor, DIGEST, DIGEST_LENGTH);
  into.issued = numberTake(cursor, ISSUED, Infinity);
  into.expires = -1;
  into.nonceLength = 0;
  // Of a single one the key says which it is: both are one byte.
  if (more === 2 || bytes[cursor.at] === EXPIRES) into.expires = numberTake(cursor, EXPIRES, Infinity);
  if (more === 2 || into.expires < 0) nonceTake(into, cursor);
  if (cursor.at !== cursor.end) cborFail(cursor, Err.Statement);
  return cursor.error;
}
