/** What the rows of formats.json are made from: images by a rule, keys from seeds, identities. */
import { createPrivateKey } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hssSignatureLength, keyIdOf, keyParse } from '../../publisher/index.ts';
import type { PemAlgorithm, SigningKey } from '../../publisher/index.ts';
import { concat } from '../../publisher/bytes.ts';
import { treeSignature } from '../../publisher/lms/signature.ts';
import { nodesMake, number32, treeKey } from '../../publisher/lms/tree.ts';
import { text } from './_row.ts';

const BLOCK = 4096;
const REPEAT = BLOCK / 2;
const CHANGED = 6000;

/** As formats.json states it, so that a port needs this sentence and not these lines. */
export const RULE: string =
  'Image "noise" of n bytes: s = 1; for i from 0 to 4095: s = (s * 1664525 + 1013904223) mod 2^32, byte i = s >> 24; ' +
  'for i from 4096 to 8191: byte i = byte i-4096, but byte 6000 = 255 - byte 1904; from 8192 on: byte i = i mod 61. ' +
  'The first n of these bytes. Image "zeros" of n bytes: all zero.';

/**
 * Each block leaves an encoder no choice that could differ between builds of zlib: the first cannot be shortened, the
 * second repeats the end of the first but for a byte, the third is a ramp that repeats.
 */
export function noise(length: number): Uint8Array {
  const image = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (at < BLOCK) image[at] = state >>> 24;
    else if (at < 2 * BLOCK) image[at] = image[at - REPEAT]! ^ (at === CHANGED ? 0xff : 0);
    else image[at] = at % 61;
  }
  return image;
}

/** Sizes of the images by "noise". */
export const SIZES: readonly number[] = [1, BLOCK, BLOCK + 1, 10001];
/** One block more than a page of the index has entries for. */
export const TWO_PAGES: number = 228 * BLOCK;

/** Named as in signatures.json: SHA-256 over the name is the seed, or the scalar. All are known as published. */
export const SEEDS = {
  ed25519: 'flipside ed25519 vector key',
  esp256: 'flipside p256 vector key',
  'hss-lms': 'flipside hss-lms vector key',
} as const;
export type KeyName = keyof typeof SEEDS;

export const seedOf = (name: KeyName): Uint8Array => sha256(text(SEEDS[name]));

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function pemOf(name: PemAlgorithm): string {
  const seed = seedOf(name);
  if (name === 'ed25519') {
    const head = Buffer.from('302e020100300506032b657004220420', 'hex');
    const body = Buffer.concat([head, seed]).toString('base64');
    return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
  }
  const point = p256.getPublicKey(seed, false);
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: base64(seed),
    x: base64(point.slice(1, 33)),
    y: base64(point.slice(33)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** One level, H5 W4. Always leaf 0: that the key is good for nothing is no harm, everybody has its seed. */
function hashBased(): SigningKey {
  const seed = seedOf('hss-lms');
  const tree = { height: 5, width: 4 } as const;
  const secret = { digest: 32, tree, seed, identifier: sha256(seed).slice(0, 16) } as const;
  const nodes = nodesMake(secret);
  const key = concat([number32(1), treeKey(secret, nodes)]);
  return {
    algorithm: 'hss-lms',
    key,
    keyId: keyIdOf(key),
    signatureLength: hssSignatureLength({ digest: 32, levels: [tree] }),
    sign: (message) => concat([number32(0), treeSignature(secret, nodes, 0, message)]),
  };
}

export const keyNamed = (name: KeyName): SigningKey =>
  name === 'hss-lms' ? hashBased() : keyParse(pemOf(name), name);

/** Identities as UUIDs, not names: the rule that makes one of a name is the publisher's alone. */
export const VENDOR: Uint8Array = new Uint8Array(16).fill(0xa1);
export const CLASS: Uint8Array = new Uint8Array(16).fill(0xb2);
export const DEVICE: Uint8Array = new Uint8Array(16).fill(0xc3);
