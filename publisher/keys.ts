import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { Progress } from './blocks.ts';
import { concat, hexOf, sha256 } from './bytes.ts';
import { hashBasedHolds } from './device.ts';
import { Exit, PublishError } from './errors.ts';
import { readText, writeNew } from './files.ts';
import { isLmsKey, keyRead, signaturesLeft } from './lms/key-file.ts';
import { hssSignatureLength } from './lms/parameters.ts';
import { hssSign } from './lms/signing-key.ts';
import { stateLoad } from './lms/state.ts';
import { publishedKeys } from './testkeys.ts';

export type Algorithm = 'ed25519' | 'esp256' | 'hss-lms';
/** Those whose private half is a PEM file. */
export type PemAlgorithm = Exclude<Algorithm, 'hss-lms'>;

/** The COSE numbers that are written (docs/SPEC.md section 1). */
export const coseAlgorithm: Readonly<Record<Algorithm, number>> = {
  ed25519: -19,
  esp256: -9,
  'hss-lms': -46,
};

export const algorithmIs = (name: unknown): name is Algorithm =>
  typeof name === 'string' && Object.hasOwn(coseAlgorithm, name);

/** A public key as a device holds it: 32 bytes for Ed25519, 65 (0x04 x y) for P-256, 52 or 60 for HSS/LMS. */
export interface PublicKey {
  readonly algorithm: Algorithm;
  readonly key: Uint8Array;
  readonly keyId: Uint8Array;
}

export interface SigningKey extends PublicKey {
  /** Bytes in a signature. */
  readonly signatureLength: number;
  /** The same bytes each time for the same message; with HSS/LMS others each time, and one signature less is left. */
  sign(message: Uint8Array): Uint8Array;
  /** How many it can still make; left out where there is no end to it. */
  left?(): number;
}

const KeyIdLength = 8;
/** Of Ed25519, and of ECDSA on P-256 as r and s. */
export const PlainSignature = 64;

export const keyIdOf = (key: Uint8Array): Uint8Array => sha256(key).slice(0, KeyIdLength);

const fromBase64 = (text: string | undefined): Uint8Array =>
  new Uint8Array(Buffer.from(text ?? '', 'base64url'));

const publicKeyOf = (key: KeyObject, file: string): PublicKey => {
  const parts = key.export({ format: 'jwk' });
  if (parts.crv === 'Ed25519') {
    const raw = fromBase64(parts.x);
    return { algorithm: 'ed25519', key: raw, keyId: keyIdOf(raw) };
  }
  if (parts.crv === 'P-256') {
    const raw = concat([Uint8Array.of(4), fromBase64(parts.x), fromBase64(parts.y)]);
    return { algorithm: 'esp256', key: raw, keyId: keyIdOf(raw) };
  }
  throw new PublishError(`a key of type ${String(parts.crv ?? parts.kty)}`, {
    file,
    field: 'key',
    remedy: 'Use Ed25519 or ECDSA P-256; flipside keygen makes one',
  });
};

/** Reads the private half of a key pair from PKCS#8 PEM. `file` is for messages only. */
export const keyParse = (pem: string, file: string): SigningKey => {
  if (pem.includes('ENCRYPTED')) {
    const remedy = 'Decrypt it first (openssl pkcs8), or keep it in an HSM and use flipside sign --request';
    throw new PublishError('this key is encrypted', { file, field: 'key', remedy });
  }
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    const remedy = 'Give a private key as PKCS#8 PEM; flipside keygen makes one';
    throw new PublishError('not a private key', { file, field: 'key', remedy });
  }
  const known = publicKeyOf(createPublicKey(secret), file);
  if (known.algorithm === 'ed25519') {
    return {
      ...known,
      signatureLength: PlainSignature,
      sign: (message) => new Uint8Array(nodeSign(null, message, secret)),
    };
  }
  const scalar = fromBase64(secret.export({ format: 'jwk' }).d);
  // RFC 6979: node:crypto draws a random nonce, and a pack would not be reproducible.
  return {
    ...known,
    signatureLength: PlainSignature,
    sign: (message) => new Uint8Array(p256.sign(message, scalar, { lowS: true, prehash: true })),
  };
};

/** An HSS/LMS key signs out of its file, which counts what it signed. */
const lmsKey = (text: string, file: string, progress?: Progress): SigningKey => {
  const { key, parameters } = keyRead(text, file);
  return {
    algorithm: 'hss-lms',
    signatureLength: hssSignatureLength(parameters),
    key,
    keyId: keyIdOf(key),
    sign: (message) => hssSign(file, key, message, progress),
    left: () => signaturesLeft(stateLoad(file)),
  };
};

export const keyLoad = (file: string, progress?: Progress): SigningKey => {
  const text = readText(file, 'key');
  return isLmsKey(text) ? lmsKey(text, file, progress) : keyParse(text, file);
};

export const keyGenerate = (algorithm: PemAlgorithm): string => {
  const pair =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};

const SecretFileMode = 0o600;

export const keySave = (file: string, pem: string): void => writeNew(file, pem, SecretFileMode, 'key');

/** Reads a public key from SPKI PEM. */
export const publicKeyParse = (pem: string, file: string): PublicKey => {
  try {
    return publicKeyOf(createPublicKey(pem), file);
  } catch (error) {
    if (error instanceof PublishError) throw error;
    throw new PublishError('not a public key', { file, field: 'key', remedy: 'Give PEM, or an anchor file' });
  }
};

const nodeKeyOf = (known: PublicKey): KeyObject => {
  const text = (from: number, to: number): string =>
    Buffer.from(known.key.subarray(from, to)).toString('base64url');
  return known.algorithm === 'ed25519'
    ? createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: text(0, 32) } })
    : createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: text(1, 33), y: text(33, 65) } });
};

export const signatureHolds = (known: PublicKey, message: Uint8Array, signature: Uint8Array): boolean => {
  if (known.algorithm === 'hss-lms') return hashBasedHolds(known.key, message, signature);
  if (signature.length !== PlainSignature) return false;
  try {
    const key = nodeKeyOf(known);
    return known.algorithm === 'ed25519'
      ? nodeVerify(null, message, key, signature)
      : nodeVerify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
};

export const isPublishedKey = (known: PublicKey): boolean => publishedKeys.includes(hexOf(sha256(known.key)));

/** Throws for a key whose private half everybody has. */
export const refusePublishedKey = (known: PublicKey, file?: string): void => {
  if (!isPublishedKey(known)) return;
  throw new PublishError(`${hexOf(known.keyId)} is a published test key: anybody can sign with it`, {
    file,
    field: 'key',
    remedy: 'Make a key of your own with flipside keygen; for a test only, pass --allow-test-keys',
    exit: Exit.Refused,
  });
};
