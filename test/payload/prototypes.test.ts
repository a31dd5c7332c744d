/**
 * Where modules are loaded at build time, prototypes lie in flash, read-only: an object that is given a property of its
 * prototype throws there. Here they are frozen as they are taken.
 */
import test from 'ava';
import { flashOpen, flashRead, flashWindow } from '../../agent/flash.ts';
import { stateNew } from '../../agent/format/state.ts';
import { slotAt, slotsOpen } from '../../agent/slots.ts';
import { swap } from '../../agent/index.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { partition } from '../../hal/partition.ts';

const KiB = 1024;
const create = Object.create;

test.before(() => {
  Object.create = (prototype: object | null) => create(Object.freeze(prototype)) as object;
});
test.after(() => {
  Object.create = create;
});

const nor = (sectors: readonly number[], eraseValue: 0 | 0xff = 0xff): NorFlash =>
  new NorFlash({ sectors: [...sectors], writeAlign: 4, eraseValue });

const four = [4 * KiB, 4 * KiB, 4 * KiB, 4 * KiB];

test.serial('frozen prototypes are frozen', (t) => {
  const object = Object.create({ one: 1 }) as { one: number };
  t.throws(() => (object.one = 2), { instanceOf: TypeError });
});

for (const [name, port, erased] of [
  ['equal sectors', nor(four).port(), 0xff],
  ['flash that is erased to zeros', nor(four, 0).port(), 0],
  ['mixed sectors', nor([4 * KiB, 16 * KiB, 4 * KiB]).port(), 0xff],
] as const)
  test.serial(`a flash of ${name}`, (t) => {
    const flash = flashOpen(port, undefined);
    t.is(flash.erased, erased);
    t.is(flash.base, 0);
    t.is(flashRead(flash, 0, new Uint8Array(4), 0, 4), 0);
  });

test.serial('a window of a flash, a part of a flash, and the slots of either mode', (t) => {
  const first = nor(four).port();
  const window = flashWindow(flashOpen(first, undefined), 4 * KiB, 8 * KiB);
  t.is(window.base, 4 * KiB);
  t.is(window.firstSector, 1);
  t.is(flashOpen(partition(first, 1, 2), undefined).size, 8 * KiB);
  const longer = nor([...four, 4 * KiB]).port();
  const state = stateNew();
  t.is(slotAt(slotsOpen({ slots: [first, longer] }, swap, undefined), state, 1).base, 4 * KiB);
  t.is(slotAt(slotsOpen({ slots: [first, longer] }, undefined, undefined), state, 1).base, 0);
});
