/** The Crypto port over node:crypto. */
import { createHash, createPublicKey, verify, type Hash as NodeHash, type KeyObject } from 'node:crypto';
import { verifyP256Digest } from '../noble.ts';
import type { Crypto, Hash } from '../ports.ts';
import {
  ALGORITHM_ED25519,
  ALGORITHM_ES256,
  ALGORITHM_ESP256,
  ownBytes,
  ownRange,
  strictEd25519,
  strictP256,
} from '../strict.ts';

/** Keys kept as objects; the oldest goes first. A board has a handful of anchors. */
const KEYS_MAX = 8;
const DIGEST_SIZE = 32;

// SubjectPublicKeyInfo up to the key's own bytes: RFC 8410 section 4, RFC 5480 section 2.
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const SPKI_P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

const nodeHash = (): Hash => {
  let hash: NodeHash = createHash('sha256');
  return {
    begin() {
      hash = createHash('sha256');
    },
    update(bytes, from, to) {
      hash.update(ownRange(bytes, from, to));
    },
    finish(into) {
      ownRange(into, 0, DIGEST_SIZE).set(hash.digest());
    },
  };
};

/** Crypto over node:crypto, with the verdicts of the noble provider. */
export function nodeCrypto(): Crypto {
  const keys = new Map<string, KeyObject>();
  const keyObject = (head: Buffer, key: Uint8Array): KeyObject => {
    const name = Buffer.from(key).toString('latin1');
    const held = keys.get(name);
    if (held) return held;
    // Throws on a point that is not on the curve.
    const made = createPublicKey({ key: Buffer.concat([head, key]), format: 'der', type: 'spki' });
    if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value as string);
    keys.set(name, made);
    return made;
  };
  return {
    sha256: nodeHash,
    verify(algorithm, key, message, signature) {
      const ownKey = ownBytes(key);
      const ownMessage = ownBytes(message);
      const ownSignature = ownBytes(signature);
      if (!ownKey || !ownMessage || !ownSignature) return false;
      try {
        if (algorithm === ALGORITHM_ED25519) {
          if (!strictEd25519(ownKey, ownSignature)) return false;
          return verify(null, ownMessage, keyObject(SPKI_ED25519, ownKey), ownSignature);
        }
        if (algorithm === ALGORITHM_ESP256 || algorithm === ALGORITHM_ES256) {
          if (!strictP256(ownKey, ownSignature)) return false;
          const object = keyObject(SPKI_P256, ownKey);
          return verify('sha256', ownMessage, { key: object, dsaEncoding: 'ieee-p1363' }, ownSignature);
        }
        return false;
      } catch {
        return false;
      }
    },
    verifyDigest: verifyP256Digest,
  };
}
