/** The project's own ciphers: against published vectors, and against noble. Needs no Node, and runs on XS too. */
import { aeskw, gcm } from '@noble/ciphers/aes.js';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import test from 'ava';
import fc from 'fast-check';
import { decryptionConformance } from '../../hal/decryption-conformance.ts';
import { deviceDecryption } from '../../hal/device-decryption.ts';
import { poly1305Begin, poly1305Blocks, poly1305Finish, poly1305New } from '../../hal/poly1305.ts';
import type { DeviceKey } from '../../hal/device-keys.ts';
import type { Decryption } from '../../hal/ports.ts';

const bytes = (hex: string): Uint8Array => {
  const made = new Uint8Array(hex.length / 2);
  for (let i = 0; i < made.length; i++) made[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return made;
};
const hex = (made: Uint8Array): string => {
  let text = '';
  for (const byte of made) text += byte.toString(16).padStart(2, '0');
  return text;
};

/** On an engine that is slow at it a tenth is drawn: test/xs/_globals.ts. */
const runs = (count: number): number => (process.env['FEW_RUNS'] === '1' ? count / 10 : count);

const of = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
/** Bytes among which carries go far. */
const extreme = (size: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.constantFrom(0, 1, 2, 3, 4, 5, 0xfa, 0xfb, 0xfc, 0xfe, 0xff, 0xff), {
      minLength: size,
      maxLength: size,
    })
    .map((list) => new Uint8Array(list));

test('keeps the contract, with the keys it knows', (t) => {
  t.deepEqual(decryptionConformance(deviceDecryption, ['A128KW']), []);
});

test('a piece of 4096 bytes, and one of 10000', (t) => {
  const decryption = deviceDecryption([]);
  for (const [algorithm, size, cipher] of [
    [1, 16, gcm],
    [24, 32, chacha20poly1305],
  ] as const)
    for (const length of [4096, 10000]) {
      const key = new Uint8Array(size).fill(7);
      const nonce = new Uint8Array(12).fill(9);
      const plaintext = new Uint8Array(length).fill(0x5a);
      const sealed = cipher(key, nonce, plaintext.subarray(0, 37)).encrypt(plaintext);
      t.true(decryption.open(algorithm, key, nonce, plaintext.subarray(0, 37), sealed, 0, sealed.length));
      // As bytes: to make long text of them takes XS many seconds.
      t.is(Buffer.compare(sealed.subarray(0, length), plaintext), 0);
    }
});

// RFC 8439 appendix A.3: those of whole blocks, at the edges of 2^130 - 5 and of 2^128. r, s, message, tag.
const ONES = 'ff'.repeat(16);
const R1 = `01${'00'.repeat(15)}`;
const R2 = `02${'00'.repeat(15)}`;
const R14 = '01000000000000000400000000000000';
const ZEROS = '00'.repeat(16);
const CARRIES =
  'e33594d7505e43b900000000000000003394d7505e4379cd010000000000000000000000000000000000000000000000';
const POLY1305: readonly (readonly [string, string, string, string, string])[] = [
  ['1', ZEROS, ZEROS, ZEROS.repeat(4), ZEROS],
  ['5', R2, ZEROS, ONES, `03${'00'.repeat(15)}`],
  ['6', R2, ONES, R2, `03${'00'.repeat(15)}`],
  ['7', R1, ZEROS, `${ONES}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`, `05${'00'.repeat(15)}`],
  ['8', R1, ZEROS, `${ONES}fb${'fe'.repeat(15)}${'01'.repeat(16)}`, ZEROS],
  ['9', R2, ZEROS, `fd${'ff'.repeat(15)}`, `fa${'ff'.repeat(15)}`],
  ['10', R14, ZEROS, `${CARRIES}01${'00'.repeat(15)}`, '14000000000000005500000000000000'],
  ['11', R14, ZEROS, CARRIES, `13${'00'.repeat(15)}`],
];

const tagOf = (key: Uint8Array, message: Uint8Array): string => {
  const state = poly1305New();
  const own = new Uint8Array(32);
  own.set(key);
  poly1305Begin(state, own);
  poly1305Blocks(state, message, 0, message.length);
  const tag = new Uint8Array(16);
  poly1305Finish(state, tag);
  return hex(tag);
};

for (const [name, r, s, message, tag] of POLY1305)
  test(`Poly1305, RFC 8439 A.3 #${name}`, (t) => {
    t.is(tagOf(bytes(r + s), bytes(message)), tag);
  });

test('Poly1305 is that of noble', (t) => {
  const blocks = fc
    .integer({ min: 0, max: 9 })
    .chain((count) => fc.oneof(of(16 * count), extreme(16 * count)));
  fc.assert(
    fc.property(fc.oneof(of(32), extreme(32)), blocks, (key, message) => {
      t.is(tagOf(key, message), hex(poly1305(message, key)));
    }),
    { numRuns: runs(200) },
  );
});

const openFault = (
  decryption: Decryption,
  algorithm: number,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): string => {
  const cipher = algorithm === 1 ? gcm : chacha20poly1305;
  const sealed = cipher(key, nonce, associated).encrypt(plaintext);
  const other = new Uint8Array(sealed.length);
  other.set(sealed);
  other[other.length >> 1] = (other[other.length >> 1] as number) ^ 0x10;
  if (decryption.open(algorithm, key, nonce, associated, other, 0, other.length))
    return 'changed, and opened';
  if (!decryption.open(algorithm, key, nonce, associated, sealed, 0, sealed.length)) return 'refused';
  return hex(sealed.subarray(0, plaintext.length)) === hex(plaintext) ? '' : 'wrong plaintext';
};

for (const [algorithm, size] of [
  [1, 16],
  [24, 32],
] as const)
  test(`algorithm ${algorithm} opens what noble seals`, (t) => {
    const decryption = deviceDecryption([]);
    const any = fc.tuple(
      fc.oneof(of(size), extreme(size)),
      fc.oneof(of(12), extreme(12)),
      fc.uint8Array({ maxLength: 70 }),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(any, ([key, nonce, associated, plaintext]) => {
        t.is(openFault(decryption, algorithm, key, nonce, associated, plaintext), '');
      }),
      { numRuns: runs(60) },
    );
  });

test('unwraps what noble wraps', (t) => {
  const none = new Uint8Array(0);
  const keyId = new Uint8Array([1]);
  fc.assert(
    fc.property(of(16), fc.oneof(of(16), of(32)), (key, content) => {
      const into = new Uint8Array(32);
      const decryption = deviceDecryption([{ keyId, kind: 'A128KW', key }]);
      t.is(decryption.unwrap(-3, keyId, none, none, aeskw(key).encrypt(content), into), content.length);
      t.is(hex(into.subarray(0, content.length)), hex(content));
    }),
    { numRuns: runs(50) },
  );
});

test('a key of another kind is refused at open', (t) => {
  for (const kind of ['X25519', 'P-256'] as const) {
    const key: DeviceKey = { keyId: new Uint8Array([1]), kind, key: new Uint8Array(32).fill(1) };
    t.throws(() => deviceDecryption([key]), {
      message: `a device key of ${kind} needs a native provider, or noble`,
    });
  }
});
