/** "crypt", "curve", "ecp" and "mont" of the SDK over node:crypto and noble, with their manners. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { SdkCurve, SdkDigest, SdkModulus, SdkPoint } from '../../hal/moddable/sdk.ts';

/** After `close` it is spent until `reset`; a second `close` gives what is left of the state, which is no digest. */
export class Digest implements SdkDigest {
  #hash: Hash | undefined;

  constructor(type: 'SHA256') {
    if (type !== 'SHA256') throw new Error('crypt: unsupported digest');
    this.reset();
  }

  reset(): void {
    this.#hash = createHash('sha256');
  }

  write(data: Uint8Array): void {
    this.#hash?.update(data);
  }

  close(): ArrayBuffer {
    const digest = new Uint8Array(32);
    if (this.#hash) digest.set(this.#hash.digest());
    this.#hash = undefined;
    return digest.buffer;
  }
}

export class Point implements SdkPoint {
  readonly x: bigint;
  readonly y: bigint;
  constructor(x: bigint, y: bigint) {
    this.x = x;
    this.y = y;
  }
  get X(): bigint {
    return this.x;
  }
}

const { p, a, b, n, Gx, Gy } = p256.Point.CURVE();

/** Without a check whether the points are on the curve; at infinity x and y are 0. */
const mul2 = (a1: SdkPoint, k1: bigint, a2: SdkPoint, k2: bigint): SdkPoint => {
  const of = (point: SdkPoint) => new p256.Point((point as Point).x, (point as Point).y, 1n);
  const sum = of(a1).multiplyUnsafe(k1).add(of(a2).multiplyUnsafe(k2)).toAffine();
  return new Point(sum.x, sum.y);
};

export class Curve implements SdkCurve {
  readonly G: Point = new Point(Gx, Gy);
  readonly n: bigint = n;
  readonly ec: SdkCurve['ec'] = { a, b, m: p, mul2 };
}

export class Mont implements SdkModulus {
  readonly m: bigint;
  constructor({ m }: { readonly m: bigint }) {
    this.m = m;
  }
  mulinv(value: bigint): bigint {
    let exponent = this.m - 2n;
    let result = 1n;
    for (let base = value % this.m; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) result = (result * base) % this.m;
      base = (base * base) % this.m;
    }
    return result;
  }
}

/** XS's BigInt.fromArrayBuffer. */
export const number = (bytes: ArrayBuffer): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
