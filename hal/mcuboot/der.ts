/**
 * An ECDSA signature in DER (RFC 3279 section 2.2.3), made into the 64 bytes that the Crypto port takes.
 *
 *   30 length | 02 length r | 02 length s | zeros, as imgtool pads it with --pad-sig
 *
 * Numbers are positive, in their shortest form, and at most 32 bytes beside a leading zero.
 */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const HALF = 32;

/** The longest that there is, and the length to which imgtool pads. */
export const DER_MAX = 72;

/** Puts the number at `at` to the end of `into[to - 32..to - 1]`. Returns where it ends, or -1. */
function integer(der: Uint8Array, at: number, end: number, into: Uint8Array, to: number): number {
  if (!(at + 2 <= end && der[at] === INTEGER)) return -1;
  let from = at + 2;
  const next = from + der[at + 1]!;
  if (!(der[at + 1]! >= 1 && next <= end)) return -1;
  if (der[from]! >= 0x80) return -1;
  if (der[from] === 0) {
    // A zero leads only where the number would be negative without it; the number 0 itself is in no signature.
    if (!(from + 1 < next && der[from + 1]! >= 0x80)) return -1;
    from++;
  }
  if (!(next - from <= HALF)) return -1;
  for (let i = 0; i < HALF; i++) into[to - 1 - i] = next - 1 - i >= from ? der[next - 1 - i]! : 0;
  return next;
}

/** Reads `der[0..length-1]` into the 64 bytes of `into`. False where it is not such a signature. */
export function derSignature(der: Uint8Array, length: number, into: Uint8Array): boolean {
  if (!(length >= 2 && length <= DER_MAX && length <= der.length && der[0] === SEQUENCE)) return false;
  const end = 2 + der[1]!;
  // A length of 0x80 and more has a form of its own, that no signature on this curve needs.
  if (!(der[1]! < 0x80 && end <= length)) return false;
  for (let at = end; at < length; at++) if (der[at] !== 0) return false;
  const second = integer(der, 2, end, into, HALF);
  return second > 0 && integer(der, second, end, into, 2 * HALF) === end;
}
