import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Anchor } from '../../agent/format/cose.ts';
import { envelopeLength } from '../../agent/format/envelope.ts';
import type { Target } from '../../agent/format/manifest.ts';
import { pointOfPem } from '../_crypto.ts';
import { cbor } from '../_envelope.ts';
import { take } from '../_formats.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'suit');
const here = existsSync(folder);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function load(name: string): Uint8Array {
  if (name.endsWith('.hex')) return hex(readFileSync(join(folder, name), 'utf8').trim());
  return Uint8Array.from(readFileSync(join(folder, name)));
}

function anchorOf(name: string): Anchor {
  const key = pointOfPem(readFileSync(join(folder, 'keys', name), 'utf8'));
  return { keyId: new Uint8Array([1]), algorithm: -9, key };
}

const ARM: Target = {
  vendor: hex('fa6b4a53d5ad5fdfbe9de663e4d41ffe'),
  classId: hex('1492af1425695e48bf429b2d51f2ab45'),
  component: hex('814100'),
  slot: 0,
  now: -1,
};
const TEEP: Target = {
  vendor: hex('C0DDD5F15243566087DB4F5B0AA26C2F'),
  classId: hex('DB42F7093D8C55BAA8C5265FC5820F4E'),
  component: cbor(['TEEP-Device', 'SecureFS', hex('8D82573A926D4754935332DC29997F74'), 'ta'].map(bytes)),
  slot: 0,
  now: -1,
};

function bytes(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

const spec = 'manifest-spec-37';
const table: [name: string, target: Target, code: number][] = [
  [`${spec}/example0.signed.hex`, ARM, Err.NothingToInstall],
  [`${spec}/example1.signed.hex`, ARM, 0],
  [`${spec}/example2.signed-severed.hex`, ARM, Err.Severed],
  [`${spec}/example2.signed-with-severable.hex`, ARM, 0],
  [`${spec}/example3.signed.hex`, ARM, 0],
  [`${spec}/example4.signed.hex`, ARM, Err.ManifestKey],
  [`${spec}/example5.signed.hex`, ARM, Err.Component],
  ['libcsuit/suit_manifest_exp0.suit', ARM, Err.NothingToInstall],
  ['libcsuit/suit_manifest_expI.suit', TEEP, 0],
  ['libcsuit/suit_manifest_expU.suit', TEEP, 0],
  ['libcsuit/suit_manifest_expU2.suit', ARM, Err.ManifestKey],
  [`${spec}/example1.signed.hex`, TEEP, Err.Component],
  [`${spec}/example1.signed.hex`, { ...ARM, vendor: TEEP.vendor }, Err.WrongVendor],
  [`${spec}/example1.signed.hex`, { ...ARM, classId: TEEP.classId }, Err.WrongClass],
];

if (!here)
  test('vectors of others: left out, not present', (t) => {
    t.log(`no ${folder}`);
    t.pass();
  });
else {
  const anchors = [anchorOf('draft_es256_public.pem')];
  const others = [anchorOf('tam_esp256_public.pem'), anchorOf('device_esp256_public.pem')];

  table.forEach(([name, target, code], i) =>
    test(`${i}: ${name} gives ${code}`, (t) => {
      const input = load(name);
      const taken = take(input, anchors, 1, target);
      t.is(taken.authentic, 0);
      t.is(taken.code, code);
      t.is(take(input, others, 1, target).code, Err.SignatureWrong);
    }),
  );

  test('example3 from each slot fetches the other file', (t) => {
    const input = load(`${spec}/example3.signed.hex`);
    const a = take(input, anchors, 1, { ...ARM, slot: 0 });
    const b = take(input, anchors, 1, { ...ARM, slot: 1 });
    t.is(a.uri, 'http://example.com/file1.bin');
    t.is(b.uri, 'http://example.com/file2.bin');
    t.is(a.manifest.imageSize, 34768);
    t.is(b.manifest.imageSize, 76834);
    t.is(Buffer.from(b.manifest.imageDigest).toString('hex').slice(0, 16), '0123456789abcdef');
    t.is(a.manifest.sequence, 3);
    t.is(take(input, anchors, 1, { ...ARM, slot: 2 }).code, Err.Condition);
  });

  test('expI: the integrated payload is found, and is the file beside it', (t) => {
    const input = load('libcsuit/suit_manifest_expI.suit');
    const { manifest } = take(input, anchors, 1, TEEP);
    const file = load('libcsuit/8d82573a-926d-4754-9353-32dc29997f74.ta');
    t.deepEqual(input.slice(manifest.integratedFrom, manifest.integratedTo), file);
  });

  for (const name of [`${spec}/example3.signed.hex`, 'libcsuit/suit_manifest_expI.suit'])
    test(`${name}: no bit flip and no truncation is taken`, (t) => {
      const input = load(name);
      const target = name.includes('libcsuit') ? TEEP : ARM;
      t.is(take(input, anchors, 1, target).code, 0);
      const survivors: number[] = [];
      for (let bit = 0; bit < input.length * 8; bit += 1) {
        const flipped = input.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        if (take(flipped, anchors, 1, target).code >= 0) survivors.push(bit);
      }
      t.deepEqual(survivors, []);
      for (let length = 0; length < input.length; length += 1) {
        t.true(take(input.slice(0, length), anchors, 1, target).code < 0);
        const said = envelopeLength(input, length);
        t.true(said === 0 || said === input.length);
      }
      t.is(envelopeLength(input, input.length), input.length);
      t.is(take(Uint8Array.from([...input, 0]), anchors, 1, target).code, Err.Cbor);
    });
}
