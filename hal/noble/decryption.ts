/** The Decryption port over noble, for Node and for devices with BigInt and memory to spare. */
import { aeskw, gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ALGORITHM_AES_GCM, KEK_SIZE, TAG_SIZE } from '../device-keys.ts';
import type { DeviceKey } from '../device-keys.ts';
import { libraryDecryption } from '../library-decryption.ts';
import type { DecryptionLibrary } from '../library-decryption.ts';
import type { Decryption } from '../ports.ts';

const NOBLE: DecryptionLibrary = {
  // Noble throws on a secret of zeros. Of P-256 it gives the point compressed: x is behind its first byte.
  agree: (kind, secret, sender) =>
    kind === 'X25519'
      ? x25519.getSharedSecret(secret, sender)
      : p256.getSharedSecret(secret, sender, true).slice(1),
  derive: (shared, info) => hkdf(sha256, shared, undefined, info, KEK_SIZE),
  unwrap: (kek, wrapped) => aeskw(kek).decrypt(wrapped),
  open(algorithm, key, nonce, associated, sealed) {
    if (algorithm === ALGORITHM_AES_GCM) sealed.set(gcm(key, nonce, associated).decrypt(sealed));
    // In place: the tag is proven before the first byte is written.
    else
      chacha20poly1305(key, nonce, associated).decrypt(sealed, sealed.subarray(0, sealed.length - TAG_SIZE));
  },
};

/** Throws where a key is no key. */
export function nobleDecryption(keys: readonly DeviceKey[]): Decryption {
  for (const { kind, key, keyId } of keys)
    if (kind === 'P-256' && !p256.utils.isValidSecretKey(key))
      throw new RangeError(`device key of id ${keyId.join()}: not a P-256 private key`);
  return libraryDecryption(NOBLE, keys);
}
