/**
 * The Decryption port for devices without native ciphers, in about 1.1 KB of memory that is taken when it is opened. Keys of
 * A128KW only: X25519 and P-256 need a native one, or noble.
 *
 * Written in the device dialect, like agent/.
 */
import { aesKey, aesNew, aesUnwrap } from './aes.ts';
import type { Aes } from './aes.ts';
import { aesGcmNew, aesGcmOpen } from './aes-gcm.ts';
import type { AesGcm } from './aes-gcm.ts';
import { chaCha20Poly1305New, chaCha20Poly1305Open } from './chacha20-poly1305.ts';
import type { ChaCha20Poly1305 } from './chacha20-poly1305.ts';
import {
  ALGORITHM_A128KW,
  ALGORITHM_AES_GCM,
  contentKeySize,
  contentKeySizeOf,
  deviceKeyFind,
  deviceKeysCheck,
  NONCE_SIZE,
  TAG_SIZE,
} from './device-keys.ts';
import type { DeviceKey } from './device-keys.ts';
import type { Decryption } from './ports.ts';

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface DeviceDecryption extends Decryption {
  readonly keys: readonly DeviceKey[];
  readonly aes: Aes;
  readonly gcm: AesGcm;
  readonly chaCha: ChaCha20Poly1305;
}

function unwrap(
  this: DeviceDecryption,
  algorithm: number,
  keyId: Uint8Array,
  sender: Uint8Array,
  info: Uint8Array,
  wrapped: Uint8Array,
  into: Uint8Array,
): number {
  if (algorithm !== ALGORITHM_A128KW) return 0;
  const found = deviceKeyFind(this.keys, algorithm, keyId, sender);
  if (found === undefined) return 0;
  const size = contentKeySize(wrapped.length);
  if (size === 0 || !(into.length >= size) || sender.length + info.length !== 0) return -1;
  aesKey(this.aes, found.key);
  return aesUnwrap(this.aes, wrapped, into) ? size : -1;
}

function open(
  this: DeviceDecryption,
  algorithm: number,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const size = contentKeySizeOf(algorithm);
  if (size === 0 || key.length !== size || nonce.length !== NONCE_SIZE) return false;
  if (!(from >= 0 && to - from >= TAG_SIZE && to <= bytes.length)) return false;
  return algorithm === ALGORITHM_AES_GCM
    ? aesGcmOpen(this.gcm, key, nonce, associated, bytes, from, to)
    : chaCha20Poly1305Open(this.chaCha, key, nonce, associated, bytes, from, to);
}

/** Throws where a key is no key, or is not of A128KW. The keys are kept as they are given. */
export function deviceDecryption(keys: readonly DeviceKey[]): Decryption {
  deviceKeysCheck(keys);
  for (const one of keys)
    if (one.kind !== 'A128KW')
      throw new RangeError(`a device key of ${one.kind} needs a native provider, or noble`);
  const aes = aesNew();
  const made: DeviceDecryption = {
    keys: keys,
    aes: aes,
    gcm: aesGcmNew(aes),
    chaCha: chaCha20Poly1305New(),
    unwrap: unwrap,
    open: open,
  };
  return made;
}
