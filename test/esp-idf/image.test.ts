import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { loads } from '../../bootloader-sim/esp-idf/index.ts';
import * as Err from '../../agent/err.ts';
import { flashOpen } from '../../agent/flash.ts';
import { chipNamed, imageInfoNew, imageVerify } from '../../hal/esp-idf/index.ts';
import type { Chip, ImageInfo } from '../../hal/esp-idf/index.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { rulesOf } from './_board.ts';
import { imageOf } from './_image.ts';
import type { ImageParts } from './_image.ts';

const ESP32 = chipNamed('esp32');

const slotOf = (image: Uint8Array, size = 8192): NorFlash => {
  const bytes = new Uint8Array(size).fill(0xff);
  bytes.set(image.subarray(0, size));
  return new NorFlash({ sectors: [size], writeAlign: 4, eraseValue: 0xff, bytes });
};

const verify = (flash: NorFlash, chip: Chip, info: ImageInfo = imageInfoNew()): number =>
  imageVerify(flashOpen(flash.port(), undefined), nodeCrypto().sha256(), chip, info);

test('what an image says of itself', (t) => {
  const image = imageOf({ version: '4.5.6-rc1', project: 'toaster', securityVersion: 9 });
  const info = imageInfoNew();
  t.is(verify(slotOf(image), ESP32, info), 0);
  t.like(info, {
    size: image.length,
    digested: true,
    described: true,
    securityVersion: 9,
    version: '4.5.6-rc1',
    project: 'toaster',
  });
  t.deepEqual(
    [...info.elf],
    Array.from({ length: 32 }, (_, at) => 144 + at),
  );
});

test('texts without an end, and of no text', (t) => {
  const info = imageInfoNew();
  t.is(verify(slotOf(imageOf({ version: 'v'.repeat(32), project: 'a\nb\xff' })), ESP32, info), 0);
  t.is(info.version, 'v'.repeat(32));
  t.is(info.project, 'a?b?');
});

const SHORT = [{ address: 0x3f400020, length: 256 }];

/** Parts, chip, whether it is taken. */
const MADE: readonly (readonly [string, ImageParts, string, boolean])[] = [
  ['an ESP32 image', {}, 'esp32', true],
  ['without a digest', { digest: false }, 'esp32', true],
  ['of another chip', { chip: 5 }, 'esp32', false],
  ['an ESP32-S3 image', { chip: 9, segments: [{ address: 0x3c000020, length: 512 }] }, 'esp32s3', true],
  ['one segment', { segments: SHORT }, 'esp32', true],
  ['no segment', { segments: [] }, 'esp32', false],
  [
    '16 segments',
    { segments: [...SHORT, ...Array(15).fill({ address: 0x40080000, length: 4 })] },
    'esp32',
    true,
  ],
  [
    '17 segments',
    { segments: [...SHORT, ...Array(16).fill({ address: 0x40080000, length: 4 })] },
    'esp32',
    false,
  ],
  ['an empty segment', { segments: [...SHORT, { address: 0x40080000, length: 0 }] }, 'esp32', true],
  ['a first segment too short', { segments: [{ address: 0x3f400020, length: 252 }] }, 'esp32', false],
  [
    'a length that is no multiple of 4',
    { segments: [...SHORT, { address: 0x40080000, length: 6 }] },
    'esp32',
    false,
  ],
  [
    'mapped at another place of the page',
    { segments: [{ address: 0x3f400000, length: 256 }] },
    'esp32',
    false,
  ],
  [
    'the same address on a chip that does not map it',
    { chip: 5, segments: [{ address: 0x3f400000, length: 256 }] },
    'esp32c3',
    true,
  ],
  ['no description on an ESP32', { described: false }, 'esp32', true],
  [
    'no description on a chip that needs it',
    { chip: 13, described: false, segments: [{ address: 0x42000020, length: 512 }] },
    'esp32c6',
    false,
  ],
  [
    'pages of 8 KiB',
    { chip: 13, pageBits: 13, segments: [{ address: 0x42002020, length: 512 }] },
    'esp32c6',
    true,
  ],
  [
    'the same address with the usual pages',
    { chip: 13, pageBits: 0, segments: [{ address: 0x42002020, length: 512 }] },
    'esp32c6',
    false,
  ],
  [
    'pages of 128 KiB',
    { chip: 13, pageBits: 17, segments: [{ address: 0x42020020, length: 512 }] },
    'esp32c6',
    true,
  ],
  [
    'pages of 128 KiB, mapped at another place of one that is the same place of 64 KiB',
    { chip: 13, pageBits: 17, segments: [{ address: 0x42010020, length: 512 }] },
    'esp32c6',
    false,
  ],
  [
    'pages of 256 KiB, mapped at another place of one',
    { chip: 13, pageBits: 18, segments: [{ address: 0x42010020, length: 512 }] },
    'esp32c6',
    false,
  ],
  [
    'pages of a size that there is not',
    { chip: 13, pageBits: 40, segments: [{ address: 0x42000020, length: 512 }] },
    'esp32c6',
    true,
  ],
];

for (const [about, parts, name, taken] of MADE) {
  test(`${about}: ${taken ? 'taken' : 'refused'}, and the bootloader agrees`, (t) => {
    const chip = chipNamed(name);
    const slot = slotOf(imageOf(parts));
    t.is(verify(slot, chip), taken ? 0 : Err.ImageRefused);
    // Upstream takes an image of no segments, which runs nothing.
    if (parts.segments?.length !== 0) t.is(loads(slot.bytes, rulesOf(chip), 0x20000), taken);
  });
}

test('lengths that lie', (t) => {
  for (const length of [0xfffffffc, 0x7ffffffc, 0x1000000, 0xfffffc, 8192, 8160]) {
    const image = imageOf();
    image.writeUInt32LE(length, 28);
    t.is(verify(slotOf(image), ESP32), Err.ImageRefused, `${length}`);
    t.false(loads(slotOf(image).bytes, rulesOf(ESP32), 0x20000), `${length}`);
  }
});

test('an image cut off by the end of the slot', (t) => {
  const segments = [{ address: 0x3f400020, length: 8192 - 24 - 8 - 16 - 32 }];
  const image = imageOf({ segments });
  t.is(image.length, 8192);
  t.is(verify(slotOf(image), ESP32), 0);
  for (const more of [16, 32, 48, 64]) {
    const longer = imageOf({ segments: [{ ...segments[0]!, length: segments[0]!.length + more }] });
    t.is(verify(slotOf(longer), ESP32), Err.ImageRefused, `${more}`);
  }
});

test('a slot larger than the bootloader takes, and one that cannot be read', (t) => {
  const status = { size: 0x1001000, blocks: 0x1001, blockLength: 4096, writeAlign: 4, eraseValue: 0xff };
  const none = (): never => {
    throw new Error('not to be called');
  };
  const large = { partition: { status: () => status, read: none, write: none, eraseBlock: none } };
  const hash = nodeCrypto().sha256();
  t.is(imageVerify(flashOpen(large, undefined), hash, ESP32, imageInfoNew()), Err.ImageRefused);
  const slot = slotOf(imageOf());
  for (let reads = 0; reads < 8; reads++) {
    let left = reads;
    slot.fault = { read: () => void (left-- > 0 || none()) };
    t.is(verify(slot, ESP32), Err.FlashFailed, `${reads} reads`);
  }
});

test('property: any change gives a code, and the bootloader the same verdict', (t) => {
  const image = imageOf();
  const change = fc.tuple(
    fc.oneof(fc.nat(40), fc.nat(image.length - 1)),
    fc.constantFrom('set' as const, 'word' as const, 'mended' as const),
    fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(0, 1, 16, 0xffffffff, 0xfffffffc)),
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(image);
      for (const [at, kind, value] of changes) {
        if (kind === 'set') bytes[at] = value & 0xff;
        else bytes.writeUInt32LE(value, Math.min(at, bytes.length - 4));
      }
      // Half of them with a digest that is right for what was changed, so that it does not hide the rest.
      if (changes[0]![1] === 'mended') {
        createHash('sha256')
          .update(bytes.subarray(0, -32))
          .digest()
          .copy(bytes, bytes.length - 32);
      }
      const slot = slotOf(bytes);
      const code = verify(slot, ESP32);
      t.true(code === 0 || code === Err.ImageRefused);
      if (code === 0) taken++;
      if (bytes[1] !== 0) t.is(code === 0, loads(slot.bytes, rulesOf(ESP32), 0x20000));
    }),
    { numRuns: 3000 },
  );
  t.true(taken > 0, 'some changes are of no account');
});

test('property: any bytes at all', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), fc.boolean(), (bytes, begin) => {
      const image = begin ? Buffer.concat([imageOf().subarray(0, 32), bytes]) : bytes;
      const code = verify(slotOf(image), ESP32);
      t.true(code === 0 || code === Err.ImageRefused);
    }),
  );
});
