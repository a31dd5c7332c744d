import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import test from 'ava';
import fc from 'fast-check';
import { cryptoConformance, type SignatureCase } from '../../hal/crypto-conformance.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { Crypto, Hash } from '../../hal/ports.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { signaturesJson, signaturesPath } from '../vectors/make-signatures.ts';

const rows = JSON.parse(readFileSync(signaturesPath, 'utf8')) as SignatureCase[];
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const ask = (crypto: Crypto, row: SignatureCase): boolean =>
  crypto.verify(row.algorithm, bytes(row.key), bytes(row.message), bytes(row.signature));

const providers: readonly (readonly [string, () => Crypto])[] = [
  ['noble', nobleCrypto],
  ['node', nodeCrypto],
  ['script', () => ({ ...nobleCrypto(), sha256: scriptSha256 })],
];

test('the vectors on disk are those the script makes', (t) => {
  t.is(readFileSync(signaturesPath, 'utf8'), signaturesJson());
  t.is(new Set(rows.map((row) => row.name)).size, rows.length);
});

test('the vectors hold both verdicts of each algorithm', (t) => {
  for (const algorithm of [-19, -9, -7])
    t.true(
      rows.some((row) => row.algorithm === algorithm && row.valid),
      `good ones of ${algorithm}`,
    );
  for (const algorithm of [-19, -9])
    t.true(
      rows.some((row) => row.algorithm === algorithm && !row.valid),
      `bad ones of ${algorithm}`,
    );
});

for (const [name, make] of providers) {
  test(`${name}: keeps the contract on every vector`, (t) => {
    t.deepEqual(cryptoConformance(make(), rows), []);
  });

  test(`${name}: takes arguments of another realm`, (t) => {
    const context = createContext({});
    const foreign = (hex: string): Uint8Array =>
      runInContext(`new Uint8Array(${JSON.stringify([...bytes(hex)])})`, context) as Uint8Array;
    const crypto = make();
    const good = rows.filter((row) => row.valid && row.message.length < 100);
    t.true(good.length > 5);
    for (const row of good) {
      t.false(foreign(row.key) instanceof Uint8Array);
      t.true(
        crypto.verify(row.algorithm, foreign(row.key), foreign(row.message), foreign(row.signature)),
        row.name,
      );
    }
    const hash = crypto.sha256();
    const into = foreign('00'.repeat(32));
    hash.begin();
    hash.update(foreign('616263'), 0, 3);
    hash.finish(into);
    t.is(Buffer.from(into).toString('hex').slice(0, 8), 'ba7816bf');
  });

  test(`${name}: what is not bytes at all does not verify`, (t) => {
    const crypto = make();
    const row = rows.find((one) => one.valid) as SignatureCase;
    const parts = [bytes(row.key), bytes(row.message), bytes(row.signature)];
    for (const wrong of [undefined, null, 'text', [1, 2, 3], {}, new Uint16Array(32), new ArrayBuffer(32)])
      for (let i = 0; i < 3; i++) {
        const [key, message, signature] = parts.map((part, at) => (at === i ? (wrong as Uint8Array) : part));
        t.false(
          crypto.verify(row.algorithm, key as Uint8Array, message as Uint8Array, signature as Uint8Array),
        );
      }
  });

  test(`${name}: a range outside the bytes throws`, (t) => {
    const hash = make().sha256();
    hash.begin();
    const part = new Uint8Array(16).subarray(4, 8);
    for (const [from, to] of [
      [-1, 2],
      [0, 5],
      [3, 2],
      [NaN, 4],
      [0, NaN],
    ] as const)
      t.throws(() => hash.update(part, from, to), undefined, `${from}..${to}`);
    t.throws(() => hash.finish(new Uint8Array(31)));
  });

  test(`${name}: any split gives the same digest`, (t) => {
    const hash = make().sha256();
    const digest = (message: Uint8Array, cuts: readonly number[]): string => {
      const into = new Uint8Array(32);
      hash.begin();
      let from = 0;
      for (const cut of [...cuts, message.length]) {
        hash.update(message, from, cut);
        from = cut;
      }
      hash.finish(into);
      return Buffer.from(into).toString('hex');
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), (message, cuts) => {
        const sorted = cuts.map((cut) => Math.min(cut, message.length)).sort((a, b) => a - b);
        t.is(digest(message, sorted), digest(message, []));
      }),
      { numRuns: 100 },
    );
    t.pass();
  });
}

test('noble and node agree on mutated vectors', (t) => {
  const noble = nobleCrypto();
  const node = nodeCrypto();
  const short = rows.filter((row) => row.message.length < 200);
  const part = fc.constantFrom('key' as const, 'message' as const, 'signature' as const);
  const change = fc.record({ part, at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }), like: fc.nat() });
  fc.assert(
    fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 3 }), (index, changes) => {
      const row = { ...(short[index % short.length] as SignatureCase) };
      for (const one of changes) {
        const mutated = bytes(row[one.part]);
        if (one.mask % 4 === 0) row[one.part] = (short[one.like % short.length] as SignatureCase)[one.part];
        else if (mutated.length > 0) {
          const at = one.at % mutated.length;
          mutated[at] = (mutated[at] as number) ^ one.mask;
          row[one.part] = Buffer.from(mutated).toString('hex');
        }
      }
      t.is(ask(noble, row), ask(node, row), JSON.stringify(row));
    }),
    { numRuns: 200 },
  );
});

test('node: more keys than it keeps still verify', (t) => {
  const crypto = nodeCrypto();
  const good = rows.filter((row) => row.valid);
  t.true(new Set(good.map((row) => row.key)).size > 8);
  for (let round = 0; round < 2; round++) for (const row of good) t.true(ask(crypto, row), row.name);
});

const spoilt = (crypto: Crypto, verify: Partial<Crypto>): Crypto => ({ ...crypto, ...verify });
const spoiltHash = (crypto: Crypto, spoil: (hash: Hash) => Partial<Hash>): Crypto =>
  spoilt(crypto, {
    sha256: () => {
      const hash = crypto.sha256();
      return { ...hash, ...spoil(hash) };
    },
  });

const planted: readonly (readonly [string, (good: Crypto) => Crypto])[] = [
  ['everything verifies', (good) => spoilt(good, { verify: () => true })],
  ['nothing verifies', (good) => spoilt(good, { verify: () => false })],
  [
    'throws on a wrong length',
    (good) =>
      spoilt(good, {
        verify: (algorithm, key, message, signature) => {
          if (signature.length !== 64) throw new Error('length');
          return good.verify(algorithm, key, message, signature);
        },
      }),
  ],
  [
    'refuses a high s',
    (good) =>
      spoilt(good, {
        verify: (algorithm, key, message, signature) =>
          (algorithm === -19 || (signature[32] as number) < 0x80) &&
          good.verify(algorithm, key, message, signature),
      }),
  ],
  [
    'one hash for all',
    (good) => {
      const hash = good.sha256();
      return spoilt(good, { sha256: () => hash });
    },
  ],
  ['begin that does not forget', (good) => spoiltHash(good, (hash) => ({ begin: once(() => hash.begin()) }))],
  [
    'update that starts at the first byte',
    (good) =>
      spoiltHash(good, (hash) => ({ update: (all, from, to) => hash.update(all, to < 4096 ? 0 : from, to) })),
  ],
  [
    'finish that writes too much',
    (good) =>
      spoiltHash(good, (hash) => ({
        finish: (into) => {
          into.fill(0);
          hash.finish(into);
        },
      })),
  ],
];

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (!ran) run();
    ran = true;
  };
}

for (const [name, plant] of planted)
  test(`conformance catches: ${name}`, (t) => {
    t.not(cryptoConformance(plant(nodeCrypto()), rows).length, 0);
  });
