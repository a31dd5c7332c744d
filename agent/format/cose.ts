/**
 * Who signed the manifest: SUIT_Digest and COSE_Sign1 (RFC 9052 section 4), read strictly. What a verifier passes over
 * unread, an attacker may change: the unprotected header must be empty and the payload nil.
 */
import type { Crypto, Hash, Watchdog } from '../../hal/ports.ts';
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { SlowStep } from '../codes.ts';
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborEnter, cborFail, cborInt, cborLeave, cborString, cborTake, cursorOpen } from './cbor.ts';
import type { Envelope } from './envelope.ts';
import {
  BYTES,
  ARRAY,
  MAP,
  TAG,
  SIMPLE,
  NULL,
  DIGEST_LENGTH,
  AUTHENTICATION,
  MANIFEST,
  PLACE_ENDS,
  SIGNATURES_MAX,
  SIGNATURE_LENGTH,
  DIGEST_ARRAY_LENGTH,
  SHA_256,
  ED25519,
  ESP256,
  ES256,
  HSS_LMS,
  SIGN1_TAG,
} from './labels.ts';
import type { HssLms, Lms } from './lms.ts';

/** A trusted public key, and what it may speak for. At most ANCHORS_MAX of them. */
export interface Anchor {
  readonly keyId: Uint8Array;
  /** -19 Ed25519; -9 ESP256 (which also takes signatures labelled -7, ES256: the same mathematics); -46 HSS/LMS. */
  readonly algorithm: number;
  readonly key: Uint8Array;
  /** Left out: any vendor. */
  readonly vendor?: Uint8Array | undefined;
  /** Left out: any class. */
  readonly classId?: Uint8Array | undefined;
}

/** A bit mask of anchors is a 32-bit integer. */
export const ANCHORS_MAX = 31;
/** Bytes of scratch for a signature: a Sig_structure around a protected header of at most 77 bytes with its head. */
export const SIGNED_MAX = 128;

/** An array of four, and the text "Signature1". */
const SIGNED_HEAD: readonly number[] = [0x84, 0x6a, 83, 105, 103, 110, 97, 116, 117, 114, 101, 49];
/** An empty byte string, and the head of a byte string of 36. */
const SIGNED_MIDDLE: readonly number[] = [0x40, 0x58, DIGEST_ARRAY_LENGTH];

/** Reads a SUIT_Digest; its 32 bytes are at `cursor.from`. */
export function digestTake(cursor: Cursor): void {
  if (cborTake(cursor, ARRAY) !== 2) cborFail(cursor, cursor.shape);
  if (cborInt(cursor) !== SHA_256) cborFail(cursor, Err.AlgorithmUnknown);
  if (cborString(cursor, BYTES) !== DIGEST_LENGTH) cborFail(cursor, cursor.shape);
}

export interface Signature {
  algorithm: number;
  /** Its protected header, with the head. */
  headerFrom: number;
  headerTo: number;
  /** Key id; -1 when it names none. */
  keyFrom: number;
  keyLength: number;
  /** Where its bytes are, and how many: 64, but for HSS/LMS, whose key says. */
  at: number;
  length: number;
}

export function signatureNew(): Signature {
  return { algorithm: 0, headerFrom: 0, headerTo: 0, keyFrom: 0, keyLength: 0, at: 0, length: 0 };
}

/** What signatures are checked with: made once, at open. */
export interface Verifier {
  readonly crypto: Crypto;
  readonly hash: Hash;
  readonly anchors: readonly Anchor[];
  /** SIGNED_MAX bytes. */
  readonly scratch: Uint8Array;
  /** Only where an anchor is of HSS/LMS, which is verified here, over the board's SHA-256. */
  hssLms?: HssLms;
  lms?: Lms;
  /** Told before each signature. */
  watchdog?: Watchdog;
}

/**
 * Throws RangeError for an anchor of HSS/LMS without `hssLms`. `scratch`: SIGNED_MAX bytes, in which nothing of the caller's outlives a
 * signature.
 */
export function verifierNew(
  crypto: Crypto,
  anchors: readonly Anchor[],
  watchdog: Watchdog | undefined,
  hssLms?: HssLms,
  scratch?: Uint8Array,
): Verifier {
  const hash = crypto.sha256();
  let hashBased = false;
  for (let i = 0; i < anchors.length; i += 1) if (anchors[i]!.algorithm === HSS_LMS) hashBased = true;
  if (hashBased && !hssLms) throw new RangeError('config: an anchor of HSS/LMS, and no hssLms');
  const verifier: Verifier = {
    crypto: crypto,
    hash: hash,
    anchors: anchors,
    scratch: scratch ?? new Uint8Array(SIGNED_MAX),
  };
  if (watchdog) verifier.watchdog = watchdog;
  if (hashBased && hssLms) {
    verifier.hssLms = hssLms;
    verifier.lms = hssLms.open(hash, crypto.sha256());
  }
  return verifier;
}

export function headerTake(into: Signature, cursor: Cursor): boolean {
  into.headerFrom = cursor.at;
  const end = cborEnter(cursor);
  const fields = cborTake(cursor, MAP);
  let strict = (fields === 1 || fields === 2) && cborInt(cursor) === 1;
  into.algorithm = cborInt(cursor);
  into.keyFrom = -1;
  if (fields === 2) {
    strict = strict && cborInt(cursor) === 4;
    into.keyLength = cborString(cursor, BYTES);
    into.keyFrom = cursor.from;
  }
  // Before leaving: what else the header holds would there be a failure of CBOR.
  if (!strict) cborFail(cursor, Err.Signature);
  cborLeave(cursor, end);
  into.headerTo = cursor.at;
  return strict;
}

/** Reads a COSE_Sign1 up to its protected header: into its byte string, which ends where `cborLeave` is to be told. */
function signatureEnter(cursor: Cursor): number {
  const end = cborEnter(cursor);
  if (cborTake(cursor, TAG) !== SIGN1_TAG || cborTake(cursor, ARRAY) !== 4) cborFail(cursor, Err.Signature);
  return end;
}

/** And what is behind that header. */
function signatureLeave(into: Signature, cursor: Cursor, end: number): void {
  if (cborTake(cursor, MAP) !== 0 || cborTake(cursor, SIMPLE) !== NULL) cborFail(cursor, Err.Signature);
  into.length = cborString(cursor, BYTES);
  into.at = cursor.from;
  const long = into.algorithm === HSS_LMS;
  if (!(long || into.length === SIGNATURE_LENGTH)) cborFail(cursor, Err.Signature);
  cborLeave(cursor, end);
}

/** Builds the Sig_structure of `signature` over the digest array at `digest`. Returns its length, or -1: no room. */
function signedBuild(bytes: Uint8Array, signature: Signature, digest: number, scratch: Uint8Array): number {
  const length = signature.headerTo - signature.headerFrom;
  const middle = SIGNED_HEAD.length + length;
  const payload = middle + SIGNED_MIDDLE.length;
  const total = payload + DIGEST_ARRAY_LENGTH;
  if (!(total <= scratch.length)) return -1;
  for (let i = 0; i < SIGNED_HEAD.length; i += 1) scratch[i] = SIGNED_HEAD[i]!;
  for (let i = 0; i < SIGNED_MIDDLE.length; i += 1) scratch[middle + i] = SIGNED_MIDDLE[i]!;
  bytesCopy(bytes, signature.headerFrom, scratch, SIGNED_HEAD.length, length);
  bytesCopy(bytes, digest, scratch, payload, DIGEST_ARRAY_LENGTH);
  return total;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && bytesEqual(a, 0, b, 0, a.length);
}

/** Bit mask of the anchors with this key: one listed twice, for two scopes perhaps, is one signer. */
function anchorsOf(anchors: readonly Anchor[], key: Uint8Array): number {
  let mask = 0;
  for (let i = 0; i < anchors.length; i += 1) if (same(anchors[i]!.key, key)) mask |= 1 << i;
  return mask;
}

export function named(anchor: Anchor, bytes: Uint8Array, signature: Signature): boolean {
  const id = anchor.keyId;
  return (
    signature.keyFrom < 0 ||
    (signature.keyLength === id.length && bytesEqual(bytes, signature.keyFrom, id, 0, id.length))
  );
}

/** Whether the signature holds over the Sig_structure, the first `length` bytes of the scratch. */
export function holds(
  verifier: Verifier,
  anchor: Anchor,
  length: number,
  bytes: Uint8Array,
  signature: Signature,
): boolean {
  const message = verifier.scratch;
  const from = signature.at;
  const to = from + signature.length;
  if (anchor.algorithm === HSS_LMS) {
    const lms = verifier.lms;
    const hssLms = verifier.hssLms;
    return !!lms && !!hssLms && hssLms.verify(lms, anchor.key, message, length, bytes, from, to);
  }
  return verifier.crypto.verify(
    anchor.algorithm,
    anchor.key,
    message.subarray(0, length),
    bytes.subarray(from, to),
  );
}

/**
 * Tries the anchors that `signature` names, or all when it names none. Returns the bit mask of those it holds under,
 * 0 when it names an unknown key, or a code.
 */
function verify(envelope: Envelope, signature: Signature, digest: number, verifier: Verifier): number {
  const algorithm = signature.algorithm === ES256 ? ESP256 : signature.algorithm;
  const anchors = verifier.anchors;
  const watchdog = verifier.watchdog;
  const bytes = envelope.bytes;
  let code = signature.keyFrom < 0 ? Err.SignatureWrong : 0;
  for (let i = 0; i < anchors.length; i += 1) {
    const anchor = anchors[i]!;
    if (!named(anchor, bytes, signature)) continue;
    code = Err.SignatureWrong;
    if (anchor.algorithm !== algorithm) continue;
    const length = signedBuild(bytes, signature, digest, verifier.scratch);
    if (length < 0) return Err.Signature;
    if (watchdog && watchdog.announce) watchdog.announce(SlowStep.Signature);
    if (holds(verifier, anchor, length, bytes, signature)) return anchorsOf(anchors, anchor.key);
  }
  const known = algorithm === ED25519 || algorithm === ESP256 || algorithm === HSS_LMS;
  return code < 0 && !known ? Err.AlgorithmUnknown : code;
}

function keysCount(
  anchors: readonly Anchor[],
  mask: number,
  vendor: Uint8Array | undefined,
  classId: Uint8Array | undefined,
): number {
  let seen = 0;
  let count = 0;
  for (let i = 0; i < anchors.length; i += 1) {
    const anchor = anchors[i]!;
    if ((mask & ~seen & (1 << i)) === 0) continue;
    if (vendor && anchor.vendor && !same(anchor.vendor, vendor)) continue;
    if (classId && anchor.classId && !same(anchor.classId, classId)) continue;
    count += 1;
    seen |= anchorsOf(anchors, anchor.key);
  }
  return count;
}

/** Takes the digest of the manifest: over its byte string, with the head. */
export function manifestDigest(envelope: Envelope, hash: Hash): void {
  hash.begin();
  hash.update(envelope.bytes, envelope.places[MANIFEST]!, envelope.places[PLACE_ENDS + MANIFEST]!);
  hash.finish(envelope.manifestDigest);
}

/**
 * Whether at least `threshold` different anchors signed the manifest of `envelope`: 0, or a code. Reads nothing of the
 * manifest but its digest. Flat on purpose: below it lie the deepest calls of a boot.
 */
export function authenticate(envelope: Envelope, verifier: Verifier, threshold: number): number {
  const cursor = cursorOpen(envelope.bytes, envelope.places[AUTHENTICATION]!, envelope.to, Err.Envelope);
  envelope.signers = 0;
  cborEnter(cursor);
  const count = cborTake(cursor, ARRAY) - 1;
  let end = cborEnter(cursor);
  const digest = cursor.at;
  digestTake(cursor);
  cborLeave(cursor, end);
  if (cursor.error !== 0) return cursor.error;
  manifestDigest(envelope, verifier.hash);
  if (!bytesEqual(envelope.bytes, cursor.from, envelope.manifestDigest, 0, DIGEST_LENGTH))
    return Err.ManifestDigest;
  if (count < 1) return Err.NoSignature;
  if (!(count <= SIGNATURES_MAX)) return Err.Envelope;
  const signature = signatureNew();
  let mask = 0;
  cursor.shape = Err.Signature;
  for (let left = count; left > 0; left -= 1) {
    end = signatureEnter(cursor);
    headerTake(signature, cursor);
    signatureLeave(signature, cursor, end);
    if (cursor.error !== 0) return cursor.error;
    const held = verify(envelope, signature, digest, verifier);
    if (held < 0) return held;
    mask |= held;
  }
  if (cursor.at !== cursor.end) return Err.Cbor;
  if (mask === 0) return Err.SignatureWrong;
  if (!(keysCount(verifier.anchors, mask, undefined, undefined) >= threshold)) return Err.TooFewSignatures;
  envelope.signers = mask;
  return 0;
}

/** Whether at least `threshold` different anchors of `mask` may speak for this vendor and class: 0, or a code. */
export function anchorsCover(
  anchors: readonly Anchor[],
  mask: number,
  threshold: number,
  vendor: Uint8Array,
  classId: Uint8Array,
): number {
  return keysCount(anchors, mask, vendor, classId) >= threshold ? 0 : Err.AnchorScope;
}
