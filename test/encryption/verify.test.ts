/** What verify says of encrypted updates, with a device's key and without. */
import test from 'ava';
import {
  anchorOf,
  classIdentifier,
  envelopeRead,
  explain,
  pack,
  vendorIdentifier,
  verify,
} from '../../publisher/index.ts';
import type { DeviceKey, DeviceProfile, Pack, PackOptions } from '../../publisher/index.ts';
import { describeEnvelope } from '../../publisher/describe.ts';
import { writeEnvelope, signManifest } from '../../publisher/envelope.ts';
import { writeManifest } from '../../publisher/manifest.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';
import { deviceKey } from './_keys.ts';

const vendor = vendorIdentifier('example.com');
const classId = classIdentifier(vendor, 'lamp');
const image = sampleImage(9000);
const base = image.slice();
base.fill(7, 100, 120);
const own = deviceKey('x25519');
const options: PackOptions = {
  image,
  bases: [base],
  vendor,
  classId,
  sequence: 3,
  keys: [seededKey(1)],
  encryption: { recipients: [deviceKey('a128kw'), own] },
};
const made = pack(options);

/** The device's own code is asked in another test; here, each check of publisher's own with its code. */
const said = (
  device: Partial<DeviceProfile>,
  payload: Uint8Array = made.payload,
  patch: Uint8Array = made.patches[0]!.payload,
  from: Pack = made,
): string[] => {
  const profile: DeviceProfile = {
    anchors: [anchorOf(seededKey(1))],
    vendor,
    classId,
    now: 1,
    bases: [base],
    ...device,
  };
  return verify(envelopeRead(from.envelope), payload, profile, [patch])
    .filter(({ check, passed }) => check !== 'agent' && !passed)
    .map(({ check, code }) => `${check.replace(/ .*/, '')} ${explain(code)?.name}`);
};
const altered = (bytes: Uint8Array, at = 5): Uint8Array => {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
};

test('with the key: all is proven', (t) => {
  t.deepEqual(said({ deviceKey: own }), []);
  t.deepEqual(said({ deviceKey: deviceKey('a128kw') }), []);
});

test('without a key: lengths and names', (t) => {
  t.deepEqual(said({}), []);
  t.deepEqual(said({}, made.payload.slice(1)), ['payload PayloadTooShort']);
  t.deepEqual(said({}, altered(made.payload)), ['payload PieceTag']);
});

test('each fault has its code', (t) => {
  const rows: [what: string, device: DeviceKey, payload: Uint8Array, patch: Uint8Array, said: string[]][] = [
    [
      'another key',
      deviceKey('x25519', 9),
      made.payload,
      made.patches[0]!.payload,
      ['encryption NoRecipient'],
    ],
    [
      'a key of the same name',
      deviceKey('x25519', 9, own.keyId),
      made.payload,
      made.patches[0]!.payload,
      ['encryption KeyUnwrap'],
    ],
    ['altered', own, altered(made.payload), made.patches[0]!.payload, ['payload PieceTag']],
    ['patch altered', own, made.payload, altered(made.patches[0]!.payload), ['patch PieceTag']],
    ['cut', own, made.payload.slice(0, -1), made.patches[0]!.payload, ['payload PayloadTooShort']],
    [
      'too long',
      own,
      new Uint8Array(made.payload.length + 1),
      made.patches[0]!.payload,
      ['payload PayloadTooLong'],
    ],
  ];
  for (const [what, device, payload, patch, expected] of rows)
    t.deepEqual(said({ deviceKey: device }, payload, patch), expected, what);
});

test('payload and envelope of two packs do not fit each other', (t) => {
  const other = pack(options);
  t.deepEqual(said({ deviceKey: own }, other.payload, other.patches[0]!.payload), [
    'payload PieceTag',
    'patch PieceTag',
  ]);
});

/** An envelope with these for parameters 19 and -265. */
const withParameters = (info: Uint8Array | undefined, piece: number | undefined): Pack => {
  const { variants, patches } = envelopeRead(made.envelope).manifest;
  const [one] = variants;
  const manifest = writeManifest({
    sequence: options.sequence,
    vendor,
    classId,
    variants: [{ ...one!, digest: one!.digest!, size: one!.size!, uri: one!.uri! }],
    patches: patches.map((each, at) => ({ ...made.patches[at]!, base: each.base })),
    encryption: { info, piece } as { info: Uint8Array; piece: number },
  });
  const signatures = signManifest(manifest.digest, options.keys);
  return { ...made, envelope: writeEnvelope({ manifest, signatures }) };
};

test('what cannot be is EncryptionMalformed, and inspect says so', (t) => {
  const { info } = envelopeRead(made.envelope).manifest.encryption;
  const rows: [string, Uint8Array | undefined, number | undefined][] = [
    ['19 alone', info, undefined],
    ['-265 alone', undefined, 512],
    ['short pieces', info, 255],
    ['long pieces', info, 2049],
    ['altered', altered(info!, 0), 512],
  ];
  for (const [what, given, piece] of rows) {
    const wrong = withParameters(given, piece);
    t.deepEqual(
      said({ deviceKey: own }, undefined, undefined, wrong),
      ['encryption EncryptionMalformed'],
      what,
    );
    t.regex(describeEnvelope(envelopeRead(wrong.envelope)).text, /encrypted +.*malformed/, what);
  }
  t.deepEqual(said({ deviceKey: own }, undefined, undefined, withParameters(info, 2048)), []);
});

test('inspect names algorithm, pieces, and the keys that it is for', (t) => {
  const { text, rows } = describeEnvelope(envelopeRead(made.envelope));
  t.regex(text, /encrypted +chacha20-poly1305, pieces of 2,048 bytes/);
  t.regex(text, /recipient +a128kw [0-9a-f]{16}\nrecipient +x25519 [0-9a-f]{16}/);
  t.is(rows[0]!['piece'], 2048);
  t.is(rows[0]!['encryption'], 'chacha20-poly1305');
  t.is((rows[0]!['recipients'] as string[]).length, 2);
});

test('nothing of the image is in what is sent', (t) => {
  const find = (bytes: Uint8Array): boolean =>
    Buffer.from(bytes).includes(Buffer.from(image.subarray(0, 16)));
  t.true(find(pack({ ...options, encryption: undefined, format: 'plain' }).bundle));
  t.false(find(pack({ ...options, format: 'plain' }).bundle));
});
