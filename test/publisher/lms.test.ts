import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { isPublishedKey, keyIdOf } from '../../publisher/index.ts';
import { concat, hexOf, sha256 } from '../../publisher/bytes.ts';
import { Chain } from '../../publisher/lms/chain.ts';
import { chainsOf, parametersCheck } from '../../publisher/lms/parameters.ts';
import type { DigestLength, Tree } from '../../publisher/lms/parameters.ts';
import { treeSignature } from '../../publisher/lms/signature.ts';
import { nodesMake, number32, treeKey } from '../../publisher/lms/tree.ts';

interface Row {
  readonly name: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const rows = JSON.parse(readFileSync('test/vectors/hss-lms.json', 'utf8')) as Row[];
const rowOf = (name: string): Row => rows.find((row) => row.name.startsWith(name))!;

test('a step of a chain is SHA-256 over its block', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.constantFrom(24, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
      fc.nat(2 ** 31 - 1),
      fc.nat(65535),
      fc.nat(5),
      (identifier, seed, leaf, chain, steps) => {
        let value: Uint8Array = seed;
        for (const step of [255, ...Array.from({ length: steps }, (_, i) => i)]) {
          const place = [number32(leaf), Uint8Array.of(chain >> 8, chain, step)];
          value = sha256(concat([identifier, ...place, value])).subarray(0, seed.length);
        }
        t.is(hexOf(new Chain(identifier, seed).walked(leaf, chain, steps)), hexOf(value));
      },
    ),
  );
});

/** RFC 8554 appendix B; for digests of 24 bytes RFC 9858. */
const CHAINS: readonly (readonly [DigestLength, Tree['width'], number, number])[] = [
  [32, 1, 265, 7],
  [32, 2, 133, 6],
  [32, 4, 67, 4],
  [32, 8, 34, 0],
  [24, 1, 200, 8],
  [24, 2, 101, 6],
  [24, 4, 51, 4],
  [24, 8, 26, 0],
];

test('chains and shifts are those of the tables', (t) => {
  for (const [digest, width, chains, shift] of CHAINS)
    t.deepEqual(chainsOf(digest, { height: 5, width }), { chains, shift }, `${digest} ${width}`);
});

interface Secret {
  readonly row: string;
  readonly digest?: DigestLength;
  /** Where in the signature, and which bytes are signed there. */
  readonly at: number;
  readonly message: (row: Row) => Uint8Array;
  readonly tree: Tree;
  readonly seed: string;
  readonly identifier: string;
}

const topSeed = '558b8966c48ae9cb898b423c83443aae014a72f1b1ab5cc85cf1d892903b5439';
const topIdentifier = 'd08fabd4a2091ff0a8cb4ed834e74534';
const topLength = 4 + 4 + 32 * 68 + 4 + 320;

/** Trees whose seeds are published with their signatures: this signer, given their C, makes the same bytes. */
const SECRETS: readonly Secret[] = [
  {
    row: 'RFC 8554 appendix F, test case 2',
    at: 4,
    message: (row) => bytes(row.signature).subarray(4 + topLength, 4 + topLength + 56),
    tree: { height: 10, width: 4 },
    seed: topSeed,
    identifier: topIdentifier,
  },
  {
    row: 'RFC 8554 appendix F, test case 2',
    at: 4 + topLength + 56,
    message: (row) => bytes(row.message),
    tree: { height: 5, width: 8 },
    seed: 'a1c4696e2608035a886100d05cd99945eb3370731884a8235e2fb3d4d71f2547',
    identifier: '215f83b7ccb9acbcd08db97b0d04dc2b',
  },
  {
    row: 'RFC 9858 appendix A',
    digest: 24,
    at: 4,
    message: (row) => bytes(row.message),
    tree: { height: 5, width: 8 },
    seed: '000102030405060708090a0b0c0d0e0f1011121314151617',
    identifier: '202122232425262728292a2b2c2d2e2f',
  },
  {
    row: 'COSE working group',
    at: 4,
    message: (row) => bytes(row.message),
    tree: { height: 10, width: 4 },
    seed: topSeed,
    identifier: topIdentifier,
  },
];

for (const { row: name, digest = 32, at, message, tree, seed, identifier } of SECRETS)
  test(`made anew: ${name}, H${tree.height} W${tree.width}, at ${at}`, (t) => {
    const row = rowOf(name);
    const secret = { digest, tree, seed: bytes(seed), identifier: bytes(identifier) };
    const nodes = nodesMake(secret);
    const given = bytes(row.signature).subarray(at);
    const leaf = new DataView(given.buffer, given.byteOffset).getUint32(0);
    const made = treeSignature(secret, nodes, leaf, message(row), given.slice(8, 8 + digest));
    t.is(hexOf(made), hexOf(given.subarray(0, made.length)));
    t.true((row.key + row.signature).includes(hexOf(treeKey(secret, nodes))));
  });

test('keys whose seeds are published are known as such', (t) => {
  for (const row of rows) {
    const key = bytes(row.key);
    const secret = !row.name.includes('test case 1:');
    t.is(isPublishedKey({ algorithm: 'hss-lms', key, keyId: keyIdOf(key) }), secret, row.name);
  }
});

test('parameters that are none are named', (t) => {
  const wrong: readonly (readonly [unknown, unknown[], unknown[], RegExp])[] = [
    [20, [5], [8], /digest: 20 is not known/],
    [32, [6], [8], /height: 6 is not known/],
    [32, [25], [8], /height: 25 is not known/],
    [32, [5], [3], /width: 3 is not known/],
    [32, [], [], /0 heights and 0 widths/],
    [32, [5, 5], [8, 8, 8], /2 heights and 3 widths/],
    [32, [5, 5, 5, 5], [8, 8, 8, 8], /4 heights and 4 widths/],
    [undefined, ['5'], [8], /digest: undefined is not known/],
  ];
  for (const [digest, heights, widths, message] of wrong)
    t.throws(() => parametersCheck(digest, heights, widths), { message });
});
