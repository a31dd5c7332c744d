/**
 * The checks of keys and signatures that libraries disagree on, made before any of them is asked.
 *
 * Ed25519 is taken as RFC 8032 section 5.1.7 has it, and where that leaves a choice, as follows:
 * - An encoding of A or R with y >= p does not decode (5.1.3 step 1), nor does x = 0 with the sign bit set (step 4).
 * - s >= L is refused (5.1.7 step 1).
 * - The equation is the one without the cofactor, [s]B = R + [k]A, which 5.1.7 step 3 calls sufficient: an
 *   encoding of [s]B - [k]A is compared with the bytes of R. OpenSSL and most native libraries do it so.
 * - RFC 8032 has no rule against a public key of small order. FIPS 186-5 and SP 800-186 want the key in the group
 *   that B generates, and under a key of small order one signature holds for many messages, so we refuse it. This is
 *   the rule {@link smallOrder} keeps. An R of small order is not refused: only the holder of the key can make one.
 *
 * Nothing here says whether a signature holds, nor whether a point is on its curve.
 */

export const ALGORITHM_ED25519: number = -19;
export const ALGORITHM_ESP256: number = -9;
export const ALGORITHM_ES256: number = -7;

export const KEY_SIZE_ED25519: number = 32;
export const KEY_SIZE_P256: number = 65;
const SIGNATURE_SIZE = 64;
const HALF = 32;

const fromHex = (hex: string): Uint8Array => {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
};

// Little-endian, as RFC 8032 encodes: the field's p, the group's L.
const FIELD_25519 = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
const ORDER_25519 = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
// Big-endian, as SEC 1 encodes: the field's p, the group's n.
const FIELD_P256 = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
const ORDER_P256 = fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

// The y of all eight points whose order divides 8; a sign bit makes the rest. Orders 4, 1, 2, 8, 8.
const SMALL_ORDER = [
  fromHex('0000000000000000000000000000000000000000000000000000000000000000'),
  fromHex('0100000000000000000000000000000000000000000000000000000000000000'),
  fromHex('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
];

/** Compares the little-endian number at `at` with `limit`, without the bits that `topMask` leaves out: < 0, 0, > 0. */
const compareLittle = (bytes: Uint8Array, at: number, limit: Uint8Array, topMask: number): number => {
  for (let i = HALF - 1; i >= 0; i--) {
    const byte = (bytes[at + i] as number) & (i === HALF - 1 ? topMask : 0xff);
    const difference = byte - (limit[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
};

const belowBig = (bytes: Uint8Array, at: number, limit: Uint8Array): boolean => {
  for (let i = 0; i < HALF; i++) {
    const difference = (bytes[at + i] as number) - (limit[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
};

const zero = (bytes: Uint8Array, at: number): boolean => {
  for (let i = 0; i < HALF; i++) if (bytes[at + i] !== 0) return false;
  return true;
};

/** Whether y of the encoded point at `at` is that of a point of small order, whatever its sign bit. */
export function smallOrder(bytes: Uint8Array, at: number): boolean {
  return SMALL_ORDER.some((y) => compareLittle(bytes, at, y, 0x7f) === 0);
}

/** Whether the point encoded at `at` is canonical: y < p, and no sign bit where x is 0. */
export function canonicalPoint(bytes: Uint8Array, at: number): boolean {
  if (compareLittle(bytes, at, FIELD_25519, 0x7f) >= 0) return false;
  const signed = (bytes[at + HALF - 1] as number) >= 0x80;
  // x is 0 for y = 1 and y = -1 alone.
  const noX =
    compareLittle(bytes, at, SMALL_ORDER[1] as Uint8Array, 0x7f) === 0 ||
    compareLittle(bytes, at, SMALL_ORDER[2] as Uint8Array, 0x7f) === 0;
  return !(signed && noX);
}

/** Whether an Ed25519 key and signature may be put to a library. */
export function strictEd25519(key: Uint8Array, signature: Uint8Array): boolean {
  return (
    key.length === KEY_SIZE_ED25519 &&
    signature.length === SIGNATURE_SIZE &&
    canonicalPoint(key, 0) &&
    !smallOrder(key, 0) &&
    canonicalPoint(signature, 0) &&
    compareLittle(signature, HALF, ORDER_25519, 0xff) < 0
  );
}

/** Whether a P-256 key and signature may be put to a library: uncompressed, x and y below p, r and s from 1 to n-1. */
export function strictP256(key: Uint8Array, signature: Uint8Array): boolean {
  return (
    key.length === KEY_SIZE_P256 &&
    signature.length === SIGNATURE_SIZE &&
    key[0] === 0x04 &&
    belowBig(key, 1, FIELD_P256) &&
    belowBig(key, 1 + HALF, FIELD_P256) &&
    !zero(signature, 0) &&
    belowBig(signature, 0, ORDER_P256) &&
    !zero(signature, HALF) &&
    belowBig(signature, HALF, ORDER_P256)
  );
}

/**
 * A view of `bytes` that belongs to this realm, or undefined if it is not a Uint8Array of any realm. Libraries test with
 * instanceof, which fails on arguments out of another node:vm context.
 */
export function ownBytes(bytes: unknown): Uint8Array | undefined {
  if (!ArrayBuffer.isView(bytes)) return undefined;
  if ((bytes as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT !== 1) return undefined;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes from..to-1 as a view of this realm; throws when they are not all there. */
export function ownRange(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (!(from >= 0 && from <= to && to <= bytes.length)) throw new RangeError('range outside the bytes');
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}
