import test from 'ava';
import { flashConformance } from '../../hal/conformance.ts';
import { espruinoFlash } from '../../hal/espruino/flash.ts';
import type { FlashPort } from '../../hal/ports.ts';
import { Chip, eDouble, flashDouble } from './_natives.ts';

const Base = 0x10000000;
const equal = (length: number, count: number): number[] => Array.from({ length: count }, () => length);

const open = (chip: Chip, from = 0, size = chip.bytes.length): FlashPort =>
  espruinoFlash({
    flash: flashDouble(chip),
    E: eDouble(chip, false),
    address: Base + from,
    size,
    unit: chip.alignment,
  });

const geometries: readonly (readonly [string, readonly number[], number])[] = [
  ['pages of 1 KiB', equal(1024, 12), 4],
  ['pages of 4 KiB, units of 8', equal(4096, 8), 8],
  ['pages of an STM32F4', [16384, 16384, 16384, 16384, 65536], 4],
];
for (const [name, pages, unit] of geometries) {
  test(`keeps the contract of the flash port: ${name}`, (t) => {
    const chip = new Chip(Base, pages, unit);
    t.deepEqual(
      flashConformance(() => open(chip), { reopen: true }),
      [],
    );
  });
}

test('a region of a larger flash', (t) => {
  const chip = new Chip(Base, equal(1024, 16));
  t.deepEqual(
    flashConformance(() => open(chip, 4096, 8192), { reopen: true }),
    [],
  );
  const outside = [...chip.bytes.subarray(0, 4096), ...chip.bytes.subarray(12288)];
  t.true(outside.every((byte) => byte === 0xff));
});

test('what the native call does not do, and does not say, throws', (t) => {
  const chip = new Chip(Base, equal(1024, 4));
  const { partition } = open(chip);
  partition.write(new Uint8Array(8).fill(1), 0);
  chip.deaf = true;
  t.throws(() => partition.write(new Uint8Array(8).fill(1), 8), {
    message: /8 bytes at 8 were not programmed/,
  });
  t.throws(() => partition.eraseBlock(0), { message: /page at 0 was not erased/ });
  chip.deaf = false;
  partition.eraseBlock(0);
  t.notThrows(() => partition.write(new Uint8Array(8).fill(1), 8));
});

test('what was programmed before is not programmed right, and throws', (t) => {
  const chip = new Chip(Base, equal(1024, 4));
  const { partition } = open(chip);
  partition.write(new Uint8Array(4).fill(0x0f), 0);
  t.throws(() => partition.write(new Uint8Array(4).fill(0xf0), 0), { message: /not programmed/ });
});

test('an unaligned write is refused before it reaches the flash, which would program a unit twice', (t) => {
  const chip = new Chip(Base, equal(1024, 4));
  const { partition } = open(chip);
  for (const [offset, length] of [
    [2, 4],
    [0, 6],
    [3, 2],
  ] as const) {
    t.throws(() => partition.write(new Uint8Array(length), offset), { instanceOf: RangeError });
  }
  t.is(chip.writes, 0);
  flashDouble(chip).write(new Uint8Array(4), Base + 2);
  flashDouble(chip).write(new Uint8Array(4), Base + 6);
  t.is(chip.twice, 1, 'the double does so');
});

test('a region that is not whole pages is a mistake in the wiring', (t) => {
  const chip = new Chip(Base, equal(1024, 4));
  t.throws(() => open(chip, 512, 1024), { instanceOf: RangeError, message: /no page starts/ });
  t.throws(() => open(chip, 0, 1500), { instanceOf: RangeError, message: /end inside a page/ });
  t.throws(() => open(chip, 0, 8192), { instanceOf: RangeError, message: /no page starts/ });
});
