import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { cryptoConformance } from '../../hal/crypto-conformance.ts';
import { espruinoCrypto } from '../../hal/espruino/crypto.ts';
import { espruinoFlash } from '../../hal/espruino/flash.ts';
import type { Crypto, FlashPartition } from '../../hal/ports.ts';
import { Chip, cryptoDouble, eDouble, flashDouble } from './_natives.ts';

const Base = 0x10000000;

const setUp = (mapped: boolean): { chip: Chip; crypto: Crypto; partition: FlashPartition } => {
  const chip = new Chip(
    Base,
    Array.from({ length: 16 }, () => 1024),
  );
  for (const i of chip.bytes.keys()) chip.bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  const natives = { flash: flashDouble(chip), E: eDouble(chip, mapped), last: { address: 0, length: 0 } };
  const { partition } = espruinoFlash({ ...natives, address: Base, size: chip.bytes.length });
  return { chip, partition, crypto: espruinoCrypto({ ...natives, crypto: cryptoDouble(chip), mapped }) };
};

const digest = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

for (const mapped of [true, false]) {
  test(`an image digested from flash, ${mapped ? 'mapped: natively, in place' : 'not mapped: in JavaScript'}`, (t) => {
    const { chip, crypto, partition } = setUp(mapped);
    const hash = crypto.sha256();
    const buffer = new Uint8Array(4096);
    const into = new Uint8Array(32);
    hash.begin();
    for (let at = 0; at < 12000; at += 4096) {
      const part = buffer.subarray(0, Math.min(4096, 12000 - at));
      partition.read(part, at);
      hash.update(buffer, 0, part.length);
    }
    hash.finish(into);
    t.is(hexOf(into), digest(chip.bytes.subarray(0, 12000)));
    t.deepEqual(chip.digests, mapped ? [12000] : []);
  });

  test(`any message in any pieces, from flash and from elsewhere, ${mapped ? 'mapped' : 'not mapped'}`, (t) => {
    const piece = fc.record({
      flash: fc.boolean(),
      offset: fc.nat(8000),
      length: fc.oneof(fc.nat(64), fc.nat(600), fc.constant(4096)),
    });
    const run = (pieces: readonly { flash: boolean; offset: number; length: number }[]): void => {
      const { chip, crypto, partition } = setUp(mapped);
      const hash = crypto.sha256();
      const into = new Uint8Array(32);
      const parts: Uint8Array[] = [];
      // Kept as they are until the end: what a changed first piece does is a test of its own.
      hash.begin();
      for (const { flash, offset, length } of pieces) {
        const part = new Uint8Array(length);
        if (flash) partition.read(part, offset);
        else part.set(chip.bytes.subarray(offset + 1, offset + 1 + length));
        parts.push(part);
        hash.update(part, 0, length);
      }
      hash.finish(into);
      t.is(hexOf(into), digest(...parts));
    };
    fc.assert(fc.property(fc.array(piece, { maxLength: 6 }), run), { numRuns: 60 });
  });
}

test('agrees with FIPS 180-4, and takes part in no signature', (t) => {
  t.deepEqual(cryptoConformance(setUp(true).crypto, []), []);
  t.false(setUp(true).crypto.verify(-19, new Uint8Array(32), new Uint8Array(1), new Uint8Array(64)));
});

test('the ends of the chains of a one-time signature are digested natively', (t) => {
  const { chip, crypto } = setUp(false);
  const hash = crypto.sha256();
  const parts = Array.from({ length: 68 }, (_, i) => new Uint8Array(i === 0 ? 22 : 32).fill(i));
  const into = new Uint8Array(32);
  hash.begin();
  for (const part of parts) hash.update(part, 0, part.length);
  hash.finish(into);
  t.is(hexOf(into), digest(...parts));
  t.deepEqual(chip.digests, [22 + 67 * 32]);
});

test('a long first piece that was changed before the second throws, and gives no wrong digest', (t) => {
  const { crypto } = setUp(true);
  const hash = crypto.sha256();
  const part = new Uint8Array(1000).fill(7);
  hash.begin();
  hash.update(part, 0, 1000);
  part[0] = 8;
  t.throws(() => hash.update(part, 0, 1), { message: /start of the message is gone/ });
});

test('flash that was written over since is not taken for what was read', (t) => {
  const { chip, crypto, partition } = setUp(true);
  const hash = crypto.sha256();
  const part = new Uint8Array(512);
  const into = new Uint8Array(32);
  partition.read(part, 0);
  chip.bytes[5]! ^= 1;
  hash.begin();
  hash.update(part, 0, 512);
  hash.finish(into);
  t.is(hexOf(into), digest(part));
});

test('a build without SHA256 is refused at open', (t) => {
  const chip = new Chip(Base, [1024]);
  const natives = {
    flash: flashDouble(chip),
    E: eDouble(chip, true),
    mapped: true,
    last: { address: 0, length: 0 },
  };
  t.throws(() => espruinoCrypto({ ...natives, crypto: {} as never }), { message: /no SHA256/ });
});
