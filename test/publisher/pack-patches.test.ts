import test from 'ava';
import { envelopeRead, pack, PublishError, writeManifest } from '../../publisher/index.ts';
import type { PackOptions } from '../../publisher/index.ts';
import { concat, sha256 } from '../../publisher/bytes.ts';
import { cborDecode } from '../../publisher/cbor.ts';
import { uriBeside } from '../../publisher/pack-patches.ts';
import { patchDecode } from '../../publisher/patch/decode.ts';
import { sampleImage, seededKey } from './_keys.ts';

const image = sampleImage(6000);
const changed = (at: number): Uint8Array => {
  const base = image.slice();
  base.fill(7, at, at + 9);
  return base;
};
const bases = [changed(100), changed(3000)];
const options: PackOptions = {
  image,
  bases,
  vendor: 'example.com',
  classId: 'lamp',
  sequence: 7,
  keys: [seededKey(1)],
};
const made = pack(options);

const install = (envelope: Uint8Array): unknown[] => {
  const manifest = cborDecode(envelopeRead(envelope).manifestBytes, 'manifest') as Map<number, Uint8Array>;
  return cborDecode(manifest.get(20)!, 'install') as unknown[];
};
const branchesOf = (items: unknown[]): unknown[] =>
  (items[1] as Uint8Array[]).map((branch) => cborDecode(branch, 'branch'));

test('one branch a base, and the whole image for any other', (t) => {
  const items = install(made.envelope);
  t.is(items[0], 15);
  t.deepEqual(items.slice(2), [21, 2, 3, 15]);
  const whole = made.payloads[0]!;
  const variant = envelopeRead(made.envelope).manifest.variants[0]!;
  t.deepEqual(branchesOf(items), [
    ...made.patches.map((patch, at) => [
      20,
      new Map([[-263, sha256(bases[at]!)]]),
      -263,
      5,
      20,
      new Map<number, unknown>([
        [21, patch.uri],
        [-257, 2],
        [-258, sha256(patch.payload.subarray(0, patch.firstPiece))],
        [-259, patch.payload.length],
        [-264, patch.firstPiece],
      ]),
    ]),
    [
      20,
      new Map<number, unknown>([
        [21, variant.uri],
        [-257, 1],
        [-258, variant.root],
        [-259, whole.length],
      ]),
    ],
  ]);
});

test('each patch makes the image of its base', (t) => {
  t.is(made.patches.length, 2);
  made.patches.forEach(({ payload, firstPiece }, at) => {
    t.deepEqual(patchDecode(bases[at]!, payload, firstPiece, image.length), image);
  });
});

test('the bases can be read back, and the whole image stays the variant', (t) => {
  const { manifest } = envelopeRead(made.envelope);
  t.deepEqual(
    manifest.patches.map((one) => [one.base, one.uri, one.payloadSize]),
    made.patches.map((one) => [one.base, one.uri, one.payload.length]),
  );
  t.is(manifest.variants[0]?.payloadSize, made.payload.length);
  t.true(manifest.variants[0]?.framed);
  t.deepEqual(made.bundle, concat([made.envelope, made.payload]));
});

test('the same input and key give the same bytes', (t) => {
  t.deepEqual(pack(options), made);
});

test('a plain image is a fallback too', (t) => {
  const plain = pack({ ...options, format: 'plain' });
  t.deepEqual(branchesOf(install(plain.envelope))[2], [20, new Map([[21, plain.uris[0]]])]);
});

test('a patch that is no smaller is left out', (t) => {
  const even = new Uint8Array(6000);
  const out = pack({ ...options, image: even, bases: [image] });
  t.deepEqual([out.patches.length, out.figures.patches.length], [out.figures.patches[0]?.leftOut ? 0 : 1, 1]);
  const stranger = pack({ ...options, image: Uint8Array.of(1), format: 'plain', bases: [image] });
  t.deepEqual(stranger.patches, []);
  t.true(stranger.figures.patches[0]?.leftOut);
  t.is(install(stranger.envelope)[0], 20);
});

const refused: [name: string, changes: Partial<PackOptions>, field: string, words: RegExp][] = [
  ['empty', { bases: [new Uint8Array(0)] }, 'base 1', /is empty/],
  ['the new image', { bases: [bases[0]!, image] }, 'base 2', /new image itself/],
  ['twice', { bases: [bases[0]!, bases[0]!] }, 'base 2', /same image as base 1/],
  ['two images', { image: [image, sampleImage(900)] }, 'base', /one image/],
  ['integrated', { image: sampleImage(600), format: 'integrated' }, 'base', /--format framed or plain/],
  [
    'too many',
    { bases: Array.from({ length: 40 }, (_, at) => changed(at * 20)) },
    'base',
    /40 bases, and the envelope has room for 2\d\. Give at most 2\d/,
  ],
];
for (const [name, changes, field, words] of refused) {
  test(`refused: ${name}`, (t) => {
    const error = t.throws(() => pack({ ...options, ...changes }), { instanceOf: PublishError });
    t.is(error?.field, field);
    t.regex(error?.message ?? '', words);
    t.truthy(error?.remedy);
  });
}

test('the manifest writer refuses patches beside two images', (t) => {
  const variant = { digest: sha256(image), size: image.length, uri: 'a' };
  const fields = { sequence: 1, vendor: new Uint8Array(16), classId: new Uint8Array(16) };
  t.throws(() => writeManifest({ ...fields, variants: [variant, variant], patches: made.patches }), {
    instanceOf: PublishError,
  });
});

const uris: [whole: string, patch: string][] = [
  ['a.bin', 'p'],
  ['v2/a.bin', 'v2/p'],
  ['https://host', 'https://host/p'],
  ['https://host/a.bin', 'https://host/p'],
  ['https://host/v2/a.bin?key=a/b', 'https://host/v2/p'],
];
for (const [whole, patch] of uris)
  test(`beside ${whole}: ${patch}`, (t) => t.is(uriBeside(whole, 'p'), patch));
