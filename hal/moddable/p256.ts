/**
 * ECDSA on P-256 with SHA-256, over the SDK's native arithmetic. Not over its "ecdsa": that one takes r and s of any
 * size, does not ask whether the key is on the curve, and refuses the signatures whose x of R is not below n.
 *
 * Two numbers are compared only where both were just computed: where modules are preloaded, a constant of theirs lies in
 * flash, and XS 8.2.3 finds it unequal to the same number in RAM.
 */
import type { SdkCurve, SdkDigestConstructor, SdkModulus, SdkPoint } from './sdk.ts';

/** Whether `signature` (r s, 64 bytes) over `message` holds under `key` (0x04 x y, 65 bytes). May throw. */
export type P256 = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export interface P256Parts {
  readonly Digest: SdkDigestConstructor;
  /** `new Curve('secp256r1')` */
  readonly curve: SdkCurve;
  /** `new Mont({ m: curve.n })` */
  readonly order: SdkModulus;
  /** "ecp" */
  readonly Point: new (x: bigint, y: bigint) => SdkPoint;
  /** `(bytes) => BigInt.fromArrayBuffer(bytes)`, XS's own: big-endian, without sign. */
  readonly number: (bytes: ArrayBuffer) => bigint;
}

const HALF = 32;
const KEY = 65;
const SIGNATURE = 64;
const UNCOMPRESSED = 0x04;

/** SEC 2 section 2.4.2, big-endian: p of the field, n of the group. */
const FIELD = [
  0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];
const ORDER = [
  0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
  0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

function below(bytes: Uint8Array, at: number, limit: readonly number[]): boolean {
  for (let i = 0; i < HALF; i++) {
    const difference = (bytes[at + i] as number) - (limit[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < HALF; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** Whether r or s, at `at`, is from 1 to n-1. */
function scalar(signature: Uint8Array, at: number): boolean {
  return !isZero(signature, at) && below(signature, at, ORDER);
}

function wellFormed(key: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== KEY || signature.length !== SIGNATURE || key[0] !== UNCOMPRESSED) return false;
  return (
    below(key, 1, FIELD) && below(key, 1 + HALF, FIELD) && scalar(signature, 0) && scalar(signature, HALF)
  );
}

function numberAt(parts: P256Parts, bytes: Uint8Array, at: number): bigint {
  const own = new Uint8Array(HALF);
  own.set(bytes.subarray(at, at + HALF));
  return parts.number(own.buffer);
}

/** SEC 1 section 4.1.4. */
function holds(parts: P256Parts, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const ec = parts.curve.ec;
  const n = parts.curve.n;
  const x = numberAt(parts, key, 1);
  const y = numberAt(parts, key, 1 + HALF);
  if ((y * y) % ec.m !== (x * x * x + ec.a * x + ec.b) % ec.m) return false;
  const r = numberAt(parts, signature, 0);
  const inverse = parts.order.mulinv(numberAt(parts, signature, HALF));
  const digest = new parts.Digest('SHA256');
  digest.write(message);
  const e = parts.number(digest.close());
  const u1 = (e * inverse) % n;
  const u2 = (r * inverse) % n;
  // At infinity x is 0, and r is not.
  return ec.mul2(parts.curve.G, u1, new parts.Point(x, y), u2).X % n === r;
}

export function moddableP256(parts: P256Parts): P256 {
  return (key, message, signature) => wellFormed(key, signature) && holds(parts, key, message, signature);
}
