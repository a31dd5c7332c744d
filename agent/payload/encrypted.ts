/**
 * The pieces of an encrypted payload (docs/SPEC.md section 10): a layer around every format, between what is pushed and
 * what the session takes. A piece is gathered, opened in its place, and handed on; nothing of it is used before its tag
 * holds.
 *
 *   bytes   | ciphertext, then plaintext          | tag |
 *           0        next: handed on up to here
 *
 * Nothing of it outlives a reset: after one, the piece that the session needs next is fetched anew, from its first byte.
 * A configuration that has no `encryption` keeps all of this out of its bundle.
 */
import type { Decryption } from '../../hal/ports.ts';
import { bytesCopy } from '../bytes.ts';
import { Busy, Ok, Wanted } from '../codes.ts';
import * as Err from '../err.ts';
import { CONTENT_KEY_MAX, contentKey, contentKeyLength } from '../format/cose-encrypt.ts';
import { DIGEST_LENGTH, ENCRYPTED_PIECE_MAX } from '../format/labels.ts';

const TAG_LENGTH = 16;
const NONCE_ID = 8;
const COUNTER = 4;

/** Where the piece in `bytes` is: it comes, it waits to be opened, or it is plaintext. */
const GATHER = 0;
const SEALED = 1;
const OPEN = 2;

export interface Encrypted {
  readonly decryption: Decryption;
  /** The content key, the nonce, and the associated data. */
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  readonly bytes: Uint8Array;
  algorithm: number;
  /** Bytes of plaintext in a piece, but for the last; 0: the payload is not encrypted. */
  piece: number;
  /** Bytes of plaintext in all. */
  size: number;
  /** The piece in hand, what of it has come, and how far it stands. */
  number: number;
  got: number;
  stage: number;
  /** The next byte of its plaintext that the session takes. */
  next: number;
}

/** What the agent calls where the configuration has it. */
export interface Encryption {
  readonly create: (decryption: Decryption) => Encrypted;
  readonly key: (encrypted: Encrypted, bytes: Uint8Array, from: number, to: number) => number;
  readonly begin: (encrypted: Encrypted, piece: number, size: number, id: Uint8Array) => void;
  readonly push: (encrypted: Encrypted, bytes: Uint8Array, from: number, to: number) => number;
  readonly goBy: (encrypted: Encrypted, most: number) => number;
  readonly open: (encrypted: Encrypted) => number;
  readonly taken: (encrypted: Encrypted, n: number) => void;
  readonly length: (encrypted: Encrypted) => number;
  readonly wanted: (encrypted: Encrypted, range: { offset: number; length: number }) => number;
}

function encryptedNew(decryption: Decryption): Encrypted {
  const nonceAt = CONTENT_KEY_MAX;
  const associatedAt = nonceAt + NONCE_ID + COUNTER;
  const parts = new Uint8Array(associatedAt + DIGEST_LENGTH + COUNTER + 1);
  return {
    decryption: decryption,
    key: parts.subarray(0, nonceAt),
    nonce: parts.subarray(nonceAt, associatedAt),
    associated: parts.subarray(associatedAt),
    bytes: new Uint8Array(ENCRYPTED_PIECE_MAX + TAG_LENGTH),
    algorithm: 0,
    piece: 0,
    size: 0,
    number: 0,
    got: 0,
    stage: GATHER,
    next: 0,
  };
}

/** Takes the content key out of the COSE_Encrypt in bytes from..to-1. Ok, or a code. */
function encryptedKey(encrypted: Encrypted, bytes: Uint8Array, from: number, to: number): number {
  const code = contentKey(bytes, from, to, encrypted.decryption, encrypted.key);
  if (code < 0) return code;
  encrypted.algorithm = code;
  return Ok;
}

/** `piece` and `size` are plaintext; `id` is what binds the pieces to this payload. */
function encryptedBegin(encrypted: Encrypted, piece: number, size: number, id: Uint8Array): void {
  encrypted.piece = piece;
  encrypted.size = size;
  bytesCopy(id, 0, encrypted.nonce, 0, NONCE_ID);
  bytesCopy(id, 0, encrypted.associated, 0, DIGEST_LENGTH);
  turnTo(encrypted, 0, 0);
}

function turnTo(encrypted: Encrypted, number: number, next: number): void {
  encrypted.number = number;
  encrypted.next = next;
  encrypted.got = 0;
  encrypted.stage = GATHER;
}

/** Bytes of plaintext in the piece in hand; none behind the last. */
function pieceLength(encrypted: Encrypted): number {
  return Math.max(0, Math.min(encrypted.piece, encrypted.size - encrypted.number * encrypted.piece));
}

/** Bytes of it in the payload. */
function sealedLength(encrypted: Encrypted): number {
  const length = pieceLength(encrypted);
  return length > 0 ? length + TAG_LENGTH : 0;
}

/** Where the first piece that begins at or behind `offset` of the plaintext begins in the payload; at most its end. */
function sealedOffset(encrypted: Encrypted, offset: number): number {
  const piece = encrypted.piece;
  const before = Math.ceil(offset / piece);
  return Math.min(before * piece, encrypted.size) + before * TAG_LENGTH;
}

/** Gathers bytes of the piece in hand. Returns how many it took. */
function encryptedPush(encrypted: Encrypted, bytes: Uint8Array, from: number, to: number): number {
  if (encrypted.stage !== GATHER) return 0;
  const whole = sealedLength(encrypted);
  const n = Math.min(to - from, whole - encrypted.got);
  bytesCopy(bytes, from, encrypted.bytes, encrypted.got, n);
  encrypted.got += n;
  if (n > 0 && encrypted.got === whole) encrypted.stage = SEALED;
  return n;
}

/** Lets bytes go by that nobody needs any more, `most` of them. Returns how many; 0 at the end of the payload. */
function encryptedGoBy(encrypted: Encrypted, most: number): number {
  if (encrypted.stage !== GATHER) turnTo(encrypted, encrypted.number + 1, 0);
  const n = Math.min(most, sealedLength(encrypted) - encrypted.got);
  encrypted.got += n;
  if (n > 0 && encrypted.got === sealedLength(encrypted)) turnTo(encrypted, encrypted.number + 1, 0);
  return n;
}

function counterWrite(into: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < COUNTER; i++) into[at + i] = value >>> (8 * (COUNTER - 1 - i));
}

/** Opens the piece if it is whole. Ok: there is none to open; 1: opened; or a code. */
function encryptedOpen(encrypted: Encrypted): number {
  if (encrypted.stage !== SEALED) return Ok;
  const associated = encrypted.associated;
  const last = (encrypted.number + 1) * encrypted.piece >= encrypted.size;
  counterWrite(encrypted.nonce, NONCE_ID, encrypted.number);
  counterWrite(associated, DIGEST_LENGTH, encrypted.number);
  associated[DIGEST_LENGTH + COUNTER] = last ? 1 : 0;
  const right = encrypted.decryption.open(
    encrypted.algorithm,
    encrypted.key.subarray(0, contentKeyLength(encrypted.algorithm)),
    encrypted.nonce,
    associated,
    encrypted.bytes,
    0,
    encrypted.got,
  );
  if (right !== true) return Err.PieceTag;
  encrypted.stage = OPEN;
  return 1;
}

/** Plaintext up to which `bytes` is to be handed on, from `next` on; 0: there is none. */
function encryptedLength(encrypted: Encrypted): number {
  return encrypted.stage === OPEN ? pieceLength(encrypted) : 0;
}

/** The session has taken `n` bytes of the plaintext. */
function encryptedTaken(encrypted: Encrypted, n: number): void {
  encrypted.next += n;
  if (encrypted.next >= pieceLength(encrypted)) turnTo(encrypted, encrypted.number + 1, 0);
}

/** Makes of a range of the plaintext the one of the payload that is to be fetched for it. Busy: it is here already. */
function encryptedWanted(encrypted: Encrypted, range: { offset: number; length: number }): number {
  const piece = encrypted.piece;
  const number = Math.floor(range.offset / piece);
  if (encrypted.number !== number) turnTo(encrypted, number, 0);
  encrypted.next = range.offset - number * piece;
  if (encrypted.stage !== GATHER) return Busy;
  const end = sealedOffset(encrypted, range.offset + range.length);
  range.offset = sealedOffset(encrypted, number * piece) + encrypted.got;
  range.length = end - range.offset;
  return Wanted;
}

export const encryption: Encryption = {
  create: encryptedNew,
  key: encryptedKey,
  begin: encryptedBegin,
  push: encryptedPush,
  goBy: encryptedGoBy,
  open: encryptedOpen,
  taken: encryptedTaken,
  length: encryptedLength,
  wanted: encryptedWanted,
};
