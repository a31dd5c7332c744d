/** What an authenticated manifest says for this device. docs/SPEC.md section 1.1. */
import type { Hash } from '../../hal/ports.ts';
import { bytesCopy, bytesEqual } from '../bytes.ts';
import * as Err from '../err.ts';
import {
  cborEnter,
  cborFail,
  cborInt,
  cborLeave,
  cborOrder,
  cborSkip,
  cborTake,
  cursorOpen,
} from './cbor.ts';
import { digestTake } from './cose.ts';
import type { Envelope } from './envelope.ts';
import type { Run } from './sequence.ts';
import { sequence } from './sequence.ts';
import {
  UNSIGNED,
  ARRAY,
  MAP,
  DIGEST_LENGTH,
  DIGESTS,
  DIGESTS_AT,
  MANIFEST,
  FOREIGN,
  PLACE_ELEMENTS,
  PLACE_ENDS,
  PLACE_VALUES,
  SHARED,
  VALIDATE,
  INVOKE,
  PAYLOAD_FETCH,
  INSTALL,
  VERSION,
  SEQUENCE,
  COMMON,
  TEXTS,
  COMPONENTS,
} from './labels.ts';

/** [h'00'], the component of the examples in SUIT draft-37. */
const DEFAULT_COMPONENT: readonly number[] = [0x81, 0x41, 0x00];

/** The device a manifest is held against. */
export interface Target {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  /** The SUIT component identifier of the image, in CBOR. Default: DEFAULT_COMPONENT. */
  readonly component?: ArrayLike<number> | undefined;
  /** The slot the image is for, 0 or 1. */
  slot: number;
  /** Seconds since 1970; -1 where no clock is trusted, and expiry is not evaluated. */
  now: number;
  /** What is known of the image that runs: labels.ts `BASE_...`; and its digest, where it is. */
  base?: number | undefined;
  baseDigest?: Uint8Array | undefined;
}

/** Nothing in it refers to the caller's bytes but the offsets into `envelope.bytes`. */
export interface Manifest {
  sequence: number;
  securityVersion: number;
  /** -1: not said. */
  minimumSecurityVersion: number;
  imageSize: number;
  imageDigest: Uint8Array;
  /** 0 plain, 1 framed, 2 patch. */
  format: number;
  /** Of a framed payload the root of its index, of a patch the digest of its first piece; else zeros. */
  indexRoot: Uint8Array;
  payloadSize: number;
  /** How far a frame may reach back, in bytes; 0 for a plain payload. */
  window: number;
  /** Bytes of a patch's first piece, else 0. */
  firstPiece: number;
  /** The patch needs no base. */
  baseless: boolean;
  uriFrom: number;
  uriTo: number;
  /** Bytes of plaintext in a piece of an encrypted payload; 0: it is not encrypted. */
  encryptedPiece: number;
  /** The COSE_Encrypt of its content key. */
  encryptionFrom: number;
  encryptionTo: number;
  /** The payload inside the envelope; 0 and 0 when there is none. */
  integratedFrom: number;
  integratedTo: number;
  manifestDigest: Uint8Array;
  /** Seconds since 1970; -1: never. */
  expiry: number;
  /** Smaller is more urgent; -1: not said. */
  priority: number;
}

/** By key, whether the profile takes the element. */
const KEYS: readonly number[] = [0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1];
/** Place of the shared sequence among the elements: no element has that key. */
const SHARED_PLACE = 0;

function clear(into: Manifest): void {
  into.sequence = into.securityVersion = into.imageSize = into.format = into.payloadSize = into.window = 0;
  into.firstPiece = into.encryptedPiece = into.encryptionFrom = into.encryptionTo = 0;
  into.baseless = false;
  into.uriFrom = into.uriTo = into.integratedFrom = into.integratedTo = 0;
  into.minimumSecurityVersion = into.expiry = into.priority = -1;
  into.imageDigest.fill(0);
  into.indexRoot.fill(0);
}

/** `envelope`: where the manifest is always read from the same one, whose bytes it then shares. */
export function manifestNew(envelope?: Envelope): Manifest {
  const bytes = envelope
    ? new Uint8Array(envelope.places.buffer, DIGESTS_AT, DIGESTS)
    : new Uint8Array(DIGESTS);
  const into = {
    imageDigest: bytes.subarray(DIGEST_LENGTH, 2 * DIGEST_LENGTH),
    indexRoot: bytes.subarray(2 * DIGEST_LENGTH),
    manifestDigest: envelope ? envelope.manifestDigest : bytes.subarray(0, DIGEST_LENGTH),
  } as Manifest;
  clear(into);
  return into;
}

/** The map of elements: notes by key, from PLACE_ELEMENTS on, where each value starts; 0 when it is missing. */
function elements(run: Run): void {
  const cursor = run.cursor;
  const places = run.envelope.places;
  const end = cborEnter(cursor);
  let last = -1;
  for (let left = cborTake(cursor, MAP); left > 0 && cursor.error === 0; left -= 1) {
    const start = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, start);
    last = start;
    if (KEYS[key] !== 1) cborFail(cursor, Err.ManifestKey);
    else places[PLACE_ELEMENTS + key] = cursor.at;
    if (key === VERSION) {
      if (cborTake(cursor, UNSIGNED) !== 1) cborFail(cursor, Err.ManifestVersion);
    } else if (key === SEQUENCE) run.into.sequence = cborTake(cursor, UNSIGNED);
    else cborSkip(cursor);
  }
  cborLeave(cursor, end);
  for (let key = VERSION; key <= COMMON; key += 1)
    if (!(elementAt(run, key) > 0)) cborFail(cursor, Err.Manifest);
}

function elementAt(run: Run, key: number): number {
  return run.envelope.places[PLACE_ELEMENTS + key]!;
}

/** The common element: one component, and it is ours. Notes at SHARED_PLACE where the shared sequence is. */
function common(run: Run): void {
  const cursor = run.cursor;
  const component = run.target.component ?? DEFAULT_COMPONENT;
  let last = -1;
  let ours = false;
  cursor.at = elementAt(run, COMMON);
  const end = cborEnter(cursor);
  for (let left = cborTake(cursor, MAP); left > 0 && cursor.error === 0; left -= 1) {
    const start = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, start);
    last = start;
    let from = cursor.at;
    if (key === COMPONENTS) {
      const single = cborTake(cursor, ARRAY) === 1;
      from = cursor.at;
      if (single) cborSkip(cursor);
      ours =
        single &&
        cursor.at - from === component.length &&
        bytesEqual(cursor.bytes, from, component, 0, component.length);
      if (!ours) cborFail(cursor, Err.Component);
    } else if (key === SHARED) {
      run.envelope.places[PLACE_ELEMENTS + SHARED_PLACE] = from;
      cborSkip(cursor);
    } else cborFail(cursor, Err.ManifestKey);
  }
  cborLeave(cursor, end);
  if (!ours) cborFail(cursor, Err.Component);
  cursor.end = run.envelope.to;
}

/**
 * Where the severable element `key` really is: in the manifest, or, when there is but its digest, in the envelope; 0:
 * nowhere, -1: severed and gone. One in the envelope that no digest binds is not authentic.
 */
function severable(run: Run, key: number, hash: Hash): number {
  const cursor = run.cursor;
  const from = run.envelope.places[key]!;
  const place = elementAt(run, key);
  if (place === 0 || cursor.bytes[place]! >> 5 !== ARRAY) {
    if (from > 0) cborFail(cursor, Err.Severed);
    return place;
  }
  cursor.at = place;
  digestTake(cursor);
  if (cursor.error !== 0 || from === 0) return -1;
  const digest = run.into.indexRoot; // not in use before the fetch
  hash.begin();
  hash.update(cursor.bytes, from, run.envelope.places[PLACE_ENDS + key]!);
  hash.finish(digest);
  if (!bytesEqual(cursor.bytes, cursor.from, digest, 0, DIGEST_LENGTH)) cborFail(cursor, Err.Severed);
  digest.fill(0);
  return from;
}

function runNew(into: Manifest, envelope: Envelope, target: Target): Run {
  const places = envelope.places;
  places.fill(0, PLACE_ELEMENTS, PLACE_VALUES);
  places.fill(-1, PLACE_VALUES);
  clear(into);
  bytesCopy(envelope.manifestDigest, 0, into.manifestDigest, 0, DIGEST_LENGTH);
  return {
    into,
    envelope,
    target,
    cursor: cursorOpen(envelope.bytes, places[MANIFEST]!, places[PLACE_ENDS + MANIFEST]!, Err.Manifest),
    section: 0,
    depth: 0,
    dry: false,
    vendor: false,
    classId: false,
    fetched: false,
    matched: false,
    based: false,
    baseless: false,
  };
}

/** Finds the sequences: then each place of an element says where it really is, and SHARED_PLACE where the shared one. */
function sequencesFind(run: Run, hash: Hash): void {
  const places = run.envelope.places;
  const fetching = severable(run, PAYLOAD_FETCH, hash);
  const install = severable(run, INSTALL, hash);
  severable(run, TEXTS, hash);
  if (fetching < 0 || install < 0) cborFail(run.cursor, Err.Severed);
  if (places[FOREIGN]! > 0) cborFail(run.cursor, Err.ManifestKey);
  places[PLACE_ELEMENTS + PAYLOAD_FETCH] = fetching;
  places[PLACE_ELEMENTS + INSTALL] = install;
}

/** Reads what the manifest of `envelope`, which must have been authenticated, is made of. To be run: `manifestRun`. */
export function manifestOpen(into: Manifest, envelope: Envelope, target: Target, hash: Hash): Run {
  const run = runNew(into, envelope, target);
  elements(run);
  common(run);
  sequencesFind(run, hash);
  return run;
}

/** In the order in which they are run, each behind the shared sequence. */
const SECTIONS: readonly number[] = [PAYLOAD_FETCH, INSTALL, VALIDATE];

/**
 * Runs a manifest. Returns 0 or a code; after a code what it was to be read into means nothing. Flat on purpose, as
 * `sequence`.
 */
export function manifestRun(run: Run): number {
  for (let i = 0; i < SECTIONS.length; i += 1) {
    const section = SECTIONS[i]!;
    if (section === PAYLOAD_FETCH && elementAt(run, section) === 0) continue;
    sequence(run, SHARED, elementAt(run, SHARED_PLACE));
    sequence(run, section, elementAt(run, section));
    if (section === INSTALL && !run.fetched) cborFail(run.cursor, Err.NothingToInstall);
  }
  if (!run.matched) cborFail(run.cursor, Err.CheckMissing);
  run.dry = true;
  sequence(run, INVOKE, elementAt(run, INVOKE));
  return run.cursor.error;
}

/** Both, for who has stack enough. */
export function manifestRead(into: Manifest, envelope: Envelope, target: Target, hash: Hash): number {
  return manifestRun(manifestOpen(into, envelope, target, hash));
}
