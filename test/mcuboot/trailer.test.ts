import test from 'ava';
import { flashOpen } from '../../agent/flash.ts';
import { swapOf } from '../../bootloader-sim/mcuboot/swap-type.ts';
import { trailerOf } from '../../bootloader-sim/mcuboot/trailer.ts';
import { mcubootOpen } from '../../hal/mcuboot/control.ts';
import {
  Field,
  flagWrite,
  magicWrite,
  swapNext,
  trailerOpen,
  trailerRead,
} from '../../hal/mcuboot/trailer.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';

const SECTOR = 4096;
const slot = (sectors: number, unit = 4): NorFlash =>
  new NorFlash({ sectors: Array<number>(sectors).fill(SECTOR), writeAlign: unit, eraseValue: 0xff });

/** Where the fields stand, counted back from the end of the slot: image.h and bootutil_misc.h of MCUboot. */
const places: readonly [align: number, unit: number, imageOk: number, copyDone: number, swapInfo: number][] =
  [
    [8, 4, 24, 32, 40],
    [8, 8, 24, 32, 40],
    [16, 16, 32, 48, 64],
    [32, 32, 64, 96, 128],
  ];
for (const [align, unit, imageOk, copyDone, swapInfo] of places)
  test(`where the fields stand, align ${align}, units of ${unit}`, (t) => {
    const flash = slot(4, unit);
    const trailer = trailerOpen(flashOpen(flash.port(), undefined), align, 16);
    const size = 4 * SECTOR;
    t.deepEqual(
      [trailer.imageOkAt, trailer.copyDoneAt, trailer.swapInfoAt].map((at) => size - at),
      [imageOk, copyDone, swapInfo],
    );
    t.is(trailer.statusAt, trailer.swapSizeAt - 2 * 16 * unit);
    // The model reads what the codec writes, and the other way round.
    t.is(magicWrite(trailer), 0);
    t.is(flagWrite(trailer, trailer.imageOkAt, 1), 0);
    const area = trailerOf(flash, align, 16);
    t.deepEqual(area.state(), { magic: 'good', imageOk: 'set', copyDone: 'unset' });
    area.write('copyDone', [1]);
    trailerRead(trailer);
    t.deepEqual([trailer.magicIs, trailer.imageOk, trailer.copyDone], [Field.Set, Field.Set, Field.Set]);
    t.is(area.statusAt, trailer.statusAt);
    t.is(area.trailerSector, trailer.sector);
  });

test('the decision: the codec and the model agree in all 729 states', (t) => {
  const magics = ['unset', 'good', 'bad'] as const;
  const flags = ['unset', 'set', 'bad'] as const;
  const primary = trailerOpen(flashOpen(slot(4).port(), undefined), 8, 16);
  const secondary = trailerOpen(flashOpen(slot(4).port(), undefined), 8, 16);
  const seen = new Map<number, number>();
  for (let n = 0; n < 729; n++) {
    const digits = Array.from({ length: 6 }, (_, i) => Math.floor(n / 3 ** i) % 3) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    [primary.magicIs, primary.imageOk, primary.copyDone] = digits;
    [secondary.magicIs, secondary.imageOk, secondary.copyDone] = [digits[3], digits[4], digits[5]];
    const state = (from: number) => ({
      magic: magics[digits[from]!]!,
      imageOk: flags[digits[from + 1]!]!,
      copyDone: flags[digits[from + 2]!]!,
    });
    const swap = swapNext(primary, secondary);
    t.is(swap, swapOf(state(0), state(3)), digits.join());
    seen.set(swap, (seen.get(swap) ?? 0) + 1);
  }
  t.deepEqual([...seen.keys()].sort(), [1, 2, 3, 4]);
});

test('slots that cannot be', (t) => {
  const open = (primary: NorFlash, secondary: NorFlash, align = 8): unknown =>
    mcubootOpen({ primary: primary.port(), secondary: secondary.port(), align, entries: 16 });
  t.truthy(open(slot(9), slot(10)));
  t.throws(() => open(slot(9), slot(12)), { instanceOf: RangeError, message: /sectors/ });
  t.throws(() => open(slot(9), slot(10, 8)), { instanceOf: RangeError, message: /units/ });
  t.throws(() => open(slot(9), slot(10), 12), { instanceOf: RangeError, message: /alignment/ });
  t.throws(() => open(slot(9, 32), slot(10, 32), 16), { instanceOf: RangeError, message: /alignment/ });
  t.throws(() => open(slot(3), slot(4)), { instanceOf: RangeError, message: /room/ });
});
