import test from 'ava';
import {
  envelopeEnd,
  envelopeRead,
  keyGenerate,
  keyParse,
  pack,
  PublishError,
  signatureHolds,
  signatureInput,
  signatureTake,
  protectedHeader,
  unframe,
} from '../../publisher/index.ts';
import type { PackOptions, SigningKey } from '../../publisher/index.ts';
import { sha256 } from '../../publisher/bytes.ts';
import { cborEncode } from '../../publisher/cbor.ts';
import { sampleImage, seededKey } from './_keys.ts';

const image = sampleImage(50_000);
const base: PackOptions = {
  image,
  vendor: 'example.com',
  classId: 'lamp',
  sequence: 7,
  keys: [seededKey(1)],
};

const holds = (envelope: Uint8Array, keys: readonly SigningKey[]): boolean => {
  const view = envelopeRead(envelope);
  return (
    view.digestHolds &&
    view.signatures.length === keys.length &&
    view.signatures.every((one, n) =>
      signatureHolds(keys[n] as SigningKey, signatureInput(view.digest, one.protected), one.signature),
    )
  );
};

test('the same input and key give the same bytes', (t) => {
  t.deepEqual(pack(base).bundle, pack({ ...base, image: image.slice() }).bundle);
  t.notDeepEqual(pack(base).envelope, pack({ ...base, sequence: 8 }).envelope);
});

test('ECDSA too gives the same bytes', (t) => {
  const keys = [keyParse(keyGenerate('esp256'), 'made')];
  const one = pack({ ...base, keys });
  t.deepEqual(one.bundle, pack({ ...base, keys }).bundle);
  t.true(holds(one.envelope, keys));
});

test('a framed update with one Ed25519 signature has an envelope of at most 512 bytes', (t) => {
  const { envelope, figures } = pack({
    ...base,
    sequence: Number.MAX_SAFE_INTEGER,
    securityVersion: 0xffffffff,
    minimumSecurityVersion: 0xffffffff,
    priority: 0xffffffff,
    expiry: 0xffffffff,
  });
  t.is(figures.envelope, envelope.length);
  t.true(envelope.length <= 512, `${envelope.length}`);
});

test('the fields can be read back', (t) => {
  const made = pack({
    ...base,
    securityVersion: 5,
    minimumSecurityVersion: 4,
    priority: 2,
    expiry: 1_900_000_000,
  });
  const { manifest, tagged } = envelopeRead(made.envelope);
  const [variant] = manifest.variants;
  t.true(tagged);
  t.is(manifest.sequence, 7);
  t.is(manifest.securityVersion, 5);
  t.is(manifest.minimumSecurityVersion, 4);
  t.is(manifest.priority, 2);
  t.is(manifest.expiry, 1_900_000_000);
  t.deepEqual(variant?.digest, made.imageDigest);
  t.is(variant?.size, image.length);
  t.is(variant?.payloadSize, made.payload.length);
  t.is(variant?.uri, made.uris[0]);
  t.deepEqual(unframe(made.payload), image);
  t.is(envelopeEnd(made.bundle), made.envelope.length);
});

test('a plain payload is the image; an integrated one is inside the envelope', (t) => {
  const plain = pack({ ...base, format: 'plain' });
  t.deepEqual(plain.payload, image);
  t.false(envelopeRead(plain.envelope).manifest.variants[0]?.framed);
  const small = sampleImage(900);
  const inside = pack({ ...base, image: small, format: 'integrated' });
  t.is(inside.payload.length, 0);
  t.deepEqual(envelopeRead(inside.envelope).integrated.get('#image'), small);
  const error = t.throws(() => pack({ ...base, format: 'integrated' }), { instanceOf: PublishError });
  t.is(error?.field, 'envelope');
});

test('two images, one for each slot', (t) => {
  const other = sampleImage(40_000, 2);
  const made = pack({ ...base, image: [image, other] });
  const { variants } = envelopeRead(made.envelope).manifest;
  t.deepEqual(
    variants.map((one) => [one.slot, one.size, one.uri]),
    [
      [0, image.length, made.uris[0]],
      [1, other.length, made.uris[1]],
    ],
  );
  t.deepEqual(unframe(made.payloads[1] as Uint8Array), other);
});

test('up to four signatures, each with its key id', (t) => {
  const keys = [1, 2, 3, 4].map(seededKey);
  const { envelope } = pack({ ...base, keys });
  t.true(holds(envelope, keys));
  t.deepEqual(
    envelopeRead(envelope).signatures.map((one) => one.keyId),
    keys.map((key) => key.keyId),
  );
  t.throws(() => pack({ ...base, keys: [...keys, seededKey(5)] }), { instanceOf: PublishError });
  t.throws(() => pack({ ...base, keys: [seededKey(1), seededKey(1)] }), { instanceOf: PublishError });
  t.throws(() => pack({ ...base, keys: [] }), { instanceOf: PublishError });
});

test('severed text is bound by the manifest, and read back', (t) => {
  const { envelope } = pack({ ...base, text: { description: 'fixes the lamp', version: '1.2.0' } });
  const view = envelopeRead(envelope);
  t.true(view.digestHolds);
  t.deepEqual(view.manifest.textDigest, sha256(cborEncode(view.text)));
});

test('a signature made elsewhere is proven before it is taken', (t) => {
  const key = seededKey(9);
  const digest = pack(base).manifestDigest;
  const message = signatureInput(digest, protectedHeader(key, true));
  const taken = signatureTake(digest, key, key.sign(message), true);
  t.deepEqual(taken.protected, protectedHeader(key, true));
  const error = t.throws(() => signatureTake(digest, key, key.sign(digest), true, 'sig.bin'), {
    instanceOf: PublishError,
  });
  t.is(error?.file, 'sig.bin');
});

const badFields: [string, Partial<PackOptions>][] = [
  ['sequence', { sequence: -1 }],
  ['sequence', { sequence: NaN }],
  ['sequence', { sequence: 2 ** 53 }],
  ['security version', { securityVersion: 2 ** 32 }],
  ['minimum security version', { securityVersion: 1, minimumSecurityVersion: 2 }],
  ['image', { image: new Uint8Array(0) }],
  ['vendor', { vendor: new Uint8Array(15) }],
  ['uri', { uri: ['a', 'b'] }],
];
for (const [field, change] of badFields) {
  test(`${field} ${JSON.stringify(Object.values(change)[0])}: the error names the field and the remedy`, (t) => {
    const error = t.throws(() => pack({ ...base, ...change }), { instanceOf: PublishError });
    t.is(error?.field, field);
    t.truthy(error?.remedy);
  });
}
