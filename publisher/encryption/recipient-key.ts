/** Keys that content keys are wrapped for: what a device keeps, and what a packer needs of it. */
import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { randomBytes } from 'node:crypto';
import { plainBytes, sha256 } from '../bytes.ts';
import { KeyIdMost, WrapKeyLength } from './algorithms.ts';
import type { RecipientKind } from './algorithms.ts';

/** What is packed for. */
export interface RecipientKey {
  readonly kind: RecipientKind;
  readonly keyId: Uint8Array;
  /** X25519: 32 bytes. P-256: 65 (0x04 x y). A128KW: the secret itself, 16. */
  readonly key: Uint8Array;
}

/** What a device holds. */
export interface DeviceKey extends RecipientKey {
  /** X25519 and P-256: the scalar, 32 bytes. A128KW: 16. */
  readonly secret: Uint8Array;
}

const KeyIdLength = 8;

/** Of a secret key too: 8 bytes of a digest over 16 random ones tell nothing of use. */
export const defaultKeyId = (key: Uint8Array): Uint8Array => sha256(key).slice(0, KeyIdLength);

export const keyIdFits = (keyId: Uint8Array): boolean => keyId.length >= 1 && keyId.length <= KeyIdMost;

export const keyLength: Readonly<Record<RecipientKind, number>> = {
  x25519: 32,
  p256: 65,
  a128kw: WrapKeyLength,
};

export const secretLength: Readonly<Record<RecipientKind, number>> = {
  x25519: 32,
  p256: 32,
  a128kw: WrapKeyLength,
};

/** Throws for what is no secret key of the kind. */
export const publicOf = (kind: RecipientKind, secret: Uint8Array): Uint8Array => {
  if (kind === 'a128kw') return secret;
  return kind === 'x25519' ? x25519.getPublicKey(secret) : p256.getPublicKey(secret, false);
};

/** Whether a shared secret can be made with it. A symmetric key has no public half. */
export const isPublicKey = (kind: RecipientKind, key: Uint8Array): boolean => {
  if (kind === 'a128kw') return false;
  try {
    if (kind === 'x25519') x25519.getSharedSecret(x25519.utils.randomSecretKey(), key);
    else p256.Point.fromBytes(key);
    return true;
  } catch {
    return false;
  }
};

export const deviceKeyOf = (kind: RecipientKind, secret: Uint8Array, keyId?: Uint8Array): DeviceKey => {
  const key = publicOf(kind, secret);
  return { kind, secret, key, keyId: keyId ?? defaultKeyId(key) };
};

const freshSecret = (kind: RecipientKind): Uint8Array => {
  if (kind === 'a128kw') return plainBytes(randomBytes(WrapKeyLength));
  return kind === 'x25519' ? x25519.utils.randomSecretKey() : p256.utils.randomSecretKey();
};

export const deviceKeyNew = (kind: RecipientKind, keyId?: Uint8Array): DeviceKey =>
  deviceKeyOf(kind, freshSecret(kind), keyId);
