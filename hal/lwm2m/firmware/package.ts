/**
 * The package inside what a server writes to resource 0. Servers disagree on how they put it there: as it is, under opaque
 * or under text/plain; in base64, as text/plain would have it; in TLV, CBOR or SenML, whose head comes in the first block.
 * What is in front of the package is taken off, what is behind it has to be what the head announced.
 */
import { base64New, base64Push, base64Whole } from '../format/base64.ts';
import type { Base64 } from '../format/base64.ts';
import { cborCursorNew, cborHead, cborOf, cborPlace, Major } from '../format/cbor.ts';
import { ContentFormat } from '../format/content-format.ts';
import { Label } from '../format/senml.ts';
import { Tlv, tlvCursorNew, tlvHeadRead, tlvPlace } from '../format/tlv.ts';

/** The length is not told in front: the last block ends the package. */
const OPEN = -1;
const PACKAGE = 0;

export interface Unwrapper {
  /** Bytes of the package still to come; `OPEN`. */
  left: number;
  /** Bytes that came of it. */
  length: number;
  base64: Base64 | undefined;
  /** The one byte of it, while there is no more: a package of NUL is a reset. */
  first: number;
  /** After this call the package is bytes[from..to-1]. */
  from: number;
  to: number;
}

export function unwrapperNew(): Unwrapper {
  return { left: OPEN, length: 0, base64: undefined, first: 0, from: 0, to: 0 };
}

/** Whether a package may come in that format. */
export function packageFormat(format: number): boolean {
  return format === ContentFormat.Opaque || format === ContentFormat.Text || packageWrapped(format);
}

function packageWrapped(format: number): boolean {
  return format === ContentFormat.Tlv || format === ContentFormat.Cbor || format === ContentFormat.SenmlCbor;
}

/** The first block: finds where the package begins in bytes[from..to-1]. False: it is not there. */
export function unwrapBegin(
  u: Unwrapper,
  format: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  u.left = OPEN;
  u.length = 0;
  u.base64 = undefined;
  let start = from;
  if (packageWrapped(format) && from < to) {
    start =
      format === ContentFormat.Tlv ? tlvStart(u, bytes, from, to) : cborStart(u, format, bytes, from, to);
    if (start < 0) return false;
  }
  // A bundle begins with a byte that no text has; so text/plain that is not base64 is told from text that is.
  if (format === ContentFormat.Text && from < to && bytes[from]! < 0x80 && bytes[from] !== 0)
    u.base64 = base64New();
  return unwrapNext(u, bytes, start, to);
}

/** A block: decodes it over itself where it is base64. False: not what was announced. */
export function unwrapNext(u: Unwrapper, bytes: Uint8Array, from: number, to: number): boolean {
  u.from = from;
  u.to = to;
  if (u.base64 && !base64Block(u, u.base64, bytes)) return false;
  if (u.left !== OPEN) {
    // The one thing that may follow is the break of an array or a map of indefinite length: too rare to be taken.
    if (!(u.to - u.from <= u.left)) return false;
    u.left -= u.to - u.from;
  }
  if (u.length === 0 && u.to > u.from) u.first = bytes[u.from]!;
  u.length += u.to - u.from;
  return true;
}

/** Whether it may end here. */
export function unwrapWhole(u: Unwrapper): boolean {
  return u.left <= 0 && (u.base64 === undefined || base64Whole(u.base64));
}

/** Whether all of it is nothing, or a NUL: the server resets the state machine. */
export function unwrapIsReset(u: Unwrapper): boolean {
  return u.length === 0 || (u.length === 1 && u.first === 0);
}

function base64Block(u: Unwrapper, state: Base64, bytes: Uint8Array): boolean {
  let at = u.from;
  for (let i = u.from; i < u.to; i += 1) {
    const byte = base64Push(state, bytes[i]!);
    if (byte === -2) return false;
    if (byte >= 0) {
      bytes[at] = byte;
      at += 1;
    }
  }
  u.to = at;
  return true;
}

function tlvStart(u: Unwrapper, bytes: Uint8Array, from: number, to: number): number {
  const cursor = tlvCursorNew();
  tlvPlace(cursor, bytes, from, to);
  const start = tlvHeadRead(cursor, from);
  if (start < 0 || cursor.kind !== Tlv.Resource || cursor.id !== PACKAGE) return -1;
  u.left = cursor.to - start;
  return start;
}

/** `h'...'`, or `[{-2: "...", 0: "...", 8: h'...'}]` with the value last, as it has to be to be streamed. */
function cborStart(u: Unwrapper, format: number, bytes: Uint8Array, from: number, to: number): number {
  const cursor = cborCursorNew();
  cborPlace(cursor, bytes, from, to);
  if (format === ContentFormat.SenmlCbor) {
    const one = cborOf(cursor, Major.Array) && cursor.argument === 1;
    if (!one) return -1;
    if (!cborOf(cursor, Major.Map)) return -1;
    for (let fields = cursor.argument; ; fields -= 1) {
      if (!(fields > 0) || !cborHead(cursor)) return -1;
      const label = cursor.argument;
      if (cursor.major === Major.Unsigned && label === Label.Data) {
        if (fields !== 1) return -1;
        break;
      }
      // Names: the request's own path says what is written.
      if (!cborOf(cursor, Major.Text) || !(cursor.argument <= to - cursor.at)) return -1;
      cursor.at += cursor.argument;
    }
  }
  if (!cborOf(cursor, Major.Bytes)) return -1;
  u.left = cursor.argument;
  return cursor.at;
}
