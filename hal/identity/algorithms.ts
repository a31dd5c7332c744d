/** Numbers of COSE (RFC 9053, RFC 9864) that identities are asked for. This file imports nothing. */

export const ALGORITHM_ED25519: number = -19;
export const ALGORITHM_ESP256: number = -9;
export const ALGORITHM_HMAC_256_64: number = 4;
export const ALGORITHM_HMAC_256: number = 5;

export const SIGNATURE_SIZE: number = 64;
export const MAC_SIZE: number = 32;
export const SHORT_MAC_SIZE: number = 8;
export const KEY_ID_MAX: number = 32;

/** Bytes of a signature or an authentication code; 0: not an algorithm of the port. */
export function proofSize(algorithm: number): number {
  if (algorithm === ALGORITHM_ED25519 || algorithm === ALGORITHM_ESP256) return SIGNATURE_SIZE;
  if (algorithm === ALGORITHM_HMAC_256) return MAC_SIZE;
  return algorithm === ALGORITHM_HMAC_256_64 ? SHORT_MAC_SIZE : 0;
}

/** Whether it is proven by who has the same secret, and not by a signature. */
export function isMac(algorithm: number): boolean {
  return algorithm === ALGORITHM_HMAC_256 || algorithm === ALGORITHM_HMAC_256_64;
}
