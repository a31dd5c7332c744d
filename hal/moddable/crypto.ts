/** The crypto port over "crypt", native, and the P-256 of p256.ts where the board has anchors for it. */
import type { Crypto, Hash } from '../ports.ts';
import type { P256 } from './p256.ts';
import type { SdkDigestConstructor } from './sdk.ts';

const DIGEST = 32;
const ALGORITHM_ESP256 = -9;
const ALGORITHM_ES256 = -7;

/** One SHA-256 state. `finish` makes the SDK's 32 bytes as garbage, `update` a view where only a part is given. */
export function moddableHash(Digest: SdkDigestConstructor): Hash {
  const digest = new Digest('SHA256');
  return {
    begin: () => digest.reset(),
    update: (bytes, from, to) => {
      if (!(from >= 0 && from <= to && to <= bytes.length)) throw new RangeError('range outside the bytes');
      digest.write(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    },
    finish: (into) => {
      if (!(into.length >= DIGEST)) throw new RangeError('no room for a digest');
      into.set(new Uint8Array(digest.close()));
    },
  };
}

/** Without `p256` only anchors of HSS/LMS verify: the agent does that itself, over `sha256`. */
export function moddableCrypto(Digest: SdkDigestConstructor, p256?: P256): Crypto {
  return {
    sha256: () => moddableHash(Digest),
    verify: (algorithm, key, message, signature) => {
      if (!p256 || (algorithm !== ALGORITHM_ESP256 && algorithm !== ALGORITHM_ES256)) return false;
      try {
        return p256(key, message, signature);
      } catch (_) {
        return false;
      }
    },
  };
}
