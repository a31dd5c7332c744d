/** The outermost map: where its parts lie. Nothing in here is authentic yet. docs/SPEC.md section 1. */
import { Err } from '../codes.ts';
import type { Cursor } from './cbor.ts';
import { Major, cborHead, cborOrder, cborString, cborTake, cursorOpen } from './cbor.ts';

export const ENVELOPE_MAX = 4096;
const PAYLOADS_MAX = 4;
/** Authentication wrapper, manifest, six severable elements, payloads. */
const ENTRIES_MAX = 8 + PAYLOADS_MAX;
const ENVELOPE_TAG = 107;
const HASH_SIGN = 0x23;
const DIGEST_LENGTH = 32;
/** Not an error, and never seen outside: the bytes so far end too early. */
const SHORT = 1;

/** Offsets are into `bytes`, which is the caller's and must not change while the envelope is in use. */
export interface Envelope {
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Content of the authentication wrapper's byte string. */
  authFrom: number;
  authTo: number;
  /** The manifest's byte string, with its head. */
  manifestFrom: number;
  manifestTo: number;
  /** Severed payload-fetch (16), install (20), text (23): start and end of the byte string with its head; 0 when none. */
  fetchFrom: number;
  fetchTo: number;
  installFrom: number;
  installTo: number;
  textFrom: number;
  textTo: number;
  /** Integrated payloads, four numbers each: key from, key to, content from, content to. */
  payloads: number[];
  /** Holds a severed element of a SUIT extension that this profile leaves out. */
  foreign: boolean;
  /** Set by `authenticate`: SHA-256 over the manifest with its head. */
  manifestDigest: Uint8Array;
  /** Set by `authenticate`: bit i for anchor i. */
  signers: number;
}

function openMap(cursor: Cursor): number {
  let major = cborHead(cursor);
  if (major === Major.Tag && cursor.value === ENVELOPE_TAG) major = cborHead(cursor);
  if (cursor.error === 0 && (major !== Major.Map || !(cursor.value <= ENTRIES_MAX)))
    cursor.error = Err.Envelope;
  return cursor.value;
}

function determine(cursor: Cursor, have: number): number {
  for (let left = openMap(cursor); left > 0; left -= 1) {
    const major = cborHead(cursor);
    if (major === Major.Text) cursor.at += cursor.value;
    else if (major > Major.Unsigned) return Err.Envelope;
    if (!(cursor.at <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
    const length = cborTake(cursor, Major.Bytes);
    cursor.at += length;
    if (cursor.error !== 0)
      return cursor.error === SHORT && have >= ENVELOPE_MAX ? Err.EnvelopeTooLong : cursor.error;
    if (!(cursor.at <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
  }
  return cursor.error === 0 ? cursor.at : cursor.error;
}

/** Length of the envelope that starts at byte 0, as soon as the first `have` bytes tell; 0: not yet; below: a code. */
export function envelopeLength(bytes: Uint8Array, have: number): number {
  const cursor = cursorOpen(bytes, 0, have, Err.Envelope);
  cursor.short = SHORT;
  const length = determine(cursor, have);
  return length === SHORT ? 0 : length;
}

export function envelopeNew(): Envelope {
  return {
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
    authFrom: 0,
    authTo: 0,
    manifestFrom: 0,
    manifestTo: 0,
    fetchFrom: 0,
    fetchTo: 0,
    installFrom: 0,
    installTo: 0,
    textFrom: 0,
    textTo: 0,
    payloads: [],
    foreign: false,
    manifestDigest: new Uint8Array(DIGEST_LENGTH),
    signers: 0,
  };
}

function element(into: Envelope, cursor: Cursor, key: number, head: number): void {
  if (key === 2) {
    into.authFrom = cursor.from;
    into.authTo = cursor.at;
  } else if (key === 3) {
    into.manifestFrom = head;
    into.manifestTo = cursor.at;
  } else if (key === 16) {
    into.fetchFrom = head;
    into.fetchTo = cursor.at;
  } else if (key === 20) {
    into.installFrom = head;
    into.installTo = cursor.at;
  } else if (key === 23) {
    into.textFrom = head;
    into.textTo = cursor.at;
  } else if (key === 14 || key === 15 || key === 18) into.foreign = true;
  else cursor.error = Err.Envelope;
}

function entry(into: Envelope, cursor: Cursor, last: number): void {
  const key = cursor.at;
  const major = cborHead(cursor);
  const label = cursor.value;
  const keyFrom = cursor.at;
  if (major === Major.Text) {
    cursor.at = key;
    cborString(cursor, Major.Text);
  }
  const head = cursor.at;
  cborOrder(cursor, last, key);
  cborString(cursor, Major.Bytes);
  if (cursor.error !== 0) return;
  if (major === Major.Unsigned) element(into, cursor, label, head);
  else if (
    major !== Major.Text ||
    into.bytes[keyFrom] !== HASH_SIGN ||
    into.payloads.length >= 4 * PAYLOADS_MAX
  )
    cursor.error = Err.Envelope;
  else into.payloads.push(keyFrom, head, cursor.from, cursor.at);
}

/** Finds the parts of the envelope in bytes from..to-1. Returns 0 or a code; after a code `into` means nothing. */
export function envelopeRead(into: Envelope, bytes: Uint8Array, from: number, to: number): number {
  if (!(to - from <= ENVELOPE_MAX)) return Err.EnvelopeTooLong;
  into.bytes = bytes;
  into.from = from;
  into.to = to;
  into.authTo = into.manifestTo = into.fetchTo = into.installTo = into.textTo = 0;
  into.fetchFrom = into.installFrom = into.textFrom = 0;
  into.payloads.length = 0;
  into.foreign = false;
  into.signers = 0;
  const cursor = cursorOpen(bytes, from, to, Err.Envelope);
  let last = -1;
  for (let left = openMap(cursor); left > 0 && cursor.error === 0; left -= 1) {
    const key = cursor.at;
    entry(into, cursor, last);
    last = key;
  }
  if (cursor.error !== 0) return cursor.error;
  if (cursor.at !== to) return Err.Cbor;
  return into.authTo > 0 && into.manifestTo > 0 ? 0 : Err.Envelope;
}
