/**
 * What the providers of the Decryption port over a library have in common: arguments are looked at before the library
 * is asked, and what it throws is an answer.
 */
import {
  ALGORITHM_A128KW,
  contentKeySize,
  contentKeySizeOf,
  deviceKeyFind,
  deviceKeysCheck,
  NONCE_SIZE,
  TAG_SIZE,
} from './device-keys.ts';
import type { DeviceKey } from './device-keys.ts';
import type { Decryption } from './ports.ts';
import { ownBytes, ownRange } from './strict.ts';

/** May throw: bytes are of the right length, no more is said of them. */
export interface DecryptionLibrary {
  /** The shared secret, 32 bytes. Throws on a point off the curve, and where the secret is all zero. */
  agree(kind: DeviceKey['kind'], secret: Uint8Array, sender: Uint8Array): Uint8Array;
  /** HKDF-SHA256 without salt, 16 bytes. */
  derive(shared: Uint8Array, info: Uint8Array): Uint8Array;
  /** RFC 3394. Throws where the check value is wrong. */
  unwrap(kek: Uint8Array, wrapped: Uint8Array): Uint8Array;
  /** Decrypts `sealed`, ciphertext and tag, to the start of itself. Throws where the tag does not hold. */
  open(
    algorithm: number,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): void;
}

const UNCOMPRESSED = 0x04;

const kekOf = (
  library: DecryptionLibrary,
  { kind, key }: DeviceKey,
  sender: Uint8Array,
  info: Uint8Array,
): Uint8Array => {
  if (kind === 'A128KW') return key;
  if (kind === 'P-256' && sender[0] !== UNCOMPRESSED) throw new RangeError('not an uncompressed point');
  const shared = library.agree(kind, key, sender);
  const kek = library.derive(shared, info);
  shared.fill(0);
  return kek;
};

/** Keys are copied. Throws where one of them is no key. */
export function libraryDecryption(library: DecryptionLibrary, given: readonly DeviceKey[]): Decryption {
  deviceKeysCheck(given);
  const keys = given.map(({ keyId, kind, key }) => ({ keyId: keyId.slice(), kind, key: key.slice() }));
  return {
    unwrap(algorithm, keyId, sender, info, wrapped, into) {
      try {
        const [ownId, ownSender] = [ownBytes(keyId), ownBytes(sender)];
        if (!ownId || !ownSender) return 0;
        const found = deviceKeyFind(keys, algorithm, ownId, ownSender);
        if (!found) return 0;
        const [ownInfo, ownWrapped, ownInto] = [ownBytes(info), ownBytes(wrapped), ownBytes(into)];
        if (!ownInfo || !ownWrapped || !ownInto) return -1;
        const size = contentKeySize(ownWrapped.length);
        if (size === 0 || ownInto.length < size) return -1;
        // A recipient of A128KW has neither: bytes there are not of this profile.
        if (algorithm === ALGORITHM_A128KW && ownSender.length + ownInfo.length > 0) return -1;
        ownInto.set(library.unwrap(kekOf(library, found, ownSender, ownInfo), ownWrapped));
        return size;
      } catch {
        return -1;
      }
    },
    open(algorithm, key, nonce, associated, bytes, from, to) {
      try {
        const [ownKey, ownNonce, ownAssociated] = [ownBytes(key), ownBytes(nonce), ownBytes(associated)];
        const all = ownBytes(bytes);
        if (!ownKey || !ownNonce || !ownAssociated || !all) return false;
        const size = contentKeySizeOf(algorithm);
        if (size === 0 || ownKey.length !== size || ownNonce.length !== NONCE_SIZE) return false;
        const sealed = ownRange(all, from, to);
        if (sealed.length < TAG_SIZE) return false;
        library.open(algorithm, ownKey, ownNonce, ownAssociated, sealed);
        return true;
      } catch {
        return false;
      }
    },
  };
}
