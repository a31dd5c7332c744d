/** Signs and agrees over noble: for Node, and for devices with BigInt and memory to spare. Secrets lie in RAM. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import * as Err from '../../agent/err.ts';
import { ALGORITHM_ED25519, ALGORITHM_ESP256 } from '../identity/algorithms.ts';
import type { Signing } from '../identity/device-identity.ts';

/** Of 'P-256' and 'X25519' the key agrees, of the others it signs; 32 bytes, as RFC 7748 and 8032 have it or big-endian. */
export interface NobleKey {
  readonly keyId: Uint8Array;
  readonly kind: 'Ed25519' | 'ESP256' | 'X25519' | 'P-256';
  readonly secret: Uint8Array;
}

const PUBLIC: Readonly<Record<NobleKey['kind'], (secret: Uint8Array) => Uint8Array>> = {
  Ed25519: (secret) => ed25519.getPublicKey(secret),
  ESP256: (secret) => p256.getPublicKey(secret, false),
  X25519: (secret) => x25519.getPublicKey(secret),
  'P-256': (secret) => p256.getPublicKey(secret, false),
};

const put = (bytes: Uint8Array, into: Uint8Array): number => {
  into.set(bytes);
  return bytes.length;
};

/** For `deviceIdentity`, which catches what noble throws. Throws here where a key is none. */
export const nobleSigning = (keys: readonly NobleKey[]): Signing => {
  for (const { kind, secret } of keys) PUBLIC[kind](secret);
  const find = (keyId: Uint8Array, ...kinds: readonly NobleKey['kind'][]): NobleKey | undefined =>
    keys.find((one) => kinds.includes(one.kind) && one.keyId.join() === keyId.join());
  return {
    publicKey(keyId, into) {
      const key = find(keyId, 'Ed25519', 'ESP256', 'X25519', 'P-256');
      return key === undefined ? Err.KeyMissing : put(PUBLIC[key.kind](key.secret), into);
    },
    sign(algorithm, keyId, message, into) {
      if (algorithm === ALGORITHM_ED25519) {
        const key = find(keyId, 'Ed25519');
        return key === undefined ? Err.KeyMissing : put(ed25519.sign(message, key.secret), into);
      }
      const key = algorithm === ALGORITHM_ESP256 ? find(keyId, 'ESP256') : undefined;
      return key === undefined ? Err.KeyMissing : put(p256.sign(message, key.secret), into);
    },
    agree(keyId, peer, into) {
      const key = find(keyId, 'X25519', 'P-256');
      if (key === undefined) return Err.KeyMissing;
      if (key.kind === 'X25519') return put(x25519.getSharedSecret(key.secret, peer), into);
      // The point compressed: x is behind its first byte.
      return put(p256.getSharedSecret(key.secret, peer, true).subarray(1), into);
    },
  };
};
