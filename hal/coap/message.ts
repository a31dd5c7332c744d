/**
 * Reads a CoAP message where it lies (RFC 7252 section 3). Nothing is copied but the token.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---+---+-------+---------------+-------------------------------+
 *   | 1 | T |  TKL  |     code      |          message id           |
 *   +---+---+-------+---------------+-------------------------------+
 *   | token (TKL bytes) | options | 1 1 1 1 1 1 1 1 | payload       |
 *   +---------------------------------------------------------------+
 *
 * A message that was read is sound to its end: the cursor over its options checks no length again.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';

export const HEADER = 4;
export const TOKEN_MAX = 8;
/** Most options of one message. A path of ten segments, ten queries and all else that is registered stay below it. */
export const OPTIONS_MAX = 32;
const OPTION_NUMBER_MAX = 65535;
const VERSION = 1;
const MARKER = 0xff;
/** Nibbles of an option's head: the value follows in one byte, in two, or there is none. */
const IN_ONE = 13;
const IN_TWO = 14;
const RESERVED = 15;
const ONE_BASE = 13;
const TWO_BASE = 269;

export interface Message {
  type: number;
  code: number;
  id: number;
  readonly token: Uint8Array;
  tokenLength: number;
  /** The datagram, not a copy. */
  bytes: Uint8Array;
  /** Where it begins. */
  from: number;
  /** Options are bytes[options..payload-1], a payload marker included; the payload is bytes[payload..end-1]. */
  options: number;
  payload: number;
  end: number;
  /** Where it was read with; free for its reader afterwards. */
  readonly cursor: OptionCursor;
}

/** Walks over the options of a message; the value of the one it stands on is bytes[from..to-1]. */
export interface OptionCursor {
  bytes: Uint8Array;
  number: number;
  from: number;
  to: number;
  /** Where the options end. */
  end: number;
  /** What was wrong with the last head: `Ok`, or a code. */
  error: number;
}

export function messageNew(): Message {
  const none = new Uint8Array(0);
  return {
    type: 0,
    code: 0,
    id: 0,
    token: new Uint8Array(TOKEN_MAX),
    tokenLength: 0,
    bytes: none,
    from: 0,
    options: 0,
    payload: 0,
    end: 0,
    cursor: optionCursorNew(),
  };
}

export function optionCursorNew(): OptionCursor {
  return { bytes: new Uint8Array(0), number: 0, from: 0, to: 0, end: 0, error: Ok };
}

/**
 * Reads bytes[from..to-1] as one datagram. `Ok`, or `CoapMalformed`. Where four bytes are there, `type` and `id` are
 * filled in whatever it returns, so that a malformed confirmable message can be answered with a reset.
 */
export function messageRead(into: Message, bytes: Uint8Array, from: number, to: number): number {
  into.id = -1;
  if (!(to - from >= HEADER)) return Err.CoapMalformed;
  const first = bytes[from]!;
  // Of another version nothing is known, and no reset is sent (RFC 7252 section 3).
  if (first >> 6 !== VERSION) return Err.CoapMalformed;
  into.type = (first >> 4) & 3;
  into.id = (bytes[from + 2]! << 8) | bytes[from + 3]!;
  const tokenLength = first & 15;
  const code = bytes[from + 1]!;
  if (!(tokenLength <= TOKEN_MAX && tokenLength <= to - from - HEADER)) return Err.CoapMalformed;
  if (code === 0 && to - from !== HEADER) return Err.CoapMalformed;
  for (let i = 0; i < tokenLength; i += 1) into.token[i] = bytes[from + HEADER + i]!;
  into.tokenLength = tokenLength;
  into.code = code;
  into.from = from;
  return bodyRead(into, bytes, from + HEADER + tokenLength, to);
}

/** Reads options and payload only, which is also how the inside of an OSCORE message goes on behind its code. */
export function bodyRead(into: Message, bytes: Uint8Array, from: number, to: number): number {
  into.bytes = bytes;
  into.options = from;
  into.end = to;
  const cursor = into.cursor;
  cursorPlace(cursor, bytes, from, to);
  let count = 0;
  while (optionNext(cursor)) {
    count += 1;
    if (!(count <= OPTIONS_MAX)) return Err.CoapMalformed;
  }
  if (cursor.error < 0) return cursor.error;
  into.payload = cursor.to;
  if (cursor.to < to) {
    into.payload = cursor.to + 1;
    // A marker with nothing behind it is an error (RFC 7252 section 3).
    if (into.payload === to) return Err.CoapMalformed;
  }
  return Ok;
}

/** Stands before the first option and goes to it. False where there is none. */
export function optionFirst(cursor: OptionCursor, message: Message): boolean {
  cursorPlace(cursor, message.bytes, message.options, message.payload);
  return optionNext(cursor);
}

function cursorPlace(cursor: OptionCursor, bytes: Uint8Array, from: number, end: number): void {
  cursor.bytes = bytes;
  cursor.number = 0;
  cursor.from = from;
  cursor.to = from;
  cursor.end = end;
  cursor.error = Ok;
}

/** Goes to the next option. False at the end of them, `to` then being there, and where one is malformed. */
export function optionNext(cursor: OptionCursor): boolean {
  const bytes = cursor.bytes;
  let at = cursor.to;
  if (!(at < cursor.end) || bytes[at] === MARKER) return false;
  const head = bytes[at]!;
  at += 1;
  let delta = head >> 4;
  let length = head & 15;
  cursor.error = Err.CoapMalformed;
  const extra = extraBytes(delta) + extraBytes(length);
  if (delta === RESERVED || length === RESERVED || !(extra <= cursor.end - at)) return false;
  const deltaExtra = extraBytes(delta);
  if (deltaExtra > 0) delta = extraValue(bytes, at, deltaExtra);
  at += deltaExtra;
  const lengthExtra = extraBytes(length);
  if (lengthExtra > 0) length = extraValue(bytes, at, lengthExtra);
  at += lengthExtra;
  if (!(length <= cursor.end - at && cursor.number + delta <= OPTION_NUMBER_MAX)) return false;
  cursor.error = Ok;
  cursor.number += delta;
  cursor.from = at;
  cursor.to = at + length;
  return true;
}

function extraBytes(nibble: number): number {
  return nibble === IN_ONE ? 1 : nibble === IN_TWO ? 2 : 0;
}

function extraValue(bytes: Uint8Array, at: number, count: number): number {
  return count === 1 ? bytes[at]! + ONE_BASE : ((bytes[at]! << 8) | bytes[at + 1]!) + TWO_BASE;
}

/** Goes to the first option of that number. False where there is none. */
export function optionFind(cursor: OptionCursor, message: Message, number: number): boolean {
  let found = optionFirst(cursor, message);
  while (found && cursor.number < number) found = optionNext(cursor);
  return found && cursor.number === number;
}

/** Value of an option as a number (RFC 7252 section 3.2); -1 where it is longer than `most` bytes, at most 4. */
export function optionUint(cursor: OptionCursor, most: number): number {
  if (!(cursor.to - cursor.from <= most)) return -1;
  let value = 0;
  for (let i = cursor.from; i < cursor.to; i += 1) value = value * 256 + cursor.bytes[i]!;
  return value;
}

/** Number of the first critical option that is not in `known`; 0 where there is none. */
export function optionUnknown(cursor: OptionCursor, message: Message, known: readonly number[]): number {
  let there = optionFirst(cursor, message);
  while (there) {
    if ((cursor.number & 1) === 1 && known.indexOf(cursor.number) < 0) return cursor.number;
    there = optionNext(cursor);
  }
  return 0;
}

/** Whether the value of the option is that text, of ASCII. */
export function optionIs(cursor: OptionCursor, text: string): boolean {
  if (cursor.to - cursor.from !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (cursor.bytes[cursor.from + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

export function payloadLength(message: Message): number {
  return message.end - message.payload;
}
