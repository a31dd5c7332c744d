import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { adder, bigBytes, bigNumber, flip, join, longMessage, text } from './_row.ts';
import type { SignatureRow } from './_row.ts';

const { Point } = p256;
const { Fn, Fp } = Point;
const N = Fn.ORDER;
const P = Fp.ORDER;
type Pt = typeof Point.BASE;

const digest = (message: Uint8Array): bigint => Fn.create(bigNumber(sha256(message)));
const uncompressed = (point: Pt): Uint8Array => point.toBytes(false);
const pair = (r: bigint, s: bigint): Uint8Array => join(bigBytes(r), bigBytes(s));
const sign = (message: Uint8Array, secret: Uint8Array, lowS: boolean): Uint8Array =>
  p256.sign(message, secret, { lowS, format: 'compact' });

/** The key under which r, s holds for the message, where `point` is the R of the signature. */
const keyFor = (point: Pt, r: bigint, s: bigint, message: Uint8Array): Uint8Array => {
  const inverse = Fn.inv(r);
  const e = Fn.create(-digest(message) * inverse);
  return uncompressed(point.multiply(Fn.create(s * inverse)).add(Point.BASE.multiply(e)));
};

/** The first point of the curve whose x is `from` or above. */
const pointFrom = (from: bigint): Pt => {
  for (let x = from; ; x++) {
    try {
      return Point.fromBytes(join(Uint8Array.of(2), bigBytes(x)));
    } catch {
      // No such point; the next x.
    }
  }
};

export function p256Rows(): SignatureRow[] {
  const rows: SignatureRow[] = [];
  const add = adder(rows, -9, 'P-256');
  const secret = sha256(text('flipside p256 vector key'));
  const otherSecret = sha256(text('flipside p256 other key'));
  const key = p256.getPublicKey(secret, false);
  const other = p256.getPublicKey(otherSecret, false);
  const message = text('an update');
  const good = sign(message, secret, true);
  const r = bigNumber(good.slice(0, 32));
  const s = bigNumber(good.slice(32));

  add('good, low s', true, key, message, good);
  add('good, low s, algorithm -7', true, key, message, good, -7);
  add('good, high s', true, key, message, pair(r, N - s));
  add('good, high s, algorithm -7', true, key, message, pair(r, N - s), -7);
  for (const sample of [new Uint8Array(0), new Uint8Array(1), longMessage])
    add(`good, message of ${sample.length} bytes`, true, key, sample, sign(sample, secret, true));
  const otherGood = sign(message, otherSecret, false);
  add('good, other key', true, other, message, otherGood);

  add('key of another', false, other, message, good);
  add('signature of another', false, key, message, otherGood);
  add('signature of another message', false, key, longMessage, good);
  add('message empty', false, key, new Uint8Array(0), good);
  add('message one byte longer', false, key, join(message, new Uint8Array(1)), good);
  add('digest signed as a message', false, key, message, sign(sha256(message), secret, true));
  const wrongHash = p256.sign(sha512(message).slice(0, 32), secret, { prehash: false, format: 'compact' });
  add('SHA-512 instead of SHA-256', false, key, message, wrongHash);
  const noHash = p256.sign(message, secret, { prehash: false, format: 'compact' });
  add('message not hashed', false, key, message, noHash);
  for (const bit of [0, 7, 40]) add(`message bit ${bit} flipped`, false, key, flip(message, bit), good);
  for (const bit of [0, 7, 100, 255, 256, 300, 511])
    add(`signature bit ${bit} flipped`, false, key, message, flip(good, bit));
  for (const bit of [0, 2, 8, 200, 300, 519])
    add(`key bit ${bit} flipped`, false, flip(key, bit), message, good);

  const values: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['1', 1n],
    ['n - 1', N - 1n],
    ['n', N],
    ['n + 1', N + 1n],
    ['p', P],
    ['2^256 - 1', 2n ** 256n - 1n],
  ];
  for (const [name, value] of values) {
    add(`r = ${name}`, false, key, message, pair(value, s));
    add(`s = ${name}`, false, key, message, pair(r, value));
    add(`r = s = ${name}`, false, key, message, pair(value, value));
  }
  add('r = n, s = 0', false, key, message, pair(N, 0n));
  add('r = 0, s = n', false, key, message, pair(0n, N));
  add('-r', false, key, message, pair(N - r, s));
  add('r and s swapped', false, key, message, pair(s, r));

  lengths(rows, key, message, good);
  small(rows, message);
  sums(rows, message);
  keys(rows, secret, message, good);
  for (const algorithm of [-19, -8, -35, -36, -51, 0, 7, 9])
    add(`algorithm ${algorithm}`, false, key, message, good, algorithm);
  return rows;
}

function lengths(rows: SignatureRow[], key: Uint8Array, message: Uint8Array, good: Uint8Array): void {
  const add = adder(rows, -9, 'P-256');
  for (const length of [0, 1, 32, 63])
    add(`signature of ${length} bytes`, false, key, message, good.slice(0, length));
  add('signature of 65 bytes', false, key, message, join(good, new Uint8Array(1)));
  add('signature of 65 bytes, zero first', false, key, message, join(new Uint8Array(1), good));
  add('signature of 128 bytes', false, key, message, join(good, good));
  add('signature in DER', false, key, message, p256.Signature.fromBytes(good, 'compact').toBytes('der'));
  add('key compressed', false, Point.fromBytes(key).toBytes(true), message, good);
  add('key of 64 bytes, without its first', false, key.slice(1), message, good);
  for (const length of [0, 1, 64]) add(`key of ${length} bytes`, false, key.slice(0, length), message, good);
  add('key of 66 bytes', false, join(key, new Uint8Array(1)), message, good);
}

/** Values small enough that value + n still fits 32 bytes. */
function small(rows: SignatureRow[], message: Uint8Array): void {
  const add = adder(rows, -9, 'P-256');
  const point = pointFrom(5n);
  const r = point.toAffine().x;
  for (const s of [1n, 2n, 3n]) {
    const key = keyFor(point, r, s, message);
    add(`good, small r, s = ${s}`, true, key, message, pair(r, s));
    add(`good, small r, s = n - ${s}`, true, key, message, pair(r, N - s));
    add(`small r, s = ${s} + n`, false, key, message, pair(r, s + N));
    add(`small r + n, s = ${s}`, false, key, message, pair(r + N, s));
  }
  // x of R is n or above: r is x - n, and holds though r itself is not x.
  const high = pointFrom(N);
  const x = high.toAffine().x;
  const key = keyFor(high, x - N, 7n, message);
  add('good, x of R not below n', true, key, message, pair(x - N, 7n));
  add('x of R not below n, sent as r', false, key, message, pair(x, 7n));
}

/** Keys for which the sum [u1]G + [u2]Q is a doubling, has a zero in it, or is nothing. */
function sums(rows: SignatureRow[], message: Uint8Array): void {
  const add = adder(rows, -9, 'P-256');
  const e = digest(message);
  const nonce = Fn.create(bigNumber(sha256(text('p256 nonce'))));
  const r = Fn.create(Point.BASE.multiply(nonce).toAffine().x);
  const publicKey = (d: bigint): Uint8Array => uncompressed(Point.BASE.multiply(Fn.create(d)));
  const signed = (d: bigint): Uint8Array => pair(r, Fn.create((e + r * d) * Fn.inv(nonce)));
  const half = e * Fn.inv(r);
  add('good, both parts of the sum equal', true, publicKey(half), message, signed(Fn.create(half)));
  for (const s of [1n, 5n]) add(`sum at infinity, s = ${s}`, false, publicKey(-half), message, pair(r, s));
  for (const [name, d] of [
    ['1', 1n],
    ['2', 2n],
    ['n - 1', N - 1n],
    ['n - 2', N - 2n],
  ] as const)
    add(`good, secret key ${name}`, true, publicKey(d), message, signed(d));
}

function keys(rows: SignatureRow[], secret: Uint8Array, message: Uint8Array, good: Uint8Array): void {
  const add = adder(rows, -9, 'P-256');
  const point = Point.fromBytes(p256.getPublicKey(secret, false));
  const { x, y } = point.toAffine();
  const made = (head: number, first: bigint, second: bigint): Uint8Array =>
    join(Uint8Array.of(head), bigBytes(first), bigBytes(second));
  add('key at infinity, 1 byte', false, new Uint8Array(1), message, good);
  add('key at infinity, 65 bytes', false, new Uint8Array(65), message, good);
  add('key 0, 0', false, made(4, 0n, 0n), message, good);
  for (const head of [0, 2, 3, 5, 6, 7])
    add(`key with first byte ${head}`, false, made(head, x, y), message, good);
  add('key negated', false, made(4, x, P - y), message, good);
  add('key off the curve, y + 1', false, made(4, x, y + 1n), message, good);
  add('key off the curve, x + 1', false, made(4, x + 1n, y), message, good);
  add('key x and y swapped', false, made(4, y, x), message, good);
  add('key x = p', false, made(4, P, y), message, good);
  add('key y = p', false, made(4, x, P), message, good);
  const low = pointFrom(5n).toAffine();
  add('key x + p of a point', false, made(4, low.x + P, low.y), message, good);
  add('key all ones', false, made(4, 2n ** 256n - 1n, 2n ** 256n - 1n), message, good);
}
