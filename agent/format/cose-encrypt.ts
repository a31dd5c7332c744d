/**
 * Who may decrypt a payload: COSE_Encrypt (RFC 9052 section 5), read strictly, its ciphertext detached. docs/SPEC.md
 * section 10. The signature has been checked before: what it says is the publisher's word.
 */
import type { Decryption } from '../../hal/ports.ts';
import { bytesCopy } from '../bytes.ts';
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborEnter, cborFail, cborInt, cborLeave, cborString, cborTake, cursorOpen } from './cbor.ts';
import {
  A128GCM,
  A128KW,
  ARRAY,
  BYTES,
  CHACHA20_POLY1305,
  ECDH_ES_A128KW,
  ENCRYPT_TAG,
  MAP,
  NULL,
  SIMPLE,
  TAG,
} from './labels.ts';

const RECIPIENTS_MAX = 8;
const KEY_ID_MAX = 32;
/** What RFC 3394 adds to a key. */
const WRAP = 8;
export const CONTENT_KEY_MAX = 32;
const COORDINATE = 32;
/** An uncompressed point: 04 x y. */
const POINT = 1 + 2 * COORDINATE;
const UNCOMPRESSED = 4;

/** COSE_Key: kty and crv (RFC 9053 section 7.1). */
const OKP = 1;
const X25519 = 4;
const EC2 = 2;
const P_256 = 1;

/** COSE_KDF_Context of SPEC 10, up to its text. */
const CONTEXT_HEAD: readonly number[] = [
  0x84, 0x22, 0x83, 0xf6, 0xf6, 0xf6, 0x83, 0xf6, 0xf6, 0xf6, 0x83, 0x18, 0x80, 0x44, 0xa1, 1, 0x38, 0x1c,
  0x57,
];
const CONTEXT_TEXT = 'SUIT Payload Encryption';

/** Of the content key, by what it is for: A128GCM or CHACHA20_POLY1305. */
export function contentKeyLength(algorithm: number): number {
  return algorithm === A128GCM ? CONTENT_KEY_MAX / 2 : CONTENT_KEY_MAX;
}

interface Recipient {
  algorithm: number;
  keyFrom: number;
  keyTo: number;
  /** The ephemeral public key: its first byte and the one behind its last, in `point`. */
  senderFrom: number;
  senderTo: number;
  readonly point: Uint8Array;
}

function context(): Uint8Array {
  const head = CONTEXT_HEAD.length;
  const bytes = new Uint8Array(head + CONTEXT_TEXT.length);
  for (let i = 0; i < head; i += 1) bytes[i] = CONTEXT_HEAD[i]!;
  for (let i = 0; i < CONTEXT_TEXT.length; i += 1) bytes[head + i] = CONTEXT_TEXT.charCodeAt(i);
  return bytes;
}

/** Whether the next two items are this label and this integer. */
function pairIs(cursor: Cursor, label: number, value: number): boolean {
  return cborInt(cursor) === label && cborInt(cursor) === value;
}

/** Reads a header that holds but an algorithm. Returns that; 0 where the header is empty. */
function algorithmTake(cursor: Cursor): number {
  const end = cborEnter(cursor);
  let algorithm = 0;
  if (cursor.at < cursor.end) {
    if (cborTake(cursor, MAP) !== 1 || cborInt(cursor) !== 1) cborFail(cursor, Err.EncryptionMalformed);
    algorithm = cborInt(cursor);
  }
  cborLeave(cursor, end);
  return algorithm;
}

function keyIdTake(into: Recipient, cursor: Cursor): void {
  const label = cborInt(cursor);
  const length = cborString(cursor, BYTES);
  if (label !== 4 || !(length >= 1 && length <= KEY_ID_MAX)) cborFail(cursor, Err.EncryptionMalformed);
  into.keyFrom = cursor.from;
  into.keyTo = cursor.at;
}

function coordinateTake(into: Recipient, cursor: Cursor, label: number): void {
  const found = cborInt(cursor);
  if (cborString(cursor, BYTES) !== COORDINATE || found !== label) cborFail(cursor, Err.EncryptionMalformed);
  if (cursor.error !== 0) return;
  bytesCopy(cursor.bytes, cursor.from, into.point, into.senderTo, COORDINATE);
  into.senderTo += COORDINATE;
}

/** Reads the ephemeral COSE_Key. */
function senderTake(into: Recipient, cursor: Cursor): void {
  const label = cborInt(cursor);
  const entries = cborTake(cursor, MAP);
  const montgomery = entries === 3;
  const kind = pairIs(cursor, 1, montgomery ? OKP : EC2) && pairIs(cursor, -1, montgomery ? X25519 : P_256);
  if (label !== -1 || !kind || !(montgomery || entries === 4)) cborFail(cursor, Err.EncryptionMalformed);
  into.senderFrom = montgomery ? 1 : 0;
  into.senderTo = 1;
  coordinateTake(into, cursor, -2);
  if (!montgomery) coordinateTake(into, cursor, -3);
}

function recipientTake(into: Recipient, cursor: Cursor): void {
  into.senderFrom = into.senderTo = 0;
  if (cborTake(cursor, ARRAY) !== 3) cborFail(cursor, Err.EncryptionMalformed);
  const algorithm = algorithmTake(cursor);
  if (cborTake(cursor, MAP) !== 2) cborFail(cursor, Err.EncryptionMalformed);
  into.algorithm = algorithm === 0 ? A128KW : algorithm;
  if (algorithm === 0 && !pairIs(cursor, 1, A128KW)) cborFail(cursor, Err.EncryptionMalformed);
  if (algorithm !== 0 && algorithm !== ECDH_ES_A128KW) cborFail(cursor, Err.EncryptionMalformed);
  keyIdTake(into, cursor);
  if (algorithm !== 0) senderTake(into, cursor);
  cborString(cursor, BYTES);
}

/** Tries the device's keys on a recipient whose wrapped key the cursor has just read. 0: it is for none of them. */
function unwrap(recipient: Recipient, cursor: Cursor, decryption: Decryption, into: Uint8Array): number {
  const bytes = cursor.bytes;
  const agreed = recipient.algorithm === ECDH_ES_A128KW;
  const length = decryption.unwrap(
    recipient.algorithm,
    bytes.subarray(recipient.keyFrom, recipient.keyTo),
    recipient.point.subarray(recipient.senderFrom, recipient.senderTo),
    agreed ? context() : recipient.point.subarray(0, 0),
    bytes.subarray(cursor.from, cursor.at),
    into,
  );
  return length === 0 || length === cursor.at - cursor.from - WRAP ? length : Err.KeyUnwrap;
}

/**
 * Writes the content key that the COSE_Encrypt in bytes from..to-1 holds for one of the device's keys to the start of
 * `into`, of CONTENT_KEY_MAX bytes. Returns the algorithm that it is for, 1 or 24, or a code.
 */
export function contentKey(
  bytes: Uint8Array,
  from: number,
  to: number,
  decryption: Decryption,
  into: Uint8Array,
): number {
  const cursor = cursorOpen(bytes, from, to, Err.EncryptionMalformed);
  cursor.short = Err.EncryptionMalformed;
  const point = new Uint8Array(POINT);
  point[0] = UNCOMPRESSED;
  const recipient = { algorithm: 0, keyFrom: 0, keyTo: 0, senderFrom: 0, senderTo: 0, point: point };
  if (cborTake(cursor, TAG) !== ENCRYPT_TAG || cborTake(cursor, ARRAY) !== 4)
    cborFail(cursor, Err.EncryptionMalformed);
  const algorithm = algorithmTake(cursor);
  if (algorithm !== A128GCM && algorithm !== CHACHA20_POLY1305) cborFail(cursor, Err.EncryptionMalformed);
  if (cborTake(cursor, MAP) !== 0 || cborTake(cursor, SIMPLE) !== NULL)
    cborFail(cursor, Err.EncryptionMalformed);
  const wrapped = contentKeyLength(algorithm) + WRAP;
  const count = cborTake(cursor, ARRAY);
  if (!(count >= 1 && count <= RECIPIENTS_MAX)) cborFail(cursor, Err.EncryptionMalformed);
  let found = 0;
  for (let left = count; left > 0 && cursor.error === 0; left -= 1) {
    recipientTake(recipient, cursor);
    if (cursor.at - cursor.from !== wrapped) cborFail(cursor, Err.EncryptionMalformed);
    if (found === 0 && cursor.error === 0) found = unwrap(recipient, cursor, decryption, into);
  }
  if (cursor.at !== cursor.end) cborFail(cursor, Err.EncryptionMalformed);
  if (cursor.error !== 0) return cursor.error;
  if (found === 0) return Err.NoRecipient;
  return found < 0 ? found : algorithm;
}
