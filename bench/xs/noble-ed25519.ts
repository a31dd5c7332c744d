/**
 * An image that verifies Ed25519 with noble. Not part of the firmware: what is frozen is in flash, and there noble's
 * modules could not change the words they work with, and their BigInts would be equal to none in RAM.
 */
import { nobleEd25519 } from '../../hal/noble/ed25519.ts';
import { ALGORITHM_ED25519 } from '../../hal/strict.ts';
import type { Verifier } from './crypto.ts';

(globalThis as unknown as { verifier: Verifier }).verifier = {
  algorithm: ALGORITHM_ED25519,
  verify: nobleEd25519,
};
