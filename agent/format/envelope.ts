/** The outermost map: where its parts lie. Nothing in here is authentic yet. docs/SPEC.md section 1. */
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborFail, cborHead, cborOrder, cborString, cborTake, cursorOpen } from './cbor.ts';
import {
  UNSIGNED,
  BYTES,
  TEXT,
  MAP,
  TAG,
  ENVELOPE_MAX,
  DIGEST_LENGTH,
  DIGESTS_AT,
  FOUND_LENGTH,
  HASH_SIGN,
  AUTHENTICATION,
  MANIFEST,
  FOREIGN,
  PAYLOADS_MAX,
  PLACES_LENGTH,
  PLACE_ENDS,
  ENVELOPE_ENTRIES_MAX,
  ENVELOPE_TAG,
} from './labels.ts';

/** Not an error, and never seen outside: the bytes so far end too early. */
const SHORT = 1;

/**
 * By key, what may stand there: 1 an element of the profile, 2 a severed one of the SUIT extensions (CoSWID,
 * dependency resolution, candidate verification), which the manifest will be refused for.
 */
const ELEMENTS: readonly number[] = [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 1, 0, 2, 0, 1, 0, 0, 1];

/** Offsets are into `bytes`, which is the caller's and must not change while the envelope is in use. */
export interface Envelope {
  bytes: Uint8Array;
  to: number;
  /**
   * By key, where the element's byte string starts, with its head; 0 when missing. In FOREIGN any of an extension. From
   * PLACE_ENDS on where it ends. What follows is the manifest's: labels.ts.
   */
  readonly places: Int16Array;
  /** Integrated payloads, four numbers each: key from, key to, content from, content to. */
  payloads: number[];
  /** Set by `authenticate`: SHA-256 over the manifest with its head. */
  manifestDigest: Uint8Array;
  /** Set by `authenticate`: bit i for anchor i. */
  signers: number;
}

function openMap(cursor: Cursor): number {
  let major = cborHead(cursor);
  if (major === TAG && cursor.value === ENVELOPE_TAG) major = cborHead(cursor);
  if (major !== MAP || !(cursor.value <= ENVELOPE_ENTRIES_MAX)) cborFail(cursor, Err.Envelope);
  return cursor.value;
}

/** Walks the map as far as the bytes go. Returns its end, which may lie beyond them, or SHORT, or a code. */
function extent(cursor: Cursor): number {
  for (let left = openMap(cursor); left > 0 && cursor.error === 0; left -= 1) {
    const major = cborHead(cursor);
    if (major === TEXT) cursor.at += cursor.value;
    else if (major > UNSIGNED) cborFail(cursor, Err.Envelope);
    if (!(cursor.at <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
    const length = cborTake(cursor, BYTES);
    cursor.at += length;
    if (!(cursor.at <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
  }
  return cursor.error === 0 ? cursor.at : cursor.error;
}

/** Length of the envelope that starts at byte 0, as soon as the first `have` bytes tell; 0: not yet; below: a code. */
export function envelopeLength(bytes: Uint8Array, have: number): number {
  const cursor = cursorOpen(bytes, 0, have, Err.Envelope);
  cursor.short = have < ENVELOPE_MAX ? SHORT : Err.EnvelopeTooLong;
  const length = extent(cursor);
  return cursor.error === SHORT ? 0 : length;
}

/**
 * `bytes`: where envelopes will be read, as a rule. Beside what is found in one, the same array has the digests of its
 * manifest: `manifestNew`.
 */
export function envelopeNew(bytes?: Uint8Array): Envelope {
  const found = new Uint8Array(FOUND_LENGTH);
  return {
    bytes: bytes ?? found,
    to: 0,
    places: new Int16Array(found.buffer, 0, PLACES_LENGTH),
    payloads: [],
    manifestDigest: found.subarray(DIGESTS_AT, DIGESTS_AT + DIGEST_LENGTH),
    signers: 0,
  };
}

/** Reads one entry of the map, whose predecessor started at `last`. */
function entry(into: Envelope, cursor: Cursor, last: number): void {
  const key = cursor.at;
  const major = cborHead(cursor);
  const label = cursor.value;
  const keyFrom = cursor.at;
  if (major === TEXT) {
    cursor.at = key;
    cborString(cursor, TEXT);
  }
  const head = cursor.at;
  cborOrder(cursor, last, key);
  cborString(cursor, BYTES);
  if (cursor.error !== 0) return;
  const element = major === UNSIGNED ? ELEMENTS[label] : 0;
  if (element) {
    const place = element === 1 ? label : FOREIGN;
    into.places[place] = head;
    into.places[PLACE_ENDS + place] = cursor.at;
  } else if (major === TEXT && into.bytes[keyFrom] === HASH_SIGN && into.payloads.length < 4 * PAYLOADS_MAX)
    into.payloads.push(keyFrom, head, cursor.from, cursor.at);
  else cborFail(cursor, Err.Envelope);
}

/** Finds the parts of the envelope in bytes from..to-1. Returns 0 or a code; after a code `into` means nothing. */
export function envelopeRead(into: Envelope, bytes: Uint8Array, from: number, to: number): number {
  if (!(to - from <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
  into.bytes = bytes;
  into.to = to;
  into.places.fill(0);
  into.payloads.length = 0;
  into.signers = 0;
  const cursor = cursorOpen(bytes, from, to, Err.Envelope);
  let last = -1;
  for (let left = openMap(cursor); left > 0 && cursor.error === 0; left -= 1) {
    const key = cursor.at;
    entry(into, cursor, last);
    last = key;
  }
  if (!(into.places[AUTHENTICATION]! > 0 && into.places[MANIFEST]! > 0)) cborFail(cursor, Err.Envelope);
  if (cursor.at !== to) cborFail(cursor, Err.Cbor);
  return cursor.error;
}
