/** ECDSA over P-256 with SHA-256, verified over noble. */
import { p256 } from '@noble/curves/nist.js';
import { strictP256 } from '../strict.ts';
import type { Verify } from './ed25519.ts';

/** Throws where the key is no point. */
export const nobleP256: Verify = (key, message, signature) =>
  strictP256(key, signature) && p256.verify(signature, message, key, { lowS: false });

/** The same where the SHA-256 of the message is there already. */
export const nobleP256Digest: Verify = (key, digest, signature) =>
  strictP256(key, signature) && p256.verify(signature, digest, key, { lowS: false, prehash: false });
