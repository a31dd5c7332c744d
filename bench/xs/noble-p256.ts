/** An image that verifies ECDSA over P-256 with noble; noble-ed25519.ts says why an image. */
import { nobleP256 } from '../../hal/noble/p256.ts';
import { ALGORITHM_ESP256 } from '../../hal/strict.ts';
import type { Verifier } from './crypto.ts';

(globalThis as unknown as { verifier: Verifier }).verifier = {
  algorithm: ALGORITHM_ESP256,
  verify: nobleP256,
};
