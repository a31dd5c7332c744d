/**
 * Writes a CoAP message into a buffer that is there already (RFC 7252 section 3). What does not fit, or comes out of
 * order, sets `overflow` and is left out: a caller looks once, at the end.
 */
import { HEADER, TOKEN_MAX } from './message.ts';

const VERSION = 1;
const MARKER = 0xff;
const ONE_BASE = 13;
const TWO_BASE = 269;
const TWO_MAX = TWO_BASE + 0xffff;

export interface Writer {
  readonly bytes: Uint8Array;
  /** So many bytes of the message so far. */
  length: number;
  /** Something did not fit, or stood out of order. */
  overflow: boolean;
  /** Number of the last option; its successors count from there. */
  option: number;
  /** The payload is begun: no option may follow. */
  payload: boolean;
}

export function writerNew(bytes: Uint8Array): Writer {
  return { bytes: bytes, length: 0, overflow: false, option: 0, payload: false };
}

/** Begins anew, without a header: what stands inside an OSCORE message has none. */
export function writerReset(w: Writer): void {
  w.length = 0;
  w.overflow = false;
  w.option = 0;
  w.payload = false;
}

/** Begins a message. */
export function writeHeader(
  w: Writer,
  type: number,
  code: number,
  id: number,
  token: Uint8Array,
  tokenLength: number,
): void {
  writerReset(w);
  if (!(tokenLength <= TOKEN_MAX && HEADER + tokenLength <= w.bytes.length)) {
    w.overflow = true;
    return;
  }
  w.bytes[0] = (VERSION << 6) | (type << 4) | tokenLength;
  w.bytes[1] = code;
  w.bytes[2] = id >> 8;
  w.bytes[3] = id;
  for (let i = 0; i < tokenLength; i += 1) w.bytes[HEADER + i] = token[i]!;
  w.length = HEADER + tokenLength;
}

export function writeByte(w: Writer, value: number): void {
  if (!(w.length < w.bytes.length)) {
    w.overflow = true;
    return;
  }
  w.bytes[w.length] = value;
  w.length += 1;
}

function extended(value: number): number {
  return value < ONE_BASE ? value : value < TWO_BASE ? 13 : 14;
}

function writeExtended(w: Writer, value: number): void {
  if (value < ONE_BASE) return;
  if (value < TWO_BASE) {
    writeByte(w, value - ONE_BASE);
    return;
  }
  writeByte(w, (value - TWO_BASE) >> 8);
  writeByte(w, (value - TWO_BASE) & 0xff);
}

/** Head of an option of `length` bytes, which the caller writes behind it. Options come in order of their numbers. */
export function writeOptionHead(w: Writer, number: number, length: number): boolean {
  const delta = number - w.option;
  if (w.payload || !(delta >= 0 && delta <= TWO_MAX && length <= TWO_MAX)) {
    w.overflow = true;
    return false;
  }
  const head =
    1 +
    (delta < ONE_BASE ? 0 : delta < TWO_BASE ? 1 : 2) +
    (length < ONE_BASE ? 0 : length < TWO_BASE ? 1 : 2);
  if (!(w.length + head + length <= w.bytes.length)) {
    w.overflow = true;
    return false;
  }
  writeByte(w, (extended(delta) << 4) | extended(length));
  writeExtended(w, delta);
  writeExtended(w, length);
  w.option = number;
  return true;
}

/** An option whose value is bytes[from..to-1]. */
export function writeOption(w: Writer, number: number, bytes: Uint8Array, from: number, to: number): void {
  if (!writeOptionHead(w, number, to - from)) return;
  for (let i = from; i < to; i += 1) writeByte(w, bytes[i]!);
}

/** An option whose value is a number, in as few bytes as it takes: none for 0 (RFC 7252 section 3.2). */
export function writeUint(w: Writer, number: number, value: number): void {
  let length = 0;
  let scale = 1;
  while (scale <= value) {
    length += 1;
    scale *= 256;
  }
  if (!writeOptionHead(w, number, length)) return;
  for (let i = 0; i < length; i += 1) {
    scale /= 256;
    writeByte(w, (value / scale) & 0xff);
  }
}

/** An option whose value is text; of ASCII, as a path or a query that is percent-encoded is. */
export function writeText(w: Writer, number: number, text: string): void {
  if (!writeOptionHead(w, number, text.length)) return;
  for (let i = 0; i < text.length; i += 1) writeByte(w, text.charCodeAt(i));
}

/** Adds to the payload; the marker goes before its first byte, and nothing is written for none. */
export function writePayload(w: Writer, bytes: Uint8Array, from: number, to: number): void {
  if (!(from < to)) return;
  if (!(w.length + (w.payload ? 0 : 1) + to - from <= w.bytes.length)) {
    w.overflow = true;
    return;
  }
  if (!w.payload) writeByte(w, MARKER);
  w.payload = true;
  for (let i = from; i < to; i += 1) writeByte(w, bytes[i]!);
}
