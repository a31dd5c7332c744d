/** The Crypto port over noble, for Node and for devices with BigInt and memory to spare. */
import { sha256 } from '@noble/hashes/sha2.js';
import { nobleEd25519 } from './noble/ed25519.ts';
import type { Verify } from './noble/ed25519.ts';
import { nobleP256, nobleP256Digest } from './noble/p256.ts';
import type { Crypto, Hash } from './ports.ts';
import { ALGORITHM_ED25519, ALGORITHM_ES256, ALGORITHM_ESP256, ownBytes, ownRange } from './strict.ts';

const DIGEST_SIZE = 32;

const nobleHash = (): Hash => {
  const blank = sha256.create();
  const state = sha256.create();
  return {
    begin() {
      // Copies the blank state over, so that nothing is allocated after open.
      blank._cloneInto(state);
    },
    update(bytes, from, to) {
      state.update(ownRange(bytes, from, to));
    },
    finish(into) {
      state.digestInto(ownRange(into, 0, DIGEST_SIZE));
    },
  };
};

const VERIFIES: Readonly<Record<number, Verify>> = {
  [ALGORITHM_ED25519]: nobleEd25519,
  [ALGORITHM_ESP256]: nobleP256,
  [ALGORITHM_ES256]: nobleP256,
};

/** `verifyDigest` of the port; node:crypto has no way to give ECDSA a digest, so that provider takes this one too. */
export function verifyP256Digest(
  algorithm: number,
  key: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const ownKey = ownBytes(key);
  const ownDigest = ownBytes(digest);
  const ownSignature = ownBytes(signature);
  if (!ownKey || !ownDigest || !ownSignature || ownDigest.length !== DIGEST_SIZE) return false;
  if (algorithm !== ALGORITHM_ESP256 && algorithm !== ALGORITHM_ES256) return false;
  try {
    return nobleP256Digest(ownKey, ownDigest, ownSignature);
  } catch {
    return false;
  }
}

export function nobleCrypto(): Crypto {
  return {
    sha256: nobleHash,
    verify(algorithm, key, message, signature) {
      const ownKey = ownBytes(key);
      const ownMessage = ownBytes(message);
      const ownSignature = ownBytes(signature);
      if (!ownKey || !ownMessage || !ownSignature) return false;
      try {
        return VERIFIES[algorithm]?.(ownKey, ownMessage, ownSignature) ?? false;
      } catch {
        return false;
      }
    },
    verifyDigest: verifyP256Digest,
  };
}
