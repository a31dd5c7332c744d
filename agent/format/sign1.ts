/**
 * A COSE_Sign1 (RFC 9052 section 4.2) that carries its payload, signed by an anchor:
 *
 *   18([ << {1: alg, ? 4: key id} >>, {}, payload, signature ])
 *
 * Read as strictly as the signatures of an envelope (cose.ts). Those are over a detached array of a number and a digest;
 * who takes such a payload must see to it that it cannot be read as that: docs/SPEC.md section 13.1.
 */
import type { Crypto, Watchdog } from '../../hal/ports.ts';
import { bytesCopy } from '../bytes.ts';
import { SlowStep } from '../codes.ts';
import * as Err from '../err.ts';
import { cborFail, cborString, cborTake, cursorOpen } from './cbor.ts';
import type { Anchor, Signature, Verifier } from './cose.ts';
import { headerTake, holds, named, same, signatureNew, verifierNew } from './cose.ts';
import {
  ARRAY,
  BYTES,
  ED25519,
  ES256,
  ESP256,
  HSS_LMS,
  MAP,
  SIGN1_TAG,
  SIGNATURE_LENGTH,
  TAG,
} from './labels.ts';
import type { HssLms } from './lms.ts';

/** Bytes of a payload that is verified. */
export const SIGN1_PAYLOAD_MAX = 192;
/** A protected header with its byte string head: cose.ts takes no longer one either. */
const HEADER_MAX = 77;
/** An array of four, and the text "Signature1" (RFC 9052 section 4.4). */
const SIGNED_HEAD: readonly number[] = [0x84, 0x6a, 83, 105, 103, 110, 97, 116, 117, 114, 101, 49];
/** Bytes of scratch: head, header, empty byte string, head of the payload and the payload. */
const SCRATCH: number = 12 + HEADER_MAX + 1 + 2 + SIGN1_PAYLOAD_MAX;

export interface Sign1 {
  readonly verifier: Verifier;
  readonly signature: Signature;
  /** The payload is bytes `from`..`to`-1 of what was read. */
  from: number;
  to: number;
}

/** `hssLms`: as in agent/config.ts. */
export function sign1New(
  crypto: Crypto,
  anchors: readonly Anchor[],
  watchdog: Watchdog | undefined,
  hssLms: HssLms | undefined,
): Sign1 {
  return {
    verifier: verifierNew(crypto, anchors, watchdog, hssLms, new Uint8Array(SCRATCH)),
    signature: signatureNew(),
    from: 0,
    to: 0,
  };
}

/** Reads one that fills bytes from..to-1. 0, or a code; `shape` is the one for what is something else. */
export function sign1Read(sign1: Sign1, bytes: Uint8Array, from: number, to: number, shape: number): number {
  const cursor = cursorOpen(bytes, from, to, shape);
  const signature = sign1.signature;
  if (cborTake(cursor, TAG) !== SIGN1_TAG || cborTake(cursor, ARRAY) !== 4) cborFail(cursor, shape);
  if (!headerTake(signature, cursor) || cborTake(cursor, MAP) !== 0) cborFail(cursor, Err.Signature);
  const length = cborString(cursor, BYTES);
  if (!(length >= 1 && length <= SIGN1_PAYLOAD_MAX)) cborFail(cursor, shape);
  sign1.from = cursor.from;
  sign1.to = cursor.at;
  signature.length = cborString(cursor, BYTES);
  signature.at = cursor.from;
  const long = signature.algorithm === HSS_LMS;
  if (!(long || signature.length === SIGNATURE_LENGTH)) cborFail(cursor, Err.Signature);
  if (cursor.at !== cursor.end) cborFail(cursor, Err.Cbor);
  return cursor.error;
}

/** Builds the Sig_structure in the scratch. Returns its length; 0 where the header is longer than there is room for. */
function signedBuild(sign1: Sign1, bytes: Uint8Array): number {
  const scratch = sign1.verifier.scratch;
  const header = sign1.signature.headerTo - sign1.signature.headerFrom;
  const payload = sign1.to - sign1.from;
  if (!(header <= HEADER_MAX)) return 0;
  for (let i = 0; i < SIGNED_HEAD.length; i += 1) scratch[i] = SIGNED_HEAD[i]!;
  let at = SIGNED_HEAD.length;
  bytesCopy(bytes, sign1.signature.headerFrom, scratch, at, header);
  at += header;
  // No external data; then the payload, whose head is one byte up to 23 of them and two up to 255.
  scratch[at++] = 0x40;
  if (payload >= 24) scratch[at++] = 0x58;
  scratch[at++] = payload >= 24 ? payload : 0x40 | payload;
  bytesCopy(bytes, sign1.from, scratch, at, payload);
  return at + payload;
}

function scoped(anchor: Anchor, vendor: Uint8Array, classId: Uint8Array): boolean {
  if (anchor.vendor && !same(anchor.vendor, vendor)) return false;
  return !anchor.classId || same(anchor.classId, classId);
}

/**
 * Whether what was read is signed by an anchor that may speak for this vendor and class: 0, or a code. One signature is
 * enough: a threshold is for what is installed.
 */
export function sign1Authenticate(
  sign1: Sign1,
  bytes: Uint8Array,
  vendor: Uint8Array,
  classId: Uint8Array,
): number {
  const verifier = sign1.verifier;
  const signature = sign1.signature;
  const watchdog = verifier.watchdog;
  const algorithm = signature.algorithm === ES256 ? ESP256 : signature.algorithm;
  if (algorithm !== ED25519 && algorithm !== ESP256 && algorithm !== HSS_LMS) return Err.AlgorithmUnknown;
  const length = signedBuild(sign1, bytes);
  if (length === 0) return Err.Signature;
  let code = Err.SignatureWrong;
  for (let i = 0; i < verifier.anchors.length; i += 1) {
    const anchor = verifier.anchors[i]!;
    if (anchor.algorithm !== algorithm || !named(anchor, bytes, signature)) continue;
    if (watchdog && watchdog.announce) watchdog.announce(SlowStep.Signature);
    if (!holds(verifier, anchor, length, bytes, signature)) continue;
    if (scoped(anchor, vendor, classId)) return 0;
    code = Err.AnchorScope;
  }
  return code;
}
