import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { LEVELS_MAX, hssVerify, lmsNew } from '../../agent/format/lms.ts';
import { countingHash } from '../../bench/counting-hash.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { Crypto } from '../../hal/ports.ts';
import { concat } from '../../publisher/bytes.ts';
import { chainsOf, Digests, hssKeyLength, hssSignatureLength } from '../../publisher/lms/parameters.ts';
import type { DigestLength, Height, Tree } from '../../publisher/lms/parameters.ts';
import { treeSignature } from '../../publisher/lms/signature.ts';
import { chainOf, digestOf, Kind, number32, treeKey } from '../../publisher/lms/tree.ts';
import type { Nodes, TreeSecret } from '../../publisher/lms/tree.ts';
import { memoryKey } from '../_hss.ts';

interface Row {
  readonly name: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

interface Case {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const rows = JSON.parse(readFileSync('test/vectors/hss-lms.json', 'utf8')) as Row[];
const cases = rows.map(({ name, key, message, signature }): [string, Case] => [
  name,
  { key: bytes(key), message: bytes(message), signature: bytes(signature) },
]);

const verifier = (crypto: Crypto): ((one: Case) => boolean) => {
  const lms = lmsNew(crypto.sha256(), crypto.sha256());
  return ({ key, message, signature }) =>
    hssVerify(lms, key, message, message.length, signature, 0, signature.length);
};
/** Of the two providers the faster one for so many short hashes. */
const holds = verifier(nobleCrypto());

const flipped = (from: Uint8Array, bit: number): Uint8Array => {
  const to = from.slice();
  to[bit >> 3]! ^= 1 << (bit & 7);
  return to;
};

/** About `count` of the numbers below `end`, and always the first ones. */
const some = (end: number, count: number): number[] => {
  const step = Math.max(1, Math.floor(end / count));
  return Array.from({ length: end }, (_, i) => i).filter((i) => i < 16 || i % step === 0);
};

for (const [name, one] of cases) {
  test(`${name}: holds, over either provider`, (t) => {
    t.true(holds(one));
    t.true(verifier(nodeCrypto())(one));
  });

  test(`${name}: a changed bit is noticed, wherever it is`, (t) => {
    // A step of an odd number of bits, so that all bits of a byte have their turn.
    const parts = [
      ['signature', some(8 * one.signature.length, 80)],
      ['key', some(8 * one.key.length, 30)],
      ['message', some(8 * one.message.length, 20)],
    ] as const;
    for (const [part, bits] of parts)
      for (const bit of bits) t.false(holds({ ...one, [part]: flipped(one[part], bit) }), `${part}, ${bit}`);
  });

  test(`${name}: a length that is not its own is refused`, (t) => {
    for (const length of some(one.signature.length, 40))
      t.false(holds({ ...one, signature: one.signature.subarray(0, length) }), `signature of ${length}`);
    for (let length = 0; length < one.key.length; length++)
      t.false(holds({ ...one, key: one.key.subarray(0, length) }), `key of ${length}`);
    t.false(holds({ ...one, signature: concat([one.signature, Uint8Array.of(0)]) }));
    t.false(holds({ ...one, key: concat([one.key, Uint8Array.of(0)]) }));
    t.false(holds({ ...one, message: concat([one.message, Uint8Array.of(0)]) }));
  });
}

test('every bit of a signature counts', (t) => {
  const { key, sign } = memoryKey(24, [{ height: 5, width: 2 }]);
  const message = Uint8Array.of(1, 2, 3);
  const signature = sign(message);
  t.true(holds({ key, message, signature }));
  const unnoticed: number[] = [];
  // All bits of what decides how the rest is read, and of the rest each byte once.
  const path = signature.length - 5 * 24 - 4;
  for (let bit = 0; bit < 8 * signature.length; bit++) {
    const at = bit >> 3;
    const decides = at < 36 || (at >= path && at < path + 4);
    if (!decides && (bit & 7) !== at % 8) continue;
    if (holds({ key, message, signature: flipped(signature, bit) })) unnoticed.push(bit);
  }
  t.deepEqual(unnoticed, []);
});

const short: Tree = { height: 5, width: 4 };
const PARAMETERS: readonly (readonly [DigestLength, readonly Tree[]])[] = [
  ...Digests.flatMap((digest) =>
    ([1, 2, 4, 8] as const).map((width) => [digest, [{ height: 5, width }]] as const),
  ),
  [32, [{ height: 10, width: 2 }]],
  [24, [short, { height: 5, width: 8 }]],
  [32, [{ height: 5, width: 2 }, short]],
  [24, [short, short, short]],
];

for (const [digest, levels] of PARAMETERS) {
  const name = levels.map(({ height, width }) => `H${height} W${width}`).join(' above ');
  test(`digests of ${digest}, ${name}: what the publisher signs holds, for each leaf that signs`, (t) => {
    const made = memoryKey(digest, levels, 30);
    t.is(made.key.length, hssKeyLength(digest));
    for (let leaf = 0; leaf < 32; leaf++) {
      const message = Uint8Array.of(leaf, 7);
      const signature = made.sign(message);
      t.is(signature.length, hssSignatureLength({ digest, levels }));
      t.true(holds({ key: made.key, message, signature }), `leaf ${leaf}`);
      t.false(holds({ key: made.key, message: Uint8Array.of(leaf, 8), signature }), `leaf ${leaf}`);
    }
  });
}

/** A tree too tall to be made: one leaf of it, a path of no meaning, and the root that follows. */
const tallTree = (height: number, leaf: number): Case => {
  const tree = { height: height as Height, width: 4 } as const;
  const secret: TreeSecret = {
    digest: 32,
    tree,
    identifier: new Uint8Array(16).fill(height),
    seed: new Uint8Array(32).fill(leaf),
  };
  const beside = (node: number): Uint8Array => new Uint8Array(32).fill(node);
  const { chains } = chainsOf(32, tree);
  const ends = Array.from({ length: chains }, (_, i) => chainOf(secret).walked(leaf, i, 15));
  let value = digestOf(secret, 2 ** height + leaf, Kind.Leaf, digestOf(secret, leaf, Kind.Ends, ...ends));
  for (let node = 2 ** height + leaf; node > 1; node >>= 1) {
    const pair = node & 1 ? [beside(node ^ 1), value] : [value, beside(node ^ 1)];
    value = digestOf(secret, node >> 1, Kind.Inner, ...pair);
  }
  const nodes = {
    subarray: (from: number) => (from === 32 ? value : beside(from / 32)),
  } as unknown as Nodes;
  const message = Uint8Array.of(height);
  return {
    key: concat([number32(1), treeKey(secret, nodes)]),
    message,
    signature: concat([number32(0), treeSignature(secret, nodes, leaf, message)]),
  };
};

for (const height of [15, 20, 25])
  test(`H${height}: its first leaves and its last ones hold, and no other`, (t) => {
    const end = 2 ** height;
    for (const leaf of [0, 1, end / 2, end - 2, end - 1]) {
      const one = tallTree(height, leaf);
      t.true(holds(one), `leaf ${leaf}`);
      for (const wrong of [leaf ^ 1, leaf + end, end]) {
        const signature = one.signature.slice();
        new DataView(signature.buffer).setUint32(4, wrong);
        t.false(holds({ ...one, signature }), `leaf ${wrong} for ${leaf}`);
      }
    }
  });

test('more levels than the cap are refused, though they hold', (t) => {
  const message = Uint8Array.of(1);
  for (const count of [LEVELS_MAX, LEVELS_MAX + 1]) {
    const { key, sign } = memoryKey(
      24,
      Array.from({ length: count }, () => short),
    );
    t.is(holds({ key, message, signature: sign(message) }), count <= LEVELS_MAX);
  }
});

/** Where a field of a one-level key or signature is, and what must not stand there. */
const FIELDS: readonly (readonly ['key' | 'signature', string, number, readonly number[]])[] = [
  ['key', 'levels', 0, [0, 2, 4, 0x80000000, 0xffffffff]],
  ['key', 'tree type', 4, [0, 4, 6, 10, 15, 0xffffffff]],
  ['key', 'one-time type', 8, [0, 2, 5, 9, 0xffffffff]],
  ['signature', 'levels below', 0, [1, 0xffffffff]],
  ['signature', 'leaf', 4, [1, 32, 33, 0x80000000, 0xffffffff]],
  ['signature', 'one-time type', 8, [0, 2, 4, 7, 9, 0xffffffff]],
  ['signature', 'tree type', 12 + 32 * 68, [0, 4, 6, 10, 0xffffffff]],
];

for (const [part, name, at, values] of FIELDS)
  test(`${part}: ${name} that is not its own is refused`, (t) => {
    const { key, sign } = memoryKey(32, [short]);
    const message = Uint8Array.of(1);
    const one: Case = { key, message, signature: sign(message) };
    t.true(holds(one));
    for (const value of values) {
      const changed = one[part].slice();
      new DataView(changed.buffer).setUint32(at, value);
      t.false(holds({ ...one, [part]: changed }), String(value));
    }
  });

test('a signature is read where it lies, and nothing beside it', (t) => {
  const { key, sign } = memoryKey(32, [short]);
  const message = Uint8Array.of(1, 2);
  const signature = sign(message);
  const crypto = nodeCrypto();
  const lms = lmsNew(crypto.sha256(), crypto.sha256());
  const around = concat([Uint8Array.of(9, 9, 9), signature, Uint8Array.of(9)]);
  const room = concat([message, Uint8Array.of(9, 9)]);
  const before = around.slice();
  const end = 3 + signature.length;
  t.true(hssVerify(lms, key, room, 2, around, 3, end));
  t.deepEqual(around, before);
  for (const [from, to] of [
    [2, end],
    [3, end + 1],
    [3, end - 1],
    [3, 2],
    [3, NaN],
    [NaN, end],
    [3, around.length + 1],
  ])
    t.false(hssVerify(lms, key, room, 2, around, from!, to!), `${from}..${to}`);
  t.false(hssVerify(lms, key, room, 5, around, 3, end), 'a message that is not all there');
});

test('bytes of no meaning are refused, and nothing is thrown', (t) => {
  const word = fc.integer({ min: 0, max: 15 }).map((value) => Uint8Array.of(0, 0, 0, value));
  const key = fc
    .tuple(word, word, word, fc.uint8Array({ minLength: 36, maxLength: 52 }))
    .map((parts) => concat(parts));
  const signature = fc
    .tuple(word, word, word, fc.uint8Array({ maxLength: 2600 }))
    .map((parts) => concat(parts));
  fc.assert(
    fc.property(key, signature, fc.uint8Array({ maxLength: 40 }), (one, two, message) => {
      t.false(holds({ key: one, message, signature: two }));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

// Parameters, and how many blocks of SHA-256 the steps of all chains can take. The height adds none.
const WORK: readonly (readonly [Tree, number])[] = [
  [{ height: 5, width: 8 }, 34 * 255],
  [{ height: 5, width: 4 }, 67 * 15],
];

for (const [tree, most] of WORK)
  test(`H${tree.height} W${tree.width}: the work is bounded, and about half of that`, (t) => {
    const { sha256 } = nodeCrypto();
    let blocks = 0;
    const counted = countingHash(sha256(), (more) => (blocks += more));
    // Of the ends only the steps between matter here.
    const lms = lmsNew(counted, sha256());
    const { key, sign } = memoryKey(32, [tree]);
    const counts = Array.from({ length: 8 }, (_, i) => {
      const message = new Uint8Array(70).fill(i);
      const signature = sign(message);
      blocks = 0;
      t.true(hssVerify(lms, key, message, message.length, signature, 0, signature.length));
      return blocks;
    });
    t.log(`blocks: ${counts.join(' ')}`);
    for (const count of counts) t.true(count > 0.3 * most && count < 0.7 * most, String(count));
  });
