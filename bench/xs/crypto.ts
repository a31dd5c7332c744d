/** The crypto that is measured. The bundler leaves what a case does not use out. */
import { scriptSha256 } from '../../hal/sha256.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import type { Crypto } from '../../hal/ports.ts';

/** Put in by the host. */
declare const SCRIPT_HASH: boolean;
declare const SCRIPT_SIGNATURE: boolean;

export function cryptoOf(native: Crypto): Crypto {
  if (SCRIPT_SIGNATURE) {
    const noble = nobleCrypto();
    return { sha256: native.sha256, verify: noble.verify };
  }
  if (SCRIPT_HASH) return { sha256: scriptSha256, verify: native.verify };
  return native;
}
