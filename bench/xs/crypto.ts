/** The crypto that is measured. The bundler leaves out what a case does not use. */
import type { Crypto } from '../../hal/ports.ts';
import { scriptSha256 } from '../../hal/sha256.ts';

/** Put in by the host. */
declare const SCRIPT_HASH: boolean;

export function cryptoOf(native: Crypto): Crypto {
  return SCRIPT_HASH ? { sha256: scriptSha256, verify: native.verify } : native;
}
