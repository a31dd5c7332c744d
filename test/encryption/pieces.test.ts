/** The pieces of an encrypted payload. */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { gcm } from '@noble/ciphers/aes.js';
import test from 'ava';
import fc from 'fast-check';
import { explain, DecryptionError, sealedLength } from '../../publisher/index.ts';
import type { ContentAlgorithm } from '../../publisher/index.ts';
import { concat } from '../../publisher/bytes.ts';
import { associatedOf, nonceOf, payloadOpen, payloadSeal } from '../../publisher/encryption/pieces.ts';
import type { Content } from '../../publisher/encryption/pieces.ts';
import { sampleImage } from '../publisher/_keys.ts';
import { bytesOf, seededRandom } from './_keys.ts';

const algorithms: readonly ContentAlgorithm[] = ['chacha20-poly1305', 'aes-128-gcm'];
const id = seededRandom(7)(32);
const contentOf = (algorithm: ContentAlgorithm, piece = 256): Content => ({
  algorithm,
  piece,
  key: seededRandom(3)(algorithm === 'aes-128-gcm' ? 16 : 32),
});
/** With a tag. */
const STEP = 256 + 16;
const cut = (sealed: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(sealed.length / STEP) }, (_, at) =>
    sealed.slice(at * STEP, (at + 1) * STEP),
  );

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'opened';
  } catch (error) {
    if (error instanceof DecryptionError) return explain(error.code)?.name ?? String(error.code);
    throw error;
  }
};

test('nonce and associated data are as they are drawn', (t) => {
  const payloadId = Uint8Array.from({ length: 32 }, (_, at) => at);
  t.deepEqual(nonceOf(payloadId, 0x01020304), bytesOf('0001020304050607 01020304'));
  const start = Buffer.from(payloadId).toString('hex');
  t.deepEqual(associatedOf(payloadId, 0x01020304, false), bytesOf(`${start} 01020304 00`));
  t.deepEqual(associatedOf(payloadId, 5, true), bytesOf(`${start} 00000005 01`));
});

for (const algorithm of algorithms) {
  test(`${algorithm}: any payload in any pieces comes back, as long as is said`, (t) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9000 }),
        fc.integer({ min: 256, max: 2048 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (payload, piece, payloadId) => {
          const content = contentOf(algorithm, piece);
          const sealed = payloadSeal(content, payloadId, payload);
          t.is(sealed.length, sealedLength(payload.length, piece));
          t.deepEqual(payloadOpen(content, payloadId, sealed), payload);
        },
      ),
      { numRuns: 100 },
    );
  });

  test(`${algorithm}: whole pieces, one byte less and one more`, (t) => {
    for (const size of [1, 255, 256, 257, 511, 512, 513]) {
      const payload = sampleImage(size);
      const sealed = payloadSeal(contentOf(algorithm), id, payload);
      t.is(sealed.length, size + 16 * Math.ceil(size / 256));
      t.deepEqual(payloadOpen(contentOf(algorithm), id, sealed), payload);
    }
  });

  test(`${algorithm}: each piece is what another library makes of it`, (t) => {
    const content = contentOf(algorithm);
    const payload = sampleImage(700);
    const cipher = algorithm === 'aes-128-gcm' ? gcm : chacha20poly1305;
    const pieces = [0, 256, 512].map((from, number) =>
      cipher(content.key, nonceOf(id, number), associatedOf(id, number, number === 2)).encrypt(
        payload.slice(from, from + 256),
      ),
    );
    t.deepEqual(payloadSeal(content, id, payload), concat(pieces));
  });

  test(`${algorithm}: what is not as it was sealed is PieceTag`, (t) => {
    const content = contentOf(algorithm);
    const sealed = payloadSeal(content, id, sampleImage(1024));
    const [first, second, third, last] = cut(sealed) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const rows: [string, Uint8Array][] = [
      ['cut after a piece', concat([first, second, third])],
      ['cut inside a piece', sealed.slice(0, -20)],
      ['a tag alone', sealed.slice(0, 16)],
      ['nothing', new Uint8Array(0)],
      ['reordered', concat([second, first, third, last])],
      ['a piece twice', concat([first, second, second, third, last])],
      ['a piece left out', concat([first, third, last])],
      ['the last piece first', concat([last, second, third, first])],
      ['a byte more', concat([sealed, Uint8Array.of(0)])],
    ];
    for (const [what, bytes] of rows)
      t.is(
        codeOf(() => payloadOpen(content, id, bytes)),
        'PieceTag',
        what,
      );
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = sealed.slice();
        altered[at]! ^= change;
        t.is(
          codeOf(() => payloadOpen(content, id, altered)),
          'PieceTag',
        );
      }),
    );
    t.is(
      codeOf(() => payloadOpen({ ...content, piece: 512 }, id, sealed)),
      'PieceTag',
      'other pieces',
    );
    const other = id.slice();
    other[31]! ^= 1;
    t.is(
      codeOf(() => payloadOpen(content, other, sealed)),
      'PieceTag',
      'another payload of the same nonces',
    );
  });
}

test('the message names the piece, its place, the file and the remedy', (t) => {
  const content = contentOf('aes-128-gcm');
  const sealed = payloadSeal(content, id, sampleImage(1024));
  sealed[2 * STEP]! ^= 1;
  const error = t.throws(() => payloadOpen(content, id, sealed, 'x.bin'), { instanceOf: DecryptionError });
  t.regex(
    error.message,
    /^x\.bin: payload: piece 2, at byte 544, .*-95 PieceTag.*\. Give envelope and payload/,
  );
});
