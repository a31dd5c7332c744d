/** Ed25519 verification over noble. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { strictEd25519 } from '../strict.ts';

const fromLittle = (bytes: Uint8Array): bigint => {
  let hex = '';
  for (let i = bytes.length - 1; i >= 0; i--) hex += (bytes[i] as number).toString(16).padStart(2, '0');
  return BigInt('0x' + hex);
};

/** Bits below the order of the base point. */
const BITS = 253;

type Point = InstanceType<typeof ed25519.Point>;

/** [s]B + [k]C for little-endian numbers below the order. Nothing secret: no care for timing. */
const sumOfMultiples = (s: Uint8Array, b: Point, k: Uint8Array, c: Point): Point => {
  const set = (bytes: Uint8Array, bit: number): number => ((bytes[bit >> 3] as number) >> (bit & 7)) & 1;
  const summands = [undefined, b, c, b.add(c)];
  let sum = ed25519.Point.ZERO;
  for (let bit = BITS - 1; bit >= 0; bit--) {
    sum = sum.double();
    const summand = summands[set(s, bit) + 2 * set(k, bit)];
    if (summand) sum = sum.add(summand);
  }
  return sum;
};

/**
 * RFC 8032 section 5.1.7 on noble's points. Not noble's own verify, which multiplies by the cofactor and so holds some
 * signatures of mixed order good that OpenSSL refuses; ../strict.ts says which equation is ours. As R is compared as
 * bytes, it need not be decoded, which saves a square root. Nor noble's multiples: it would keep a table for the base
 * point, 500 KB, or make one of points and one of digits for each factor.
 */
const holds = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const { Point } = ed25519;
  const encodedR = signature.subarray(0, 32);
  const challenge = sha512.create().update(encodedR).update(key).update(message).digest();
  const k = Point.Fn.toBytes(Point.Fn.create(fromLittle(challenge)));
  const minusA = Point.fromBytes(key, false).negate();
  const r = sumOfMultiples(signature.subarray(32), Point.BASE, k, minusA).toBytes();
  return r.every((byte, i) => byte === encodedR[i]);
};

export type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** Throws where the key is no point. */
export const nobleEd25519: Verify = (key, message, signature) =>
  strictEd25519(key, signature) && holds(key, message, signature);
