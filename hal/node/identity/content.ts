/** What a key store holds, and its bytes before they are sealed (docs/SPEC.md section 13.4). */
import type { Cursor } from '../../../agent/format/cbor.ts';
import { cborFail, cborInt, cborString, cborTake, cursorOpen } from '../../../agent/format/cbor.ts';
import { ARRAY, BYTES, MAP } from '../../../agent/format/labels.ts';
import { bodyWriterNew, writeArray, writeBytes, writeMap, writeNumber } from '../../serial/message/writer.ts';
import type { BodyWriter } from '../../serial/message/writer.ts';

/** Number in the file, and how long the secret is: from, to. */
const KINDS = {
  /** Signs: the seed of RFC 8032. */
  Ed25519: [1, 32, 32],
  /** Signs: the scalar, big-endian. */
  ESP256: [2, 32, 32],
  /** Authenticates reports. */
  HMAC: [3, 16, 64],
  /** Derives. */
  HKDF: [4, 16, 64],
  /** Decrypts updates; of these three see hal/device-keys.ts. X25519 and P-256 agree, too. */
  A128KW: [5, 16, 16],
  X25519: [6, 32, 32],
  'P-256': [7, 32, 32],
  /** DTLS; its id is the PSK identity. */
  PSK: [8, 1, 64],
  /** RFC 8613; it derives. */
  OSCORE: [9, 16, 64],
} as const;

export type KeyKind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as KeyKind[];

/** What OSCORE needs beside its master secret (RFC 8613 section 3.2). */
export interface OscoreIds {
  /** At most 7 bytes each, as with AES-CCM-16-64-128. */
  readonly senderId: Uint8Array;
  readonly recipientId: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly context: Uint8Array;
}

export interface StoredKey {
  readonly kind: KeyKind;
  /** 1 to 32 bytes; of a PSK up to 128. */
  readonly keyId: Uint8Array;
  readonly secret: Uint8Array;
  /** Of the kind OSCORE, and of no other. */
  readonly oscore?: OscoreIds | undefined;
}

export interface KeyStoreContent {
  /** What reports name the device by: 1 to 32 bytes. */
  readonly device: Uint8Array;
  /** At most 64. */
  readonly keys: readonly StoredKey[];
}

const KEYS_MAX = 64;
const ID_MAX = 32;
const PSK_IDENTITY_MAX = 128;
const OSCORE_ID_MAX = 7;
const OSCORE_BYTES_MAX = 64;
export const CONTENT_MAX = 32768;
const MALFORMED = -1;

const DEVICE = 1;
const KEYS = 2;

const inRange = (bytes: Uint8Array, from: number, to: number): boolean =>
  bytes.length >= from && bytes.length <= to;

const keyTrouble = ({ kind, keyId, secret, oscore }: StoredKey): string | undefined => {
  const [, from, to] = KINDS[kind] ?? [0, 1, 0];
  if (!inRange(secret, from, to)) return `no secret of ${kind}`;
  if (!inRange(keyId, 1, kind === 'PSK' ? PSK_IDENTITY_MAX : ID_MAX))
    return 'its id is too short or too long';
  if ((kind === 'OSCORE') !== (oscore !== undefined)) return 'OSCORE ids stand with a key of OSCORE';
  if (oscore === undefined) return undefined;
  const { senderId, recipientId, masterSalt, context } = oscore;
  if (!inRange(senderId, 0, OSCORE_ID_MAX) || !inRange(recipientId, 0, OSCORE_ID_MAX))
    return 'OSCORE ids of more than 7 bytes';
  if (Buffer.from(senderId).equals(recipientId)) return 'one OSCORE id for both ends';
  return inRange(masterSalt, 0, OSCORE_BYTES_MAX) && inRange(context, 0, OSCORE_BYTES_MAX)
    ? undefined
    : 'OSCORE salt or context too long';
};

/** Those with a public half are asked for it by their id alone. */
const nameSpace = (kind: KeyKind): string =>
  kind === 'Ed25519' || kind === 'ESP256' || kind === 'X25519' || kind === 'P-256' ? 'public' : kind;

/** Why this is nothing to keep; undefined: it is well. */
export const contentTrouble = ({ device, keys }: KeyStoreContent): string | undefined => {
  if (!inRange(device, 1, ID_MAX)) return "the device's id is not of 1 to 32 bytes";
  if (keys.length > KEYS_MAX) return `more than ${KEYS_MAX} keys`;
  const names = new Set<string>();
  for (const [at, key] of keys.entries()) {
    const trouble = keyTrouble(key);
    if (trouble !== undefined) return `key ${at}: ${trouble}`;
    const name = `${nameSpace(key.kind)} ${Buffer.from(key.keyId).toString('hex')}`;
    if (names.has(name)) return `key ${at}: has the id and kind of another`;
    names.add(name);
  }
  return undefined;
};

const allBytes = (writer: BodyWriter, bytes: Uint8Array): void => writeBytes(writer, bytes, 0, bytes.length);

const idsOf = ({ senderId, recipientId, masterSalt, context }: OscoreIds): readonly Uint8Array[] => [
  senderId,
  recipientId,
  masterSalt,
  context,
];

/** The content must be without trouble. */
export const contentWrite = (content: KeyStoreContent): Uint8Array => {
  const bytes = new Uint8Array(CONTENT_MAX);
  const writer = bodyWriterNew(bytes, bytes.length);
  writeMap(writer, 2);
  writeNumber(writer, DEVICE);
  allBytes(writer, content.device);
  writeNumber(writer, KEYS);
  writeArray(writer, content.keys.length);
  for (const { kind, keyId, secret, oscore } of content.keys) {
    const ids = oscore === undefined ? [] : idsOf(oscore);
    writeArray(writer, 3 + ids.length);
    writeNumber(writer, KINDS[kind][0]);
    for (const one of [keyId, secret, ...ids]) allBytes(writer, one);
  }
  return bytes.subarray(0, writer.at);
};

const stringTake = (cursor: Cursor): Uint8Array => {
  if (cborString(cursor, BYTES) < 0) return new Uint8Array(0);
  return cursor.bytes.slice(cursor.from, cursor.at);
};

const keyTake = (cursor: Cursor): StoredKey => {
  const items = cborTake(cursor, ARRAY);
  const number = cborInt(cursor);
  const kind = kinds.find((one) => KINDS[one][0] === number);
  if (kind === undefined || items !== (kind === 'OSCORE' ? 7 : 3)) cborFail(cursor, MALFORMED);
  const keyId = stringTake(cursor);
  const secret = stringTake(cursor);
  if (kind !== 'OSCORE') return { kind: kind ?? 'HMAC', keyId, secret };
  const senderId = stringTake(cursor);
  const recipientId = stringTake(cursor);
  const masterSalt = stringTake(cursor);
  const context = stringTake(cursor);
  return { kind, keyId, secret, oscore: { senderId, recipientId, masterSalt, context } };
};

/** Undefined: not the content of a key store, or one that may not be. */
export const contentRead = (bytes: Uint8Array): KeyStoreContent | undefined => {
  const cursor = cursorOpen(bytes, 0, bytes.length, MALFORMED);
  if (cborTake(cursor, MAP) !== 2 || cborInt(cursor) !== DEVICE) cborFail(cursor, MALFORMED);
  const device = stringTake(cursor);
  if (cborInt(cursor) !== KEYS) cborFail(cursor, MALFORMED);
  const count = cborTake(cursor, ARRAY);
  if (!(count >= 0 && count <= KEYS_MAX)) cborFail(cursor, MALFORMED);
  const keys: StoredKey[] = [];
  for (let left = count; left > 0 && cursor.error === 0; left--) keys.push(keyTake(cursor));
  if (cursor.error !== 0 || cursor.at !== cursor.end) return undefined;
  const content = { device, keys };
  return contentTrouble(content) === undefined ? content : undefined;
};
