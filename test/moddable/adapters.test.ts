import { readFileSync } from 'node:fs';
import test from 'ava';
import { PLACES } from '../../examples/moddable/linux/places.ts';
import { Reset } from '../../agent/codes.ts';
import { cryptoConformance, flashConformance, inflateConformance } from '../../hal/index.ts';
import type { SignatureCase } from '../../hal/index.ts';
import {
  moddableClock,
  moddableCrypto,
  moddableFlash,
  moddableP256,
  moddableResetCause,
  windowInflate,
} from '../../hal/moddable/index.ts';
import type { SdkPartition } from '../../hal/moddable/index.ts';
import { signaturesPath } from '../vectors/make-signatures.ts';
import { Curve, Digest, Mont, number, Point } from './_crypt.ts';
import { flashModule, memory } from './_flash.ts';

for (const path of Object.keys(PLACES))
  test(`flash, ${path}: conforms`, (t) => {
    const flash = flashModule(memory());
    t.deepEqual(
      flashConformance(() => moddableFlash(flash.open({ path })), { reopen: true }),
      [],
    );
  });

test('flash: units of 16 bytes, as with encryption, conform; what the partition says counts unless overridden', (t) => {
  const flash = flashModule(memory());
  const open = () => flash.open({ path: 'slot_a' });
  t.deepEqual(
    flashConformance(() => moddableFlash(open(), { writeAlign: 16 }), { reopen: true }),
    [],
  );
  const says = (writeAlign: number, eraseValue: number): SdkPartition => {
    const partition = open();
    const said = { ...partition.status(), writeAlign, eraseValue };
    return { ...bound(partition), status: () => said };
  };
  t.like(moddableFlash(open()).partition.status(), { writeAlign: 4, eraseValue: 0xff });
  t.like(moddableFlash(says(8, 0)).partition.status(), { writeAlign: 8, eraseValue: 0 });
  t.like(moddableFlash(says(8, 0), { writeAlign: 32 }).partition.status(), { writeAlign: 32, eraseValue: 0 });
});

const bound = (partition: SdkPartition): SdkPartition => ({
  read: (into, offset) => partition.read(into, offset),
  write: (bytes, offset) => partition.write(bytes, offset),
  eraseBlock: (from, to) => partition.eraseBlock(from, to),
  status: () => partition.status(),
  close: () => partition.close(),
});

test('flash: what the SDK does silently, the adapter does not', (t) => {
  const bytes = memory();
  const flash = flashModule(bytes);
  const bare = flash.open({ path: 'slot_a' });
  const port = moddableFlash(bare).partition;
  bytes.fill(0x55, 0, 8192);
  bare.eraseBlock(0, undefined);
  t.is(bytes[0], 0x55, 'the SDK takes an undefined end for 0');
  port.eraseBlock(0, undefined);
  t.deepEqual([bytes[0], bytes[4095], bytes[4096]], [0xff, 0xff, 0x55]);
  t.notThrows(() => bare.read(new Uint8Array(4), NaN), 'NaN is 0');
  for (const offset of [NaN, -4, 0.5, 2 ** 32, Infinity])
    t.throws(() => port.read(new Uint8Array(4), offset), { instanceOf: RangeError }, String(offset));
  const clamped = { ...bound(bare), read: () => 3 };
  t.throws(() => moddableFlash(clamped).partition.read(new Uint8Array(4), 0), { message: /read 3 of 4/ });
});

test('flash: the double has the manners of the SDK', (t) => {
  const flash = flashModule(memory());
  t.deepEqual([...flash], ['slot_a', 'slot_b', 'journal']);
  t.throws(() => flash.open({}), { message: 'no path' });
  t.throws(() => flash.open({ path: 'nvs' }), { message: "can't find partition" });
  t.throws(() => flash.open({ path: 'journal', mode: 'w' }), { message: 'invalid mode' });
  t.throws(() => flash.open({ path: 'journal', format: 'number' }), { instanceOf: RangeError });
  const partition = flash.open({ path: 'journal' });
  const { size } = partition.status();
  t.deepEqual(partition.status(), { size: 16384, blocks: 4, blockLength: 4096 });
  t.deepEqual(partition.read(4, 0), new Uint8Array(4).fill(0xff).buffer);
  t.is(partition.read(new Uint8Array(4), 0), 4);
  t.throws(() => partition.read(new Uint8Array(4), size - 3), { message: 'read failed' });
  t.throws(() => partition.write(new Uint8Array(4), size - 3), { message: 'write failed' });
  t.throws(() => partition.eraseBlock(1, undefined), { message: 'erase failed' });
  t.throws(() => partition.eraseBlock(4), { message: 'erase failed' });
  t.throws(() => partition.write(new Uint32Array(1), 0), { instanceOf: TypeError });
  partition.write(new Uint8Array([0xf0]), 0);
  partition.write(new Uint8Array([0x3c]), 0);
  t.deepEqual(new Uint8Array(partition.read(1, 0) as ArrayBuffer), new Uint8Array([0x30]));
  t.throws(() => flash.open({ path: 'journal', mode: 'r' }).eraseBlock(0), { message: 'read-only' });
  partition.close();
  t.throws(() => partition.status(), { instanceOf: SyntaxError });
});

const curve = new Curve();
const p256 = moddableP256({ Digest, curve, order: new Mont({ m: curve.n }), Point, number });
const rows = JSON.parse(readFileSync(signaturesPath, 'utf8')) as SignatureCase[];
const without = (...algorithms: readonly number[]): SignatureCase[] =>
  rows.map((row) => (algorithms.includes(row.algorithm) ? { ...row, valid: false } : row));

test('crypto: conforms; what is not offered is false', (t) => {
  t.deepEqual(cryptoConformance(moddableCrypto(Digest, p256), without(-19)), []);
  t.deepEqual(cryptoConformance(moddableCrypto(Digest), without(-19, -9, -7)), []);
});

test('crypto: what the curve module throws is false', (t) => {
  const throws = moddableP256({
    Digest,
    curve,
    order: {
      mulinv: () => {
        throw new RangeError('zero divider');
      },
    },
    Point,
    number,
  });
  t.deepEqual(cryptoConformance(moddableCrypto(Digest, throws), without(-19, -9, -7)), []);
});

test('inflate: conforms', (t) => {
  t.deepEqual(inflateConformance(windowInflate()), []);
});

const CAUSES: readonly (readonly [number, boolean, number])[] = [
  [0, false, Reset.Unknown],
  [1, true, Reset.Power],
  [2, false, Reset.Pin],
  [3, true, Reset.Requested],
  [3, false, Reset.Crash],
  [4, true, Reset.Crash],
  [5, false, Reset.Watchdog],
  [6, false, Reset.Watchdog],
  [7, false, Reset.Watchdog],
  [8, false, Reset.Wake],
  [9, false, Reset.BrownOut],
  [10, false, Reset.Unknown],
  [11, true, Reset.Unknown],
  [-1, false, Reset.Unknown],
];

for (const [reason, mark, cause] of CAUSES)
  test(`reset reason ${reason}${mark ? ' with a mark' : ''} is cause ${cause}`, (t) => {
    t.is(moddableResetCause(reason, mark), cause);
  });

test('clock: counts seconds, over the wrap of 32 bits, and never back', (t) => {
  const time = { ticks: 0x7fffff00 };
  const clock = moddableClock(time);
  t.is(clock.now(), 0);
  t.false(clock.trusted());
  time.ticks = (time.ticks + 999) | 0;
  t.is(clock.now(), 0);
  time.ticks = (time.ticks + 1) | 0;
  t.is(clock.now(), 1);
  for (let day = 0; day < 60; day++) {
    time.ticks = (time.ticks + 86_400_000) | 0;
    clock.now();
  }
  t.is(clock.now(), 1 + 60 * 86_400);
  time.ticks -= 5000;
  t.is(clock.now(), 1 + 60 * 86_400);
});
