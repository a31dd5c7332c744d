/**
 * Encrypted updates, made by OpenSSL from docs/SPEC.md section 10 and from nothing of ours; right ones and wrong ones.
 */
import { createCipheriv } from 'node:crypto';
import type { CipherGCM, CipherGCMTypes } from 'node:crypto';
import type { Update } from '../../bootloader-sim/index.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import type { Decryption } from '../../hal/ports.ts';
import { signManifest, writeEnvelope } from '../../publisher/index.ts';
import { sha256 } from '../_crypto.ts';
import { Tagged, cbor, digest, manifestOf, map } from '../_envelope.ts';
import type { Value } from '../_envelope.ts';
import { config, firmware, signingKey } from '../bootloader-sim/_real.ts';
import { frameOnce, patchOnce } from './_made.ts';

export const CHACHA = 24;
export const GCM = 1;
const NAMES: Record<number, string> = { [GCM]: 'aes-128-gcm', [CHACHA]: 'chacha20-poly1305' };
const IV = Buffer.alloc(8, 0xa6);
export const KEY_ID: Uint8Array = Uint8Array.from([1, 2, 3, 4]);
export const DEVICE_KEY: Uint8Array = firmware(77, 16);
export const contentKeyOf = (algorithm: number): Uint8Array => firmware(78, algorithm === GCM ? 16 : 32);

export const wrap = (key: Uint8Array, by: Uint8Array = DEVICE_KEY): Uint8Array => {
  const cipher = createCipheriv('id-aes128-wrap' as never, by, IV);
  return Uint8Array.from(Buffer.concat([cipher.update(key), cipher.final()]));
};

/** The port, with one key of A128KW. */
export const decryptionOf = (key: Uint8Array = DEVICE_KEY, keyId: Uint8Array = KEY_ID): Decryption =>
  nodeDecryption([{ kind: 'A128KW', keyId, key }]);

/** SPEC 10: the payload in pieces. */
export const seal = (
  payload: Uint8Array,
  piece: number,
  id: Uint8Array,
  algorithm: number,
  key: Uint8Array = contentKeyOf(algorithm),
): Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += piece) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(at / piece);
    const last = at + piece >= payload.length ? 1 : 0;
    const nonce = Buffer.concat([id.subarray(0, 8), number]);
    const cipher = createCipheriv(NAMES[algorithm] as CipherGCMTypes, key, nonce, {
      authTagLength: 16,
    }) as CipherGCM;
    const plain = payload.subarray(at, at + piece);
    cipher.setAAD(Buffer.concat([id, number, Uint8Array.of(last)]), { plaintextLength: plain.length });
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    pieces.push(Uint8Array.from(sealed));
  }
  return pieces;
};

export const recipient = (wrapped: Uint8Array, keyId: Uint8Array = KEY_ID): Value[] => [
  new Uint8Array(0),
  new Map([
    [1, -3],
    [4, keyId as Value],
  ]),
  wrapped,
];

export const coseEncrypt = (algorithm: number, recipients: Value[]): Uint8Array =>
  cbor(new Tagged(96, [cbor(map({ 1: algorithm })), new Map(), null, recipients]));

export const FORMATS = ['plain', 'framed', 'patch'] as const;
export type Format = (typeof FORMATS)[number];

export interface EncryptedOptions {
  readonly format?: Format;
  readonly algorithm?: number;
  readonly piece?: number;
  /** The bytes of parameter 19; null leaves it out. */
  readonly info?: Uint8Array | null;
  /** The value of parameter -265; null leaves it out. */
  readonly pieceSaid?: number | null;
  readonly recipients?: Value[];
  readonly pieces?: (pieces: Uint8Array[]) => Uint8Array[];
  readonly key?: Uint8Array;
  readonly uri?: string;
}

export interface EncryptedUpdate extends Update {
  readonly plain: Uint8Array;
}

/** An update to `fresh`, encrypted; as a patch, one against `old`. */
export const encryptedRelease = (
  old: Uint8Array,
  fresh: Uint8Array,
  number: number,
  options: EncryptedOptions = {},
): EncryptedUpdate => {
  const { format = 'framed', algorithm = CHACHA, piece = 1024, uri = 'https://example.org/e' } = options;
  const framed = format === 'framed' ? frameOnce(fresh) : undefined;
  const patched = format === 'patch' ? patchOnce(old, fresh) : undefined;
  const plain = framed?.payload ?? patched?.payload ?? fresh;
  const root = framed?.root ?? patched?.root;
  const id = root ?? sha256(fresh);
  const key = options.key ?? contentKeyOf(algorithm);
  const sealed = seal(plain, piece, id, algorithm, key);
  const info =
    options.info === undefined
      ? coseEncrypt(algorithm, options.recipients ?? [recipient(wrap(key))])
      : options.info;
  const said = options.pieceSaid === undefined ? piece : options.pieceSaid;
  const identity: Record<number, Value> = {
    1: config.vendor,
    2: config.classId,
    3: cbor(digest(fresh)),
    14: fresh.length,
    ...(info && { 19: info }),
    ...(said !== null && { [-265]: said }),
  };
  const fetching: Record<number, Value> = {
    21: uri,
    ...(root && { [-257]: framed ? 1 : 2, [-258]: root, [-259]: plain.length }),
    ...(patched && { [-264]: patched.first }),
  };
  const base: Value[] = patched ? [20, map({ [-263]: sha256(old) }), -263, 15] : [];
  const bytes = manifestOf({
    manifest: { 2: number },
    shared: [20, map(identity), 1, 15, 2, 15],
    install: [...base, 20, map(fetching), 21, 2, 3, 15],
  });
  const manifest = { bytes, digest: sha256(cbor(bytes)) };
  const envelope = writeEnvelope({ manifest, signatures: signManifest(manifest.digest, [signingKey], {}) });
  const pieces = options.pieces?.(sealed) ?? sealed;
  return { envelope, payload: Uint8Array.from(Buffer.concat(pieces)), plain };
};
