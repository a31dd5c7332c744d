/**
 * The crypto port over the module `crypto`. There is no signature among the natives: anchors are of HSS/LMS, which the
 * agent verifies over SHA-256 alone.
 *
 * Written in the device dialect, like agent/.
 */
import type { Crypto } from '../ports.ts';
import { espruinoSha256 } from './hash.ts';
import type { EspruinoHashOptions } from './hash.ts';

/** Throws where the build has no SHA-256: without it nothing can be verified in a time that a board has. */
export function espruinoCrypto(natives: EspruinoHashOptions): Crypto {
  if (!natives.crypto.SHA256) throw new Error('crypto: this build has no SHA256');
  return {
    sha256: () => espruinoSha256(natives),
    verify: () => false,
  };
}
