/** What OSCORE asks of a board. Types only: nothing here exists at run time. Synchronous, like hal/ports.ts. */

/** AES-CCM-16-64-128 (COSE algorithm 10): `key` of 16 bytes, `nonce` of 13, associated data [0..length-1], tag of 8. */
export interface Aead {
  /** Enciphers bytes from..to-1 in place, and writes the tag at to..to+7. Throws where there is no room. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    length: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void;
  /**
   * Deciphers bytes from..to-1, the last 8 of them the tag, in place. Whether the tag holds; where it does not, what is in
   * the range is not to be used.
   */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    length: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean;
}

/**
 * A number that outlives resets, for one security context: no sender sequence number from it on was used (RFC 8613
 * appendix B.1.1).
 *
 * Contract. `write` returns true only when the number lasts. Where power dies in `write`, `read` gives what it gave
 * before, or the new number, and may change between the two until a `write` returns true; never anything lower. Of a
 * store that lost what it had, `read` gives -1, never 0: after a 0 the same key would be used with the same nonces again.
 */
export interface SequenceStore {
  /** 0: the context was never used. -1: that cannot be told; the context is then not used. */
  read(): number;
  write(next: number): boolean;
}
