/** A payload in pieces, each with a tag of its own, so that a device uses nothing that is not proven. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherGCM, DecipherGCM } from 'node:crypto';
import { concat } from '../bytes.ts';
import { TagLength } from './algorithms.ts';
import type { ContentAlgorithm } from './algorithms.ts';
import { wrongPiece } from './trouble.ts';

export interface Content {
  readonly algorithm: ContentAlgorithm;
  readonly key: Uint8Array;
  /** Bytes of plaintext in a piece. */
  readonly piece: number;
}

export const NonceStart = 8;
const NonceLength = 12;

/** Differs for each piece of each payload under one key, as long as ids differ in their first 8 bytes. */
export const nonceOf = (payloadId: Uint8Array, number: number): Uint8Array => {
  const nonce = new Uint8Array(NonceLength);
  nonce.set(payloadId.subarray(0, NonceStart));
  new DataView(nonce.buffer).setUint32(NonceStart, number);
  return nonce;
};

/** Binds a piece to its payload, its place, and to being the last: that is what shows a payload cut short. */
export const associatedOf = (payloadId: Uint8Array, number: number, last: boolean): Uint8Array => {
  const associated = new Uint8Array(payloadId.length + 5);
  associated.set(payloadId);
  new DataView(associated.buffer).setUint32(payloadId.length, number);
  associated[payloadId.length + 4] = Number(last);
  return associated;
};

// Node's types know the tag of ciphers by the names of GCM only.
const nodeName = (algorithm: ContentAlgorithm): 'aes-128-gcm' => algorithm as 'aes-128-gcm';
const tagged = { authTagLength: TagLength };

export const pieceSeal = (
  { algorithm, key }: Content,
  nonce: Uint8Array,
  associated: Uint8Array,
  plain: Uint8Array,
): Uint8Array => {
  const cipher: CipherGCM = createCipheriv(nodeName(algorithm), key, nonce, tagged);
  cipher.setAAD(associated);
  return concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** Undefined: the tag does not hold. */
export const pieceOpen = (
  { algorithm, key }: Content,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  const end = sealed.length - TagLength;
  const decipher: DecipherGCM = createDecipheriv(nodeName(algorithm), key, nonce, tagged);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    return undefined;
  }
};

export const payloadSeal = (content: Content, payloadId: Uint8Array, plain: Uint8Array): Uint8Array => {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < plain.length; from += content.piece) {
    const to = Math.min(from + content.piece, plain.length);
    const number = pieces.length;
    const associated = associatedOf(payloadId, number, to === plain.length);
    pieces.push(pieceSeal(content, nonceOf(payloadId, number), associated, plain.subarray(from, to)));
  }
  return concat(pieces);
};

/** `file` is for messages only. */
export const payloadOpen = (
  content: Content,
  payloadId: Uint8Array,
  sealed: Uint8Array,
  file?: string,
): Uint8Array => {
  const pieces: Uint8Array[] = [];
  const step = content.piece + TagLength;
  // A payload has at least one piece, and a piece at least one byte.
  for (let from = 0; from < sealed.length || from === 0; from += step) {
    const part = sealed.subarray(from, from + step);
    const number = pieces.length;
    const associated = associatedOf(payloadId, number, from + part.length === sealed.length);
    const plain =
      part.length > TagLength ? pieceOpen(content, nonceOf(payloadId, number), associated, part) : undefined;
    if (!plain) throw wrongPiece(number, from, file);
    pieces.push(plain);
  }
  return concat(pieces);
};
