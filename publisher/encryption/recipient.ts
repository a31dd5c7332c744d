/** A content key, wrapped for one recipient, and unwrapped again. */
import { aeskw } from '@noble/ciphers/aes.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf, sameBytes } from '../bytes.ts';
import { cborEncode } from '../cbor.ts';
import { EphemeralKeyWrap, KeyWrap, WrapKeyLength } from './algorithms.ts';
import type { RecipientKind } from './algorithms.ts';
import { publicOf } from './recipient-key.ts';
import type { DeviceKey, RecipientKey } from './recipient-key.ts';
import { noRecipient, wrongKey } from './trouble.ts';

/** One recipient, as parameter 19 has it. */
export interface Recipient {
  readonly kind: RecipientKind;
  readonly keyId: Uint8Array;
  /** The ephemeral public key, of P-256 as 0x04 x y; empty for A128KW. */
  readonly sender: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** The protected header of a recipient by ECDH-ES + A128KW. */
export const ephemeralHeader: Uint8Array = cborEncode(new Map([[1, EphemeralKeyWrap]]));

const nobody = [null, null, null];

/** The COSE_KDF_Context (RFC 9053 section 5.2). */
export const keyContext: Uint8Array = cborEncode([
  KeyWrap,
  nobody,
  nobody,
  [8 * WrapKeyLength, ephemeralHeader, new TextEncoder().encode('SUIT Payload Encryption')],
]);

/** The x coordinate is the shared secret of P-256 (RFC 9053 section 6.3). */
export const sharedSecret = (kind: RecipientKind, secret: Uint8Array, other: Uint8Array): Uint8Array =>
  kind === 'x25519' ? x25519.getSharedSecret(secret, other) : p256.getSharedSecret(secret, other).slice(1);

export const wrapKeyOf = (shared: Uint8Array, context: Uint8Array = keyContext): Uint8Array =>
  hkdf(sha256, shared, undefined, context, WrapKeyLength);

/** `ephemeral` is the secret of a key pair that serves this one wrap. */
export const keyWrap = (contentKey: Uint8Array, known: RecipientKey, ephemeral: Uint8Array): Recipient => {
  const { kind, keyId } = known;
  if (kind === 'a128kw') {
    return { kind, keyId, sender: new Uint8Array(0), wrapped: aeskw(known.key).encrypt(contentKey) };
  }
  const wrapKey = wrapKeyOf(sharedSecret(kind, ephemeral, known.key));
  return { kind, keyId, sender: publicOf(kind, ephemeral), wrapped: aeskw(wrapKey).encrypt(contentKey) };
};

const unwrap = (one: Recipient, own: DeviceKey): Uint8Array => {
  const wrapKey =
    one.kind === 'a128kw' ? own.secret : wrapKeyOf(sharedSecret(one.kind, own.secret, one.sender));
  return aeskw(wrapKey).decrypt(one.wrapped);
};

/** The content key, by the first recipient that names the key and is of its kind: what a device takes. */
export const keyUnwrap = (recipients: readonly Recipient[], own: DeviceKey, file?: string): Uint8Array => {
  const found = recipients.find((one) => one.kind === own.kind && sameBytes(one.keyId, own.keyId));
  if (!found)
    throw noRecipient(
      recipients.map((one) => `${one.kind} ${hexOf(one.keyId)}`),
      file,
    );
  try {
    return unwrap(found, own);
  } catch {
    throw wrongKey(hexOf(own.keyId), file);
  }
};
