import test from 'ava';
import { Err, Phase, encryption, patches } from '../../agent/index.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import type { Bench } from '../_bench.ts';
import { benchOpen, fetchByRange, install, offer } from '../_bench.ts';
import { cbor } from '../_envelope.ts';
import { firmware } from '../bootloader-sim/_real.ts';
import {
  CHACHA,
  FORMATS,
  GCM,
  coseEncrypt,
  contentKeyOf,
  decryptionOf,
  encryptedRelease,
  recipient,
  wrap,
} from './_encrypted.ts';
import type { EncryptedOptions, Format } from './_encrypted.ts';

const config = { patches, encryption };
const decryption = decryptionOf();
const old = firmware(1, 16_000);
const fresh = ((): Uint8Array => {
  const bytes = firmware(2, 16_400);
  bytes.set(old.subarray(0, 9000));
  return bytes;
})();

const open = (board: BoardName = 'tiny', more: object = {}): Bench =>
  benchOpen({ board, image: old, config, decryption, ...more });

const holds = (bench: Bench, image: Uint8Array): boolean => {
  const got = new Uint8Array(image.length);
  bench.flash.slots[bench.decision.slot as 0 | 1].partition.read(got, 0);
  return Buffer.compare(got, image) === 0;
};

for (const format of FORMATS)
  for (const algorithm of [CHACHA, GCM])
    for (const mode of ['range', 'stream'] as const)
      for (const piece of [256, 1000, 2048])
        test(`${format}, algorithm ${algorithm}, pieces of ${piece}, as a ${mode}`, (t) => {
          const update = encryptedRelease(old, fresh, 2, { format, algorithm, piece });
          const bench = open();
          t.is(install(bench, update, { mode }), 0);
          t.true(bench.decision.trial);
          t.true(holds(bench, fresh));
          t.is(bench.agent.reject(7), Err.Rejected);
          bench.boot();
          t.true(holds(bench, old));
          t.is(bench.flash.misuses(), 0);
        });

for (const board of [
  'tiny-zero',
  'tiny-large-sectors',
  'tiny-shared',
  'tiny-swap',
  'tiny-swap-wide',
] as const)
  test(`on ${board}`, (t) => {
    for (const format of FORMATS) {
      const bench = open(board);
      t.is(install(bench, encryptedRelease(old, fresh, 2, { format }), {}), 0, format);
      t.true(holds(bench, fresh), format);
    }
  });

const twist = (at: number, bit: number) => (pieces: Uint8Array[]) => {
  pieces[0]![at]! ^= bit;
  return pieces;
};
const exchanged = (pieces: Uint8Array[]): Uint8Array[] => [pieces[1]!, pieces[0]!, ...pieces.slice(2)];
const info = (...recipients: unknown[]): Partial<EncryptedOptions> => ({
  info: coseEncrypt(CHACHA, recipients),
});
const right = recipient(wrap(contentKeyOf(CHACHA)));

/** What is wrong with the key is known before the first erase. */
const REFUSED: readonly [string, number, Partial<EncryptedOptions>, object?][] = [
  ['no decryption on the board', Err.EncryptionUnsupported, {}, { decryption: undefined }],
  ['no encryption in the configuration', Err.EncryptionUnsupported, {}, { config: { patches } }],
  ['another key id', Err.NoRecipient, info(recipient(wrap(contentKeyOf(CHACHA)), Uint8Array.of(9)))],
  ['another key of the same id', Err.KeyUnwrap, {}, { decryption: decryptionOf(firmware(5, 16)) }],
  ['an altered wrapped key', Err.KeyUnwrap, info(recipient(wrap(contentKeyOf(CHACHA)).map((b) => b ^ 1)))],
  ['no recipients', Err.EncryptionMalformed, info()],
  ['nine recipients', Err.EncryptionMalformed, info(...Array.from({ length: 9 }, () => right))],
  [
    'a wrapped key of 24 bytes for ChaCha20',
    Err.EncryptionMalformed,
    info(recipient(wrap(contentKeyOf(GCM)))),
  ],
  ['an unknown algorithm', Err.EncryptionMalformed, { info: coseEncrypt(3, [right]) }],
  [
    'an empty key id',
    Err.EncryptionMalformed,
    info(recipient(wrap(contentKeyOf(CHACHA)), new Uint8Array(0))),
  ],
  ['a key id of 33', Err.EncryptionMalformed, info(recipient(wrap(contentKeyOf(CHACHA)), firmware(3, 33)))],
  ['a recipient of two', Err.EncryptionMalformed, info(right.slice(0, 2))],
  ['no tag', Err.EncryptionMalformed, { info: cbor([1, 2, 3, 4]) }],
  ['an empty info', Err.EncryptionMalformed, { info: new Uint8Array(0) }],
  [
    'a byte behind',
    Err.EncryptionMalformed,
    { info: Buffer.concat([coseEncrypt(CHACHA, [right]), Uint8Array.of(0)]) },
  ],
  ['no piece length', Err.Parameter, { pieceSaid: null }],
  ['no info', Err.Parameter, { info: null }],
  ['pieces of 255', Err.Parameter, { pieceSaid: 255 }],
  ['pieces of 2049', Err.Parameter, { pieceSaid: 2049 }],
  ['an integrated payload', Err.Parameter, { uri: '#e' }],
];

for (const [what, code, options, more] of REFUSED)
  test(`refused before the first erase: ${what}`, (t) => {
    for (const format of FORMATS) {
      const bench = open('tiny', more);
      bench.since();
      t.is(offer(bench.agent, encryptedRelease(old, fresh, 2, { format, ...options })), code, format);
      t.is(bench.since().slots[1], 0, format);
    }
  });

test('COSE_Encrypt, cut anywhere and with each byte changed: a code, and the key only where nothing of it matters', (t) => {
  const whole = coseEncrypt(CHACHA, [right]);
  for (let at = 0; at < whole.length; at++) {
    const bench = open();
    const code = offer(bench.agent, encryptedRelease(old, fresh, 2, { info: whole.subarray(0, at) }));
    t.true(code < 0, `cut at ${at}: ${code}`);
    const changed = whole.slice();
    changed[at]! ^= 1;
    const other = offer(open().agent, encryptedRelease(old, fresh, 2, { info: changed }));
    t.true(other < 0, `changed at ${at}: ${other}`);
  }
});

const DAMAGED: readonly [string, (pieces: Uint8Array[]) => Uint8Array[]][] = [
  ['the first bit', twist(0, 1)],
  ['a bit of the tag', twist(1039, 0x80)],
  ['two pieces exchanged', exchanged],
  ['the first piece left out', (pieces) => pieces.slice(1)],
  ['the last piece in place of the first', (pieces) => [pieces.at(-1)!, ...pieces.slice(1)]],
];
for (const [what, pieces] of DAMAGED)
  for (const mode of ['range', 'stream'] as const)
    test(`PieceTag, and the same update goes through after it: ${what}, as a ${mode}`, (t) => {
      for (const format of ['plain', 'framed'] as const) {
        const bench = open();
        const damaged = encryptedRelease(old, firmware(9, 16_400), 2, { format, pieces });
        t.is(install(bench, damaged, { mode }), Err.PieceTag, format);
        t.is(bench.status().phase, Phase.Failed);
        t.is(install(bench, encryptedRelease(old, fresh, 2, { format }), { mode }), 0, format);
        t.true(holds(bench, fresh));
      }
    });

test('a piece of another payload under the same key is no piece of this one', (t) => {
  const other = encryptedRelease(old, firmware(9, 16_400), 2);
  const update = encryptedRelease(old, fresh, 2, {
    pieces: (pieces) => [other.payload.subarray(0, 1040), ...pieces.slice(1)],
  });
  t.is(install(open(), update, {}), Err.PieceTag);
});

test('truncated to whole pieces: the piece that is last now does not say so', (t) => {
  for (const format of ['plain', 'framed'] as const) {
    const update = encryptedRelease(old, firmware(9, 16_400), 2, {
      format,
      pieces: (pieces) => pieces.slice(0, -1),
    });
    t.true(install(open(), update, { mode: 'stream' }) < 0, format);
  }
});

test('a byte too many is refused once all is staged', (t) => {
  for (const format of FORMATS) {
    const update = encryptedRelease(old, fresh, 2, { format });
    const payload = Uint8Array.from([...update.payload, 0]);
    t.is(install(open(), { ...update, payload }, { mode: 'stream' }), Err.PayloadTooLong, format);
  }
});

test('an unencrypted update after an encrypted one that was given up', (t) => {
  const bench = open();
  const update = encryptedRelease(old, fresh, 2);
  t.is(offer(bench.agent, { ...update, payload: update.payload.subarray(0, 3000) }), Err.PayloadTooShort);
  t.is(bench.agent.cancel(), 0);
  const plain = encryptedRelease(old, fresh, 2, { info: null, pieceSaid: null });
  t.is(install(bench, { ...plain, payload: plain.plain }, {}), 0);
  t.true(holds(bench, fresh));
});

test('after a cut no more is fetched again than without encryption, but for a piece at each end', (t) => {
  // A patch of noise alone would be in one unit: nothing is saved by it.
  const image = Uint8Array.from([...firmware(5, 44_000), ...old]);
  for (const format of ['framed', 'patch'] as Format[]) {
    const update = encryptedRelease(old, image, 2, { format, piece: 2048 });
    for (const stop of [500, 5_000, 20_000, 33_333, 40_000]) {
      const bench = open('nrf52840');
      const before = fetchByRange(bench.agent, update, { chunk: 333, stop }).bytes;
      bench.boot();
      const after = fetchByRange(bench.agent, update, { chunk: 333 });
      t.true(before > 0 && after.bytes > 0, `${format} cut at ${stop}: ${before}, ${after.bytes}`);
      t.is(after.code, 0);
      t.is(bench.status().phase, Phase.Staged);
      const again = before + after.bytes - update.payload.length;
      t.true(again <= 8192 + 4096 + 2 * 2064, `${format} cut at ${stop}: ${again} bytes again`);
    }
  }
});

test('any split of the payload gives the same image', (t) => {
  const update = encryptedRelease(old, fresh, 2, { piece: 300 });
  for (const chunk of [1, 7, 299, 300, 316, 317, 5000]) {
    const bench = open();
    t.is(install(bench, update, { mode: 'stream', chunk }), 0, String(chunk));
    t.true(holds(bench, fresh));
  }
});
