/**
 * The device's own keys, and which of them a recipient asks for: the same for every provider of the Decryption port.
 *
 * Written in the device dialect, like agent/.
 */

import { bytesEqual } from '../agent/bytes.ts';

// COSE numbers of what the port is asked for (RFC 9053).
export const ALGORITHM_A128KW: number = -3;
export const ALGORITHM_ECDH_ES_A128KW: number = -29;
export const ALGORITHM_AES_GCM: number = 1;
export const ALGORITHM_CHACHA20_POLY1305: number = 24;

/** Of 'P-256' and 'X25519' the private key, as RFC 7748 has it, or big-endian. */
export interface DeviceKey {
  /** 1 to 32 bytes. */
  readonly keyId: Uint8Array;
  readonly kind: 'A128KW' | 'X25519' | 'P-256';
  /** Secret: 16 bytes for 'A128KW', 32 for the others. */
  readonly key: Uint8Array;
}

export const KEK_SIZE: number = 16;
export const TAG_SIZE: number = 16;
export const NONCE_SIZE: number = 12;
const KEY_ID_MAX = 32;
const SECRET_SIZE = 32;
const X25519_SIZE = 32;
const P256_SIZE = 65;

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && bytesEqual(a, 0, b, 0, a.length);

/** Throws where a person wired the board wrongly: at open, so that no update meets it. */
export function deviceKeysCheck(keys: readonly DeviceKey[]): void {
  for (let i = 0; i < keys.length; i++) {
    const one = keys[i] as DeviceKey;
    const size =
      one.kind === 'A128KW' ? KEK_SIZE : one.kind === 'X25519' || one.kind === 'P-256' ? SECRET_SIZE : -1;
    if (one.key.length !== size) throw new RangeError(`device key ${i}: no key of its kind`);
    if (!(one.keyId.length >= 1 && one.keyId.length <= KEY_ID_MAX))
      throw new RangeError(`device key ${i}: its id is not of 1 to ${KEY_ID_MAX} bytes`);
    for (let k = 0; k < i; k++) {
      const other = keys[k] as DeviceKey;
      if (other.kind === one.kind && equal(other.keyId, one.keyId))
        throw new RangeError(`device key ${i}: has the id and kind of key ${k}`);
    }
  }
}

/** The kind of key that a recipient of `algorithm` is for. With ECDH-ES the length of the sender's key says it. */
const kindOf = (algorithm: number, sender: Uint8Array): string => {
  if (algorithm === ALGORITHM_A128KW) return 'A128KW';
  if (algorithm !== ALGORITHM_ECDH_ES_A128KW) return '';
  return sender.length === X25519_SIZE ? 'X25519' : sender.length === P256_SIZE ? 'P-256' : '';
};

/** The key a recipient asks for, if it is among `keys`. */
export function deviceKeyFind(
  keys: readonly DeviceKey[],
  algorithm: number,
  keyId: Uint8Array,
  sender: Uint8Array,
): DeviceKey | undefined {
  const kind = kindOf(algorithm, sender);
  for (const one of keys) if (one.kind === kind && equal(one.keyId, keyId)) return one;
  return undefined;
}

/** How long a content key is that was wrapped to `wrapped` bytes (RFC 3394); 0: there is none so long. */
export function contentKeySize(wrapped: number): number {
  return wrapped === 24 ? 16 : wrapped === 40 ? 32 : 0;
}

/** How long the content key of `algorithm` is; 0: not one of the port's. */
export function contentKeySizeOf(algorithm: number): number {
  return algorithm === ALGORITHM_AES_GCM ? 16 : algorithm === ALGORITHM_CHACHA20_POLY1305 ? 32 : 0;
}
