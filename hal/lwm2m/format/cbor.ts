/**
 * As much CBOR (RFC 8949) as SenML and single values need: heads, numbers, text, byte strings. Indefinite arrays and maps
 * are read, indefinite strings are not: their length cannot be capped before they are read.
 */
import { outputBig, outputByte, outputBytes } from './output.ts';
import type { Output } from './output.ts';
import { floatWrite } from './tlv.ts';
import { Kind, valueBytes, valueNumber } from './value.ts';
import type { Value } from './value.ts';

export const Major = {
  Unsigned: 0,
  Negative: 1,
  Bytes: 2,
  Text: 3,
  Array: 4,
  Map: 5,
  Tag: 6,
  Simple: 7,
} as const;

export const INDEFINITE = -2;
const BREAK = 0xff;
const TIME_TAG = 1;
/** Inside an item that is skipped. SenML does not nest. */
const DEPTH_MAX = 4;

export interface CborCursor {
  bytes: Uint8Array;
  at: number;
  end: number;
  /** Of the last head. */
  major: number;
  info: number;
  argument: number;
}

export function cborCursorNew(): CborCursor {
  return { bytes: new Uint8Array(0), at: 0, end: 0, major: 0, info: 0, argument: 0 };
}

export function cborPlace(cursor: CborCursor, bytes: Uint8Array, from: number, to: number): void {
  cursor.bytes = bytes;
  cursor.at = from;
  cursor.end = to;
}

/** Reads a head. False where it is cut off, reserved, or its argument above 2^53. */
export function cborHead(cursor: CborCursor): boolean {
  if (!(cursor.at < cursor.end)) return false;
  const head = cursor.bytes[cursor.at]!;
  cursor.major = head >> 5;
  cursor.info = head & 31;
  cursor.at += 1;
  cursor.argument = cursor.info;
  if (cursor.info < 24) return true;
  if (cursor.info === 31) {
    cursor.argument = INDEFINITE;
    return cursor.major === Major.Array || cursor.major === Major.Map || cursor.major === Major.Simple;
  }
  if (cursor.info > 27) return false;
  const count = 1 << (cursor.info - 24);
  if (!(count <= cursor.end - cursor.at)) return false;
  let argument = 0;
  for (let i = 0; i < count; i += 1) argument = argument * 256 + cursor.bytes[cursor.at + i]!;
  cursor.at += count;
  cursor.argument = argument;
  // The eight bytes of a float are no number to count with.
  return argument <= 9007199254740991 || cursor.major === Major.Simple;
}

/** Reads a head that has to be of that major type. */
export function cborOf(cursor: CborCursor, major: number): boolean {
  return cborHead(cursor) && cursor.major === major;
}

export function cborIsBreak(cursor: CborCursor): boolean {
  if (!(cursor.at < cursor.end && cursor.bytes[cursor.at] === BREAK)) return false;
  cursor.at += 1;
  return true;
}

/** Reads one item that is a value: a number, a boolean, text or bytes. False for any other. */
export function cborValue(cursor: CborCursor, into: Value): boolean {
  if (!cborHead(cursor)) return false;
  if (cursor.major === Major.Tag)
    return cursor.argument === TIME_TAG && cborHead(cursor) && numberOf(cursor, into);
  if (cursor.major === Major.Bytes || cursor.major === Major.Text) {
    const kind = cursor.major === Major.Bytes ? Kind.Opaque : Kind.String;
    if (!(cursor.argument <= cursor.end - cursor.at)) return false;
    valueBytes(into, kind, cursor.bytes, cursor.at, cursor.at + cursor.argument);
    cursor.at += cursor.argument;
    return true;
  }
  if (cursor.major === Major.Simple && (cursor.info === 20 || cursor.info === 21)) {
    valueNumber(into, Kind.Boolean, cursor.info - 20);
    return true;
  }
  return numberOf(cursor, into);
}

/** As above, of that kind. */
export function cborValueOf(cursor: CborCursor, into: Value, kind: number): boolean {
  return cborValue(cursor, into) && into.kind === kind;
}

/** Of the head that was just read. */
function numberOf(cursor: CborCursor, into: Value): boolean {
  let number = cursor.argument;
  if (cursor.major === Major.Negative) number = -1 - number;
  else if (cursor.major === Major.Simple) {
    if (!(cursor.info >= 25 && cursor.info <= 27)) return false;
    number = floatOf(cursor);
    // NaN and infinities are nothing that a resource can hold.
    if (!(number - number === 0)) return false;
  } else if (cursor.major !== Major.Unsigned) return false;
  valueNumber(into, Kind.Number, number);
  return true;
}

function floatOf(cursor: CborCursor): number {
  const count = 1 << (cursor.info - 24);
  const from = cursor.at - count;
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset + from, count);
  if (count === 8) return view.getFloat64(0);
  if (count === 4) return view.getFloat32(0);
  const half = view.getUint16(0);
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  let number = exponent === 31 ? Infinity : (fraction + 1024) * Math.pow(2, exponent - 25);
  if (exponent === 31 && fraction > 0) number = NaN;
  if (exponent === 0) number = fraction * Math.pow(2, -24);
  return half >= 0x8000 ? 0 - number : number;
}

/** Goes over one item of any kind. */
export function cborSkip(cursor: CborCursor, depth: number): boolean {
  if (!(depth < DEPTH_MAX) || !cborHead(cursor)) return false;
  if (cursor.major === Major.Tag) return cborSkip(cursor, depth + 1);
  if (cursor.major === Major.Bytes || cursor.major === Major.Text) {
    if (!(cursor.argument <= cursor.end - cursor.at)) return false;
    cursor.at += cursor.argument;
    return true;
  }
  if (cursor.major === Major.Simple) return cursor.info !== 31;
  if (cursor.major !== Major.Array && cursor.major !== Major.Map) return true;
  const open = cursor.argument === INDEFINITE;
  let left = open ? cursor.end : cursor.argument * (cursor.major === Major.Map ? 2 : 1);
  // Each item takes a byte at least: a count beyond that ends in a head that is not there.
  while (left > 0 && !(open && cborIsBreak(cursor))) {
    if (!cborSkip(cursor, depth + 1)) return false;
    left -= 1;
  }
  return true;
}

export function cborHeadWrite(out: Output, major: number, argument: number): void {
  const count =
    argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument <= 0xffffffff ? 4 : 8;
  const info = count === 0 ? argument : count === 1 ? 24 : count === 2 ? 25 : count === 4 ? 26 : 27;
  outputByte(out, (major << 5) | info);
  if (count > 0) outputBig(out, argument, count);
}

export function cborTextWrite(out: Output, text: string): void {
  cborHeadWrite(out, Major.Text, text.length);
  for (let i = 0; i < text.length; i += 1) outputByte(out, text.charCodeAt(i));
}

export function cborIntegerWrite(out: Output, number: number): void {
  if (number >= 0) cborHeadWrite(out, Major.Unsigned, number);
  else cborHeadWrite(out, Major.Negative, -1 - number);
}

/** A value without what says of which type it is; a time without its tag. */
export function cborValueWrite(out: Output, value: Value): void {
  if (value.kind === Kind.String || value.kind === Kind.Opaque) {
    cborHeadWrite(out, value.kind === Kind.String ? Major.Text : Major.Bytes, value.to - value.from);
    outputBytes(out, value.bytes, value.from, value.to);
  } else if (value.kind === Kind.Boolean) outputByte(out, value.number === 0 ? 0xf4 : 0xf5);
  else if (value.kind === Kind.ObjectLink) cborTextWrite(out, value.number + ':' + value.instance);
  else if (value.kind === Kind.Float) {
    const at = out.length;
    outputByte(out, 0xfa);
    floatWrite(out, value.number);
    if (out.length - at > 5) out.bytes[at] = 0xfb;
  } else cborIntegerWrite(out, value.number);
}
