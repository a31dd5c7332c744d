import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { adder, flip, hex, join, littleBytes, littleNumber, longMessage, text } from './_row.ts';
import type { SignatureRow } from './_row.ts';

const { Point } = ed25519;
const P = 2n ** 255n - 19n;
const L = Point.Fn.ORDER;
const SIGN = 1n << 255n;
const scalar = (name: string): bigint => littleNumber(sha512(text(name)).slice(0, 32)) % L;
const seed = (name: string): Uint8Array => sha256(text(name));

/** The challenge k of RFC 8032 section 5.1.7, over the bytes as they are sent. */
const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint => {
  const digest = sha512(join(r, a, message));
  return (littleNumber(digest.slice(0, 32)) + (littleNumber(digest.slice(32)) << 256n)) % L;
};

/** A message for which `wanted` holds of the challenge. */
const messageFor = (r: Uint8Array, a: Uint8Array, wanted: (k: bigint) => boolean): Uint8Array => {
  for (let i = 0; ; i++) if (wanted(challenge(r, a, text('try ' + i)))) return text('try ' + i);
};

const order8 = Point.fromBytes(
  new Uint8Array(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')),
);
/** The eight points of small order, by their multiple of one of order 8. */
const torsion = Array.from({ length: 8 }, (_, i) =>
  i === 0
    ? Point.ZERO
    : Array.from({ length: i - 1 }).reduce<typeof order8>((sum) => sum.add(order8), order8),
);
/** Encodings that stand for a point of small order and are not canonical. */
const lax: readonly (readonly [string, bigint])[] = [
  ['y = 1, x sign set', 1n + SIGN],
  ['y = -1, x sign set', P - 1n + SIGN],
  ['y = p', P],
  ['y = p, x sign set', P + SIGN],
  ['y = p + 1', P + 1n],
  ['y = p + 1, x sign set', P + 1n + SIGN],
];

export function ed25519Rows(): SignatureRow[] {
  const rows: SignatureRow[] = [];
  const add = adder(rows, -19, 'Ed25519');
  const secret = seed('flipside ed25519 vector key');
  const key = ed25519.getPublicKey(secret);
  const other = ed25519.getPublicKey(seed('flipside ed25519 other key'));
  const message = text('an update');
  const good = ed25519.sign(message, secret);
  const r = good.slice(0, 32);
  const s = littleNumber(good.slice(32));
  const withS = (value: bigint): Uint8Array => join(r, littleBytes(value));

  add('good', true, key, message, good);
  for (const sample of [new Uint8Array(0), new Uint8Array(1), longMessage])
    add(`good, message of ${sample.length} bytes`, true, key, sample, ed25519.sign(sample, secret));
  const otherGood = ed25519.sign(message, seed('flipside ed25519 other key'));
  add('good, other key', true, other, message, otherGood);

  add('key of another', false, other, message, good);
  add('signature of another', false, key, message, otherGood);
  add('signature of another message', false, key, longMessage, good);
  add('message one byte longer', false, key, join(message, new Uint8Array(1)), good);
  add('message empty', false, key, new Uint8Array(0), good);
  add('SHA-512 of the message signed', false, key, message, ed25519.sign(sha512(message), secret));
  for (const bit of [0, 7, 40]) add(`message bit ${bit} flipped`, false, key, flip(message, bit), good);
  for (const bit of [0, 100, 255, 256, 300, 508, 509, 510, 511])
    add(`signature bit ${bit} flipped`, false, key, message, flip(good, bit));
  for (const bit of [0, 128, 255]) add(`key bit ${bit} flipped`, false, flip(key, bit), message, good);
  add('R and s swapped', false, key, message, join(good.slice(32), r));

  add('s + L', false, key, message, withS(s + L));
  add('s + 2L', false, key, message, withS(s + 2n * L));
  add('s + 8L', false, key, message, withS(s + 8n * L));
  add('-s', false, key, message, withS(L - s));
  for (const [name, value] of [
    ['0', 0n],
    ['1', 1n],
    ['L - 1', L - 1n],
    ['L', L],
    ['L + 1', L + 1n],
  ] as const)
    add(`s = ${name}`, false, key, message, withS(value));
  add('s all ones', false, key, message, withS(2n ** 256n - 1n));
  add('all zeros', false, key, message, new Uint8Array(64));

  for (const length of [0, 1, 32, 63])
    add(`signature of ${length} bytes`, false, key, message, good.slice(0, length));
  add('signature of 65 bytes', false, key, message, join(good, new Uint8Array(1)));
  add('signature of 128 bytes', false, key, message, join(good, good));
  for (const length of [0, 31]) add(`key of ${length} bytes`, false, key.slice(0, length), message, good);
  add('key of 33 bytes', false, join(key, new Uint8Array(1)), message, good);
  add('key of 64 bytes', false, join(secret, key), message, good);
  for (const algorithm of [-9, -7, -8, -35, -50, 0, 19, -19.5])
    add(`algorithm ${algorithm}`, false, key, message, good, algorithm);

  smallKeys(rows);
  smallR(rows);
  mixed(rows);
  offCurve(rows, key, message, good);
  return rows;
}

/** Keys of small order, under signatures for which the equation holds. */
function smallKeys(rows: SignatureRow[]): void {
  const add = adder(rows, -19, 'Ed25519');
  const s = scalar('small key');
  const r = Point.BASE.multiply(s).toBytes();
  const keys = torsion.map((point, i): readonly [string, Uint8Array] => [`${i} T`, point.toBytes()]);
  for (const [name, value] of lax) keys.push([name, littleBytes(value)]);
  for (const [name, a] of keys)
    add(
      `key of small order, ${name}`,
      false,
      a,
      messageFor(r, a, (k) => k % 8n === 0n),
      join(r, littleBytes(s)),
    );
  // Identity as key, identity as R, s = 0: the equation holds for every message.
  const one = littleBytes(1n);
  add('key and R the identity, s = 0', false, one, text('anything'), join(one, new Uint8Array(32)));
}

/** R of small order, which only the holder of the key can make: s = k a. */
function smallR(rows: SignatureRow[]): void {
  const add = adder(rows, -19, 'Ed25519');
  const a = scalar('small R');
  const key = Point.BASE.multiply(a).toBytes();
  const message = text('small R');
  const sign = (r: Uint8Array): Uint8Array => join(r, littleBytes((challenge(r, key, message) * a) % L));
  // The equation without the cofactor holds for the identity alone.
  torsion.forEach((point, i) =>
    add(`R of small order, ${i} T`, i === 0, key, message, sign(point.toBytes())),
  );
  for (const [name, value] of lax)
    add(`R of small order, not canonical, ${name}`, false, key, message, sign(littleBytes(value)));
}

/** Points with a part of small order: here the equations with and without the cofactor part. */
function mixed(rows: SignatureRow[]): void {
  const add = adder(rows, -19, 'Ed25519');
  const a = scalar('mixed key');
  const nonce = scalar('mixed nonce');
  const plainKey = Point.BASE.multiply(a);
  const plainR = Point.BASE.multiply(nonce);
  const sign = (r: Uint8Array, key: Uint8Array, message: Uint8Array): Uint8Array =>
    join(r, littleBytes((nonce + challenge(r, key, message) * a) % L));
  const key = plainKey.add(order8).toBytes();
  const r = plainR.toBytes();
  const holds = messageFor(r, key, (k) => k % 8n === 0n);
  add('key of mixed order, equation holds without the cofactor', true, key, holds, sign(r, key, holds));
  for (const rest of [1n, 4n]) {
    const fails = messageFor(r, key, (k) => k % 8n === rest);
    add(
      `key of mixed order, holds with the cofactor only, k = ${rest}`,
      false,
      key,
      fails,
      sign(r, key, fails),
    );
  }
  const message = text('mixed R');
  for (const i of [1, 2, 4]) {
    const mixedR = plainR.add(torsion[i] as typeof order8).toBytes();
    const plain = plainKey.toBytes();
    add(`R of mixed order, ${i} T`, false, plain, message, sign(mixedR, plain, message));
  }
  // Both mixed so that the parts of small order cancel: R + kA with k odd is free of torsion.
  for (let i = 0; ; i++) {
    const bothR = plainR.add(torsion[7] as typeof order8).toBytes();
    const both = text('both ' + i);
    if (challenge(bothR, key, both) % 8n !== 1n) continue;
    add('key and R of mixed order that cancel', true, key, both, sign(bothR, key, both));
    break;
  }
}

function offCurve(rows: SignatureRow[], key: Uint8Array, message: Uint8Array, good: Uint8Array): void {
  const add = adder(rows, -19, 'Ed25519');
  const s = good.slice(32);
  for (let y = 2n, found = 0; found < 3; y++) {
    const encoded = littleBytes(y);
    let on = true;
    try {
      Point.fromBytes(encoded);
    } catch {
      on = false;
    }
    if (on) continue;
    found++;
    add(`key off the curve, y = ${y}`, false, encoded, message, good);
    add(`R off the curve, y = ${y}`, false, key, message, join(encoded, s));
  }
  for (let y = P + 2n; y < SIGN; y++) {
    const name = 'p + ' + (y - P);
    add(`key not canonical, y = ${name}`, false, littleBytes(y), message, good);
    add(`R not canonical, y = ${name}`, false, key, message, join(littleBytes(y + SIGN), s));
  }
  add('key all ones', false, littleBytes(2n ** 256n - 1n), message, good);
  if (new Set(rows.map((row) => row.name)).size !== rows.length)
    throw new Error('two rows of one name: ' + hex(s));
}
