/**
 * TLV, content format 11542 (LwM2M 1.1 core 7.4.3).
 *
 *     7   6   5   4   3   2   1   0
 *   +---+---+---+---+---+---+---+---+-------------+------------------+- - - - -+
 *   | kind  |id | length|  length   | identifier  | length           | value   |
 *   |       |16 | bytes | if none   | 1 or 2 byte | 0 to 3 byte      |         |
 *   +---+---+---+---+---+---+---+---+-------------+------------------+- - - - -+
 *
 * Object instances hold resources, a multiple resource holds resource instances; nothing else nests.
 */
import { outputBig, outputByte, outputBytes, outputOpenGap } from './output.ts';
import type { Output } from './output.ts';
import { Kind } from './value.ts';
import type { Value } from './value.ts';

export const Tlv = { ObjectInstance: 0, ResourceInstance: 1, Multiple: 2, Resource: 3 } as const;

export interface TlvCursor {
  bytes: Uint8Array;
  /** Of the item it stands on. */
  kind: number;
  id: number;
  /** Its value is bytes[from..to-1]. */
  from: number;
  to: number;
  end: number;
}

export function tlvCursorNew(): TlvCursor {
  return { bytes: new Uint8Array(0), kind: 0, id: 0, from: 0, to: 0, end: 0 };
}

/** Stands before the first item of bytes[from..to-1]. */
export function tlvPlace(cursor: TlvCursor, bytes: Uint8Array, from: number, to: number): void {
  cursor.bytes = bytes;
  cursor.to = from;
  cursor.end = to;
}

/** Reads the head at `at`: where the value begins, or -1; `to` may lie behind the end, for who streams the value. */
export function tlvHeadRead(cursor: TlvCursor, at: number): number {
  const head = cursor.bytes[at]!;
  const idBytes = (head & 0x20) === 0 ? 1 : 2;
  const lengthBytes = (head >> 3) & 3;
  if (!(at + 1 + idBytes + lengthBytes <= cursor.end)) return -1;
  let next = at + 1;
  cursor.kind = head >> 6;
  cursor.id = big(cursor.bytes, next, idBytes);
  next += idBytes;
  const length = lengthBytes === 0 ? head & 7 : big(cursor.bytes, next, lengthBytes);
  cursor.from = next + lengthBytes;
  cursor.to = cursor.from + length;
  return cursor.from;
}

function big(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) value = value * 256 + bytes[i]!;
  return value;
}

/** 1: stands on the next item; 0: there is none; -1: malformed. */
export function tlvNext(cursor: TlvCursor): number {
  if (cursor.to === cursor.end) return 0;
  const at = cursor.to;
  if (!(at < cursor.end) || tlvHeadRead(cursor, at) < 0) return -1;
  return cursor.to <= cursor.end ? 1 : -1;
}

const lengthBytesOf = (length: number): number =>
  length < 8 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;

/** Puts the head before what was written from `at` on. */
export function tlvEnd(out: Output, at: number, kind: number, id: number): void {
  const length = out.length - at;
  const lengthBytes = lengthBytesOf(length);
  const idBytes = id < 0x100 ? 1 : 2;
  if (!outputOpenGap(out, at, 1 + idBytes + lengthBytes)) return;
  const end = out.length;
  out.length = at;
  const wide = idBytes === 2 ? 0x20 : 0;
  outputByte(out, (kind << 6) | wide | (lengthBytes << 3) | (lengthBytes === 0 ? length : 0));
  outputBig(out, id, idBytes);
  outputBig(out, length, lengthBytes);
  out.length = end;
}

/** One resource, or one instance of a multiple one. */
export function tlvValue(out: Output, kind: number, id: number, value: Value): void {
  const at = out.length;
  if (value.kind === Kind.String || value.kind === Kind.Opaque) {
    outputBytes(out, value.bytes, value.from, value.to);
  } else if (value.kind === Kind.Float) floatWrite(out, value.number);
  else if (value.kind === Kind.Boolean) outputByte(out, value.number);
  else if (value.kind === Kind.ObjectLink) {
    outputBig(out, value.number, 2);
    outputBig(out, value.instance, 2);
  } else outputBig(out, value.number, integerBytes(value.number));
  tlvEnd(out, at, kind, id);
}

function integerBytes(value: number): number {
  if (value >= -0x80 && value <= 0x7f) return 1;
  if (value >= -0x8000 && value <= 0x7fff) return 2;
  return value >= -0x80000000 && value <= 0x7fffffff ? 4 : 8;
}

/** In four bytes where they hold it exactly. */
export function floatWrite(out: Output, number: number): void {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, number);
  const short = view.getFloat32(0) === number;
  if (!short) view.setFloat64(0, number);
  outputBytes(out, bytes, 0, short ? 4 : 8);
}
