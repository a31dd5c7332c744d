/** pack with recipients: what is in the manifest, what is sent, and what is refused. */
import test from 'ava';
import fc from 'fast-check';
import { envelopeRead, pack, payloadTrouble, PublishError, sealedLength } from '../../publisher/index.ts';
import type { EncryptionOptions, Pack, PackOptions, RecipientKind } from '../../publisher/index.ts';
import { hexOf, sha256 } from '../../publisher/bytes.ts';
import { cborDecode } from '../../publisher/cbor.ts';
import { patchFacts, variantFacts } from '../../publisher/encryption/facts.ts';
import { encryptionOfEnvelope, payloadReader } from '../../publisher/encryption/reader.ts';
import { sealerNew } from '../../publisher/encryption/sealer.ts';
import { patchMakes, patchTrouble } from '../../publisher/patch-proof.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';
import { deviceKey, seededRandom } from './_keys.ts';

const kinds: readonly RecipientKind[] = ['a128kw', 'x25519', 'p256'];
const image = sampleImage(9000);
const changed = (at: number): Uint8Array => {
  const base = image.slice();
  base.fill(7, at, at + 9);
  return base;
};
const bases = [changed(100), changed(5000)];
const plain: PackOptions = {
  image,
  vendor: 'example.com',
  classId: 'lamp',
  sequence: 7,
  keys: [seededKey(1)],
};
const encryption: EncryptionOptions = { recipients: [deviceKey('x25519')] };

/** Decrypts all payloads of a pack, and proves them. */
const proves = (made: Pack, own = deviceKey('x25519'), withBases: readonly Uint8Array[] = []): void => {
  const view = envelopeRead(made.envelope);
  const facts = encryptionOfEnvelope(view)!;
  const read = payloadReader(facts, own);
  const { variants, patches } = view.manifest;
  const troubles = [
    ...variants.map((one, at) => payloadTrouble(read(made.payloads[at]!, variantFacts(one)), one)),
    ...patches.flatMap((one, at) => {
      const payload = read(made.patches[at]!.payload, patchFacts(one));
      const base = withBases.find((each) => hexOf(sha256(each)) === hexOf(one.base))!;
      return [patchTrouble(payload, one, image.length), patchMakes(payload, one, variants[0]!, base)];
    }),
  ].filter((one) => one !== undefined);
  if (troubles.length > 0) throw new Error(troubles.join('; '));
};

for (const format of ['framed', 'plain'] as const) {
  for (const kind of kinds) {
    for (const algorithm of ['chacha20-poly1305', 'aes-128-gcm'] as const) {
      test(`${format}, ${kind}, ${algorithm}: whole image and patches`, (t) => {
        const own = deviceKey(kind);
        const made = pack({ ...plain, bases, format, encryption: { recipients: [own], algorithm } });
        t.is(made.patches.length, 2);
        t.notThrows(() => proves(made, own, bases));
      });
    }
  }
}

test('every one of eight recipients reads it', (t) => {
  const own = [1, 2, 3, 4, 5, 6, 7, 8].map((byte, at) => deviceKey(kinds[at % 3]!, byte));
  const made = pack({ ...plain, encryption: { recipients: own } });
  for (const key of own) t.notThrows(() => proves(made, key));
});

test('one image for each slot', (t) => {
  const made = pack({ ...plain, image: [image, sampleImage(8000, 2)], encryption });
  t.is(made.payloads.length, 2);
  t.notThrows(() => proves(made));
});

test('19 and -265 are in the shared parameters, once; sizes are those of the plaintext', (t) => {
  const made = pack({ ...plain, bases, encryption: { ...encryption, piece: 512 } });
  const without = pack({ ...plain, bases });
  const view = envelopeRead(made.envelope);
  const fields = cborDecode(view.manifestBytes, 'manifest') as Map<number, Uint8Array>;
  const common = cborDecode(fields.get(3)!, 'common') as Map<number, Uint8Array>;
  const shared = cborDecode(common.get(4)!, 'shared') as [number, Map<number, unknown>];
  t.is(shared[0], 20);
  t.deepEqual(shared[1].get(19), view.manifest.encryption.info);
  t.is(shared[1].get(-265), 512);
  // The install sequence is as it is without encryption, but for the names of the payloads.
  const { variants, patches } = view.manifest;
  const other = envelopeRead(without.envelope).manifest;
  const sizes = (all: readonly { payloadSize: number | undefined; root: Uint8Array | undefined }[]) =>
    all.map(({ payloadSize, root }) => [payloadSize, root]);
  t.deepEqual(sizes(variants), sizes(other.variants));
  t.deepEqual(sizes(patches), sizes(other.patches));
});

test('what is sent, and what the figures say', (t) => {
  const piece = 512;
  const made = pack({ ...plain, bases, encryption: { ...encryption, piece } });
  const without = pack({ ...plain, bases });
  t.is(made.payload.length, sealedLength(without.payload.length, piece));
  t.is(made.figures.payload, made.payload.length);
  t.is(made.figures.total, made.envelope.length + made.payload.length);
  t.true(made.figures.overheadPercent > without.figures.overheadPercent);
  made.patches.forEach(({ payload }, at) => {
    t.is(payload.length, sealedLength(without.patches[at]!.payload.length, piece));
    t.is(made.figures.patches[at]!.payload, payload.length);
  });
  t.is(made.bundle.length, made.envelope.length + made.payload.length);
});

test('payloads are named by what is sent', (t) => {
  const made = pack({ ...plain, bases, encryption });
  t.is(made.uris[0], `${hexOf(sha256(made.payload)).slice(0, 32)}.bin`);
  for (const { uri, payload } of made.patches) t.is(uri, `${hexOf(sha256(payload)).slice(0, 32)}.bin`);
});

test('any image in any pieces comes back', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6000 }),
      fc.integer({ min: 256, max: 2048 }),
      fc.nat(1000),
      fc.constantFrom('framed' as const, 'plain' as const),
      (length, piece, seed, format) => {
        const options = { ...plain, image: sampleImage(length, seed), format };
        proves(pack({ ...options, encryption: { ...encryption, piece } }));
        return true;
      },
    ),
    { numRuns: 40 },
  );
  t.pass();
});

test('no two packs have a key in common, or a start of their ciphertext', (t) => {
  const drawn: string[] = [];
  const random = (length: number): Uint8Array => {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    drawn.push(hexOf(bytes));
    return bytes;
  };
  const packs = [1, 2, 3].map(() => pack({ ...plain, encryption: { ...encryption, random } }));
  // Of each pack a content key and an ephemeral key.
  t.is(new Set(drawn).size, 6);
  t.is(new Set(packs.map((one) => hexOf(one.payload.slice(0, 32)))).size, 3);
  t.not(hexOf(pack({ ...plain, encryption }).payload), hexOf(pack({ ...plain, encryption }).payload));
});

test('the same random bytes give the same pack', (t) => {
  const again = (): Uint8Array =>
    pack({ ...plain, encryption: { ...encryption, random: seededRandom(1) } }).bundle;
  t.deepEqual(again(), again());
});

test('nonces of one pack differ: ids begin differently', (t) => {
  const { manifest } = envelopeRead(pack({ ...plain, bases, encryption }).envelope);
  const ids = [...manifest.variants.map(variantFacts), ...manifest.patches.map(patchFacts)];
  t.is(new Set(ids.map(({ id }) => hexOf(id!.subarray(0, 8)))).size, 3);
});

test('two payloads whose ids begin alike are refused; the same payload twice is one', (t) => {
  const sealer = sealerNew(encryption);
  const id = sha256(image);
  const alike = id.slice();
  alike[8]! ^= 1;
  const first = sealer.seal(image, id);
  t.deepEqual(sealer.seal(image, id), first);
  const refused = { instanceOf: PublishError, message: /ids that begin with/ };
  t.throws(() => sealer.seal(image, alike), refused);
  t.throws(() => sealer.seal(sampleImage(10), id), refused);
});

const refusals: [what: string, options: Partial<PackOptions>, message: RegExp][] = [
  ['inside the envelope', { format: 'integrated', encryption }, /^format: .*cannot be encrypted\. Use/],
  ['no recipient', { encryption: { recipients: [] } }, /^recipient: 0 recipients\. Give 1 to 8/],
  [
    'nine recipients',
    { encryption: { recipients: Array.from({ length: 9 }, (_, at) => deviceKey('x25519', at + 1)) } },
    /^recipient: 9 recipients/,
  ],
  [
    'a name twice',
    { encryption: { recipients: [deviceKey('x25519'), deviceKey('x25519')] } },
    /^recipient: two recipients are named x25519/,
  ],
  ['pieces too short', { encryption: { ...encryption, piece: 255 } }, /^piece: 255 is out of range/],
  ['pieces too long', { encryption: { ...encryption, piece: 2049 } }, /^piece: 2049 is out of range/],
  ['half a byte', { encryption: { ...encryption, piece: 256.5 } }, /^piece: 256.5 is out of range/],
];

for (const [what, options, message] of refusals)
  test(`refused: ${what}`, (t) => {
    t.throws(() => pack({ ...plain, ...options }), { instanceOf: PublishError, message });
  });
