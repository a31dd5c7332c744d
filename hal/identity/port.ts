/**
 * The device's own secrets, behind a port in the shape of a secure element: it signs, authenticates, agrees and derives,
 * and no call gives a secret out. Types only.
 *
 * Keys are named by an id of 1 to 32 bytes. A call that returns a number returns the length of what it wrote to the start
 * of `into`, or KeyMissing, where no key of this id is for it, or IdentityFailed. Numbers of algorithms are those of COSE
 * (RFC 9053, RFC 9864).
 */
export interface Identity {
  /** The public half of a key that signs or agrees: 32 bytes of Ed25519 and X25519, 65 of P-256 (0x04 x y). */
  publicKey(keyId: Uint8Array, into: Uint8Array): number;
  /** `algorithm` -19 Ed25519, or -9 ECDSA on P-256 with SHA-256, as r and s. Writes 64 bytes. */
  sign(algorithm: number, keyId: Uint8Array, message: Uint8Array, into: Uint8Array): number;
  /** `algorithm` 5 HMAC 256/256, 32 bytes; or 4 HMAC 256/64, the first 8 of them. */
  mac(algorithm: number, keyId: Uint8Array, message: Uint8Array, into: Uint8Array): number;
  /**
   * The shared secret with another's public key, 32 bytes: of X25519 (RFC 7748), or the x of P-256. IdentityFailed on a
   * point off the curve, and where the secret would be all zero.
   */
  agree(keyId: Uint8Array, peer: Uint8Array, into: Uint8Array): number;
  /** HKDF-SHA256 (RFC 5869) of the secret itself, to fill `into`: what OSCORE makes its keys by (RFC 8613 section 3.2). */
  derive(keyId: Uint8Array, salt: Uint8Array, info: Uint8Array, into: Uint8Array): number;
}
