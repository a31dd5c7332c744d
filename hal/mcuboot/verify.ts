/**
 * Whether an image of MCUboot is whole, and signed with a key that is trusted: asked before the bootloader is, which
 * answers no by erasing the slot.
 *
 * A signature TLV counts for the key whose KEYHASH is the last one before it, and only once. Every signature of a
 * trusted key must hold, and at least one must be there; those of other keys are passed over. MCUboot goes by the last
 * signature of a key that it knows, and differs for an image that has several.
 */
import { More, Ok, SlowStep } from '../../agent/codes.ts';
import { bytesCopy, bytesEqual, readU32 } from '../../agent/bytes.ts';
import * as Err from '../../agent/err.ts';
import { flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import type { Crypto, Hash } from '../ports.ts';
import { DER_MAX, derSignature } from './der.ts';
import { imageNew, imageRead, imageSigned, Tlv, tlvBegin, tlvNew, tlvNext, tlvValue } from './image.ts';
import type { McubootImage, TlvCursor } from './image.ts';

const ED25519 = -19;
const ESP256 = -9;
const DIGEST = 32;
const SIGNATURE = 64;
const SCRATCH = 256;

/** SubjectPublicKeyInfo up to the key's own bytes (RFC 8410 section 4, RFC 5480 section 2): KEYHASH is over all of it. */
const SPKI_ED25519: readonly number[] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const SPKI_P256: readonly number[] = [
  0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
  7, 3, 0x42, 0,
];

/** A key as anchors have it: -19 Ed25519 with 32 bytes, -9 P-256 with 65. */
export interface McubootKey {
  readonly algorithm: number;
  readonly key: Uint8Array;
}

export interface ImageVerifier {
  readonly crypto: Crypto;
  readonly hash: Hash;
  readonly keys: readonly McubootKey[];
  readonly keyHashes: readonly Uint8Array[];
  readonly image: McubootImage;
  readonly cursor: TlvCursor;
  readonly scratch: Uint8Array;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  /** Security counter of the image; -1: it has none. */
  counter: number;
  /** What the digest is over up to here. */
  done: number;
}

function keyHash(hash: Hash, key: McubootKey): Uint8Array {
  const head = key.algorithm === ED25519 ? SPKI_ED25519 : SPKI_P256;
  const right = key.algorithm === ED25519 ? key.key.length === 32 : key.key.length === 65;
  if (!(right && (key.algorithm === ED25519 || key.algorithm === ESP256)))
    throw new RangeError(`mcuboot: a key of algorithm ${key.algorithm} with ${key.key.length} bytes`);
  const whole = new Uint8Array(head.length + key.key.length);
  for (let i = 0; i < head.length; i++) whole[i] = head[i]!;
  bytesCopy(key.key, 0, whole, head.length, key.key.length);
  const digest = new Uint8Array(DIGEST);
  hash.begin();
  hash.update(whole, 0, whole.length);
  hash.finish(digest);
  return digest;
}

/** Without `keys` the digest is all that is asked for. Throws RangeError for a key that is none. */
export function verifierOpen(crypto: Crypto, keys: readonly McubootKey[]): ImageVerifier {
  const hash = crypto.sha256();
  const keyHashes: Uint8Array[] = [];
  for (const key of keys) keyHashes.push(keyHash(hash, key));
  return {
    crypto: crypto,
    hash: hash,
    keys: keys,
    keyHashes: keyHashes,
    image: imageNew(),
    cursor: tlvNew(),
    scratch: new Uint8Array(SCRATCH),
    digest: new Uint8Array(DIGEST),
    signature: new Uint8Array(SIGNATURE),
    counter: -1,
    done: 0,
  };
}

/** Reads the image at the start of `flash`; {@link verifyStep} goes on. */
export function verifyBegin(verifier: ImageVerifier, flash: Flash): number {
  verifier.done = 0;
  verifier.counter = -1;
  verifier.hash.begin();
  return imageRead(flash, verifier.image, verifier.scratch);
}

function verifyAlgorithm(verifier: ImageVerifier, flash: Flash, key: McubootKey): number {
  const crypto = verifier.crypto;
  const cursor = verifier.cursor;
  if (key.algorithm === ED25519) {
    const code = tlvValue(flash, cursor, verifier.signature, SIGNATURE);
    if (code < 0) return code;
    return crypto.verify(ED25519, key.key, verifier.digest, verifier.signature) ? Ok : Err.SignatureWrong;
  }
  if (crypto.verifyDigest === undefined) return Err.AlgorithmUnknown;
  if (!(cursor.length <= DER_MAX)) return Err.SignatureWrong;
  const code = tlvValue(flash, cursor, verifier.scratch, cursor.length);
  if (code < 0) return code;
  if (!derSignature(verifier.scratch, cursor.length, verifier.signature)) return Err.SignatureWrong;
  const holds = crypto.verifyDigest(ESP256, key.key, verifier.digest, verifier.signature);
  return holds ? Ok : Err.SignatureWrong;
}

function verifySignature(verifier: ImageVerifier, flash: Flash, key: McubootKey): number {
  const type = key.algorithm === ED25519 ? Tlv.Ed25519 : Tlv.EcdsaSignature;
  if (verifier.cursor.type !== type) return Err.AlgorithmUnknown;
  if (flash.watchdog && flash.watchdog.announce) flash.watchdog.announce(SlowStep.Signature);
  try {
    return verifyAlgorithm(verifier, flash, key);
  } catch (_) {
    return Err.PortFailed;
  }
}

/** Which key the KEYHASH at the cursor names; as many as there are keys: none of them. Below 0: a code. */
function keyNamed(verifier: ImageVerifier, flash: Flash): number {
  // Of another digest, and so of another key. MCUboot takes a shorter one too: no bytes at all name its first key.
  if (verifier.cursor.length !== DIGEST) return verifier.keys.length;
  const code = tlvValue(flash, verifier.cursor, verifier.scratch, DIGEST);
  if (code < 0) return code;
  let at = 0;
  while (at < verifier.keys.length && !bytesEqual(verifier.keyHashes[at]!, 0, verifier.scratch, 0, DIGEST))
    at++;
  return at;
}

/** After the digest is made. */
function verifyTlvs(verifier: ImageVerifier, flash: Flash): number {
  const cursor = verifier.cursor;
  const scratch = verifier.scratch;
  const keys = verifier.keys;
  let key = keys.length;
  let digests = 0;
  let signatures = 0;
  let other = false;
  tlvBegin(verifier.image, cursor);
  for (;;) {
    const more = tlvNext(flash, verifier.image, cursor, scratch);
    if (more < 0) return more;
    if (more === 0) break;
    let code: number = Ok;
    if (cursor.type === Tlv.Sha256) {
      code = tlvValue(flash, cursor, scratch, DIGEST);
      if (code >= 0 && !bytesEqual(scratch, 0, verifier.digest, 0, DIGEST)) code = Err.ImageDigest;
      digests++;
    } else if (cursor.type === Tlv.KeyHash) {
      code = keyNamed(verifier, flash);
      if (code >= 0) key = code;
    } else if (cursor.type === Tlv.Ed25519 || cursor.type === Tlv.EcdsaSignature) {
      if (key < keys.length) {
        code = verifySignature(verifier, flash, keys[key]!);
        signatures++;
      }
      key = keys.length;
    } else if (cursor.type === Tlv.SecurityCounter) {
      code = tlvValue(flash, cursor, scratch, 4);
      if (code >= 0) verifier.counter = readU32(scratch, 0);
    } else if (cursor.type === Tlv.Sha384 || cursor.type === Tlv.Sha512 || cursor.type === Tlv.SignedPure) {
      other = true;
    }
    if (code < 0) return code === Err.SignatureWrong && other ? Err.AlgorithmUnknown : code;
  }
  if (digests === 0) return other ? Err.AlgorithmUnknown : Err.ImageMalformed;
  return keys.length === 0 || signatures > 0 ? Ok : Err.NoSignature;
}

/** Digests up to `bytes` bytes more, and with the last of them looks at the TLVs. More, Ok, or a code. */
export function verifyStep(verifier: ImageVerifier, flash: Flash, bytes: number): number {
  const all = imageSigned(verifier.image);
  const until = Math.min(all, verifier.done + bytes);
  while (verifier.done < until) {
    const n = Math.min(SCRATCH, until - verifier.done);
    const code = flashRead(flash, verifier.done, verifier.scratch, 0, n);
    if (code < 0) return code;
    verifier.hash.update(verifier.scratch, 0, n);
    verifier.done += n;
  }
  if (verifier.done < all) return More;
  verifier.hash.finish(verifier.digest);
  return verifyTlvs(verifier, flash);
}

/** All at once. Afterwards `verifier.image`, `verifier.digest` and `verifier.counter` tell what it is. */
export function imageVerify(verifier: ImageVerifier, flash: Flash): number {
  const code = verifyBegin(verifier, flash);
  return code < 0 ? code : verifyStep(verifier, flash, flash.size);
}

/** Whether the verified image may boot where counters below `lowest` may not. */
export function counterCheck(verifier: ImageVerifier, lowest: number): number {
  if (verifier.counter < 0) return Err.CounterMissing;
  return verifier.counter >= lowest ? Ok : Err.BelowFloor;
}
