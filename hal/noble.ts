/** The Crypto port over noble, for Node and for devices with BigInt and memory to spare. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { Crypto, Hash } from './ports.ts';
import {
  ALGORITHM_ED25519,
  ALGORITHM_ES256,
  ALGORITHM_ESP256,
  ownBytes,
  ownRange,
  strictEd25519,
  strictP256,
} from './strict.ts';

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

const fromLittle = (bytes: Uint8Array): bigint => {
  let hex = '';
  for (let i = bytes.length - 1; i >= 0; i--) hex += (bytes[i] as number).toString(16).padStart(2, '0');
  return BigInt('0x' + hex);
};

/**
 * RFC 8032 section 5.1.7 on noble's points. Not noble's own verify, which multiplies by the cofactor and so holds some
 * signatures of mixed order good that OpenSSL refuses; strict.ts says which equation is ours. As R is compared as
 * bytes, it need not be decoded, which saves a square root.
 */
const verifyEd25519 = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const { Point } = ed25519;
  const encodedR = signature.subarray(0, 32);
  const challenge = sha512.create().update(encodedR).update(key).update(message).digest();
  const k = Point.Fn.create(fromLittle(challenge));
  const s = fromLittle(signature.subarray(32));
  const a = Point.fromBytes(key, false);
  const r = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes();
  return r.every((byte, i) => byte === encodedR[i]);
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
  if (!strictP256(ownKey, ownSignature)) return false;
  try {
    return p256.verify(ownSignature, ownDigest, ownKey, { lowS: false, prehash: false });
  } catch {
    return false;
  }
}

/** Crypto over noble. Holds about 130 KB of heap (V8) after the first Ed25519 signature. */
export function nobleCrypto(): Crypto {
  let lean = false;
  const saveMemory = (): void => {
    if (lean) return;
    // The table noble would make for the base point at first use takes 500 KB; without one a verify is a third slower.
    ed25519.Point.BASE.precompute(1);
    lean = true;
  };
  return {
    sha256: nobleHash,
    verify(algorithm, key, message, signature) {
      const ownKey = ownBytes(key);
      const ownMessage = ownBytes(message);
      const ownSignature = ownBytes(signature);
      if (!ownKey || !ownMessage || !ownSignature) return false;
      try {
        if (algorithm === ALGORITHM_ED25519) {
          if (!strictEd25519(ownKey, ownSignature)) return false;
          saveMemory();
          return verifyEd25519(ownKey, ownMessage, ownSignature);
        }
        if (algorithm === ALGORITHM_ESP256 || algorithm === ALGORITHM_ES256) {
          if (!strictP256(ownKey, ownSignature)) return false;
          return p256.verify(ownSignature, ownMessage, ownKey, { lowS: false });
        }
        return false;
      } catch {
        return false;
      }
    },
    verifyDigest(algorithm, key, digest, signature) {
      return verifyP256Digest(algorithm, key, digest, signature);
    },
  };
}
