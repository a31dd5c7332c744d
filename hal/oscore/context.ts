/**
 * Security contexts (RFC 8613 section 3), nonces (5.2) and associated data (5.4), for AES-CCM-16-64-128 and HKDF-SHA256.
 *
 * Written in the device dialect, like agent/.
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import type { Identity } from '../identity/port.ts';
import type { SequenceStore } from './ports.ts';
import { replayNew } from './replay.ts';
import type { ReplayWindow } from './replay.ts';
import { AHEAD, sequenceNew } from './sequence.ts';
import type { Sequence } from './sequence.ts';

export const NONCE_SIZE: number = 13;
export const PIV_MAX: number = 5;
const KEY_SIZE = 16;
/** Section 3.3: the size of the nonce less 6. */
export const ID_MAX: number = 7;
/** Ours: the standard has none but what one byte says. */
export const ID_CONTEXT_MAX: number = 64;
/** COSE number of the cipher. */
const ALGORITHM = 10;
/** Section 5.4: version, algorithms, kid, partial IV, options of class I, of which there are none. */
const ASSOCIATED_MAX = 12 + 4 + 1 + ID_MAX + 1 + PIV_MAX + 1;

// CBOR (RFC 8949): major types in the upper three bits of the first byte.
const BYTES = 0x40;
const TEXT = 0x60;
const ARRAY = 0x80;
const NULL = 0xf6;
const ONE_BYTE = 24;

export interface ContextSettings {
  /** Where the Master Secret is, and its name there. It stays behind the port: keys are derived in it. */
  readonly identity: Pick<Identity, 'derive'>;
  readonly keyId: Uint8Array;
  /** Master Salt. Default: empty. */
  readonly salt?: Uint8Array | undefined;
  /** 0 to 7 bytes, and not the recipient's. */
  readonly senderId: Uint8Array;
  readonly recipientId: Uint8Array;
  /** At most 64 bytes. */
  readonly idContext?: Uint8Array | undefined;
  /** Of this context alone: the same secret, salt, ids and ID context go with the same store for ever. */
  readonly store: SequenceStore;
  /** See `AHEAD`. */
  readonly ahead?: number | undefined;
}

export interface Context {
  readonly senderId: Uint8Array;
  readonly recipientId: Uint8Array;
  readonly idContext: Uint8Array | undefined;
  readonly senderKey: Uint8Array;
  readonly recipientKey: Uint8Array;
  readonly commonIv: Uint8Array;
  readonly sequence: Sequence;
  readonly window: ReplayWindow;
  /** Requests whose nonce has protected an answer: it protects no second one (section 7.2). */
  readonly answered: ReplayWindow;
}

/** A byte string or text that is shorter than 256 bytes. Where the next byte goes. */
const stringPut = (into: Uint8Array, at: number, type: number, bytes: Uint8Array, length: number): number => {
  if (length < ONE_BYTE) into[at++] = type | length;
  else {
    into[at++] = type | ONE_BYTE;
    into[at++] = length;
  }
  bytesCopy(bytes, 0, into, at, length);
  return at + length;
};

/** ASCII: a port's text encoder is not everywhere. */
const textPut = (into: Uint8Array, at: number, text: string): number => {
  into[at++] = TEXT | text.length;
  for (let i = 0; i < text.length; i++) into[at++] = text.charCodeAt(i);
  return at;
};

/** Section 3.2.1: [id, id_context, alg_aead, type, L]. */
export function contextInfo(
  id: Uint8Array,
  idContext: Uint8Array | undefined,
  type: string,
  size: number,
): Uint8Array {
  const into = new Uint8Array(1 + 1 + ID_MAX + 2 + ID_CONTEXT_MAX + 1 + 1 + type.length + 1);
  into[0] = ARRAY | 5;
  let at = stringPut(into, 1, BYTES, id, id.length);
  if (idContext === undefined) into[at++] = NULL;
  else at = stringPut(into, at, BYTES, idContext, idContext.length);
  into[at++] = ALGORITHM;
  at = textPut(into, at, type);
  into[at++] = size;
  return into.subarray(0, at);
}

const derived = (settings: ContextSettings, id: Uint8Array, type: string, into: Uint8Array): void => {
  const info = contextInfo(id, settings.idContext, type, into.length);
  const salt = settings.salt === undefined ? new Uint8Array(0) : settings.salt;
  if (settings.identity.derive(settings.keyId, salt, info, into) !== into.length)
    throw new Error('the master secret gives no keys');
};

export function idSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && bytesEqual(a, 0, b, 0, a.length);
}

/**
 * Derives keys and common IV. Throws where a person wired it wrongly, and where the secret gives no keys. A window that
 * was never used before is valid at once; else the first request is asked to show that it is fresh (appendix B.1.2).
 */
export function contextNew(settings: ContextSettings): Context {
  const senderId = settings.senderId;
  const recipientId = settings.recipientId;
  const idContext = settings.idContext;
  if (!(senderId.length <= ID_MAX && recipientId.length <= ID_MAX))
    throw new RangeError(`a sender or recipient id is of 0 to ${ID_MAX} bytes`);
  if (idSame(senderId, recipientId)) throw new RangeError('sender and recipient would have one key');
  if (idContext !== undefined && !(idContext.length <= ID_CONTEXT_MAX))
    throw new RangeError(`an ID context is of 0 to ${ID_CONTEXT_MAX} bytes`);
  const keys = new Uint8Array(2 * KEY_SIZE + NONCE_SIZE);
  const sequence = sequenceNew(settings.store, settings.ahead === undefined ? AHEAD : settings.ahead);
  const context: Context = {
    senderId: senderId,
    recipientId: recipientId,
    idContext: idContext,
    senderKey: keys.subarray(0, KEY_SIZE),
    recipientKey: keys.subarray(KEY_SIZE, 2 * KEY_SIZE),
    commonIv: keys.subarray(2 * KEY_SIZE),
    sequence: sequence,
    window: replayNew(sequence.first === 0),
    answered: replayNew(true),
  };
  derived(settings, senderId, 'Key', context.senderKey);
  derived(settings, recipientId, 'Key', context.recipientKey);
  derived(settings, new Uint8Array(0), 'IV', context.commonIv);
  return context;
}

/** How many bytes a partial IV takes: none of them a leading zero, but for 0 itself (section 5). */
export function pivSize(piv: number): number {
  let size = 1;
  for (let rest = piv; rest > 255; rest = (rest - (rest % 256)) / 256) size++;
  return size;
}

/** Writes it before `end`, big-endian. Returns where it begins. */
export function pivPut(into: Uint8Array, end: number, piv: number): number {
  const from = end - pivSize(piv);
  for (let at = end - 1; at >= from; at--) {
    into[at] = piv % 256;
    piv = (piv - (piv % 256)) / 256;
  }
  return from;
}

/** Section 5.2: `id` is of the endpoint that made the partial IV. Fills `into`, 13 bytes. */
export function nonceMake(into: Uint8Array, commonIv: Uint8Array, id: Uint8Array, piv: number): void {
  into.fill(0, 0, NONCE_SIZE);
  into[0] = id.length;
  bytesCopy(id, 0, into, 1 + ID_MAX - id.length, id.length);
  pivPut(into, NONCE_SIZE, piv);
  for (let i = 0; i < NONCE_SIZE; i++) into[i] = (into[i] as number) ^ (commonIv[i] as number);
}

/** So many bytes hold the associated data of any message. */
export function associatedNew(): Uint8Array {
  return new Uint8Array(ASSOCIATED_MAX);
}

/** Section 5.4: ["Encrypt0", h'', bstr .cbor [1, [10], kid, partial IV, h'']], of the request. Its length. */
export function associatedMake(into: Uint8Array, kid: Uint8Array, piv: number): number {
  const size = pivSize(piv);
  into[0] = ARRAY | 3;
  let at = textPut(into, 1, 'Encrypt0');
  into[at++] = BYTES;
  into[at++] = BYTES | (4 + 1 + kid.length + 1 + size + 1);
  into[at++] = ARRAY | 5;
  into[at++] = 1;
  into[at++] = ARRAY | 1;
  into[at++] = ALGORITHM;
  at = stringPut(into, at, BYTES, kid, kid.length);
  into[at++] = BYTES | size;
  at += size;
  pivPut(into, at, piv);
  into[at++] = BYTES;
  return at;
}
