import test from 'ava';
import { openAgent } from '../../agent/index.ts';
import { slotsOpen } from '../../agent/slots.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';
import type { NorFlashOptions } from '../../hal/node/nor-flash.ts';
import { swapOpen } from './_swap.ts';

interface Wiring {
  readonly name: string;
  readonly first?: Partial<NorFlashOptions>;
  readonly second?: Partial<NorFlashOptions>;
  /** What it throws, or the bytes exchanged at a time. */
  readonly gives: string | number;
}

const sectors = (count: number, length = 4096): number[] => Array.from({ length: count }, () => length);

const mixed = [4096, 8192, 8192, 12_288];
const table: readonly Wiring[] = [
  { name: 'one sector longer', gives: 4096 },
  {
    name: 'larger sectors in slot 0',
    first: { sectors: sectors(4, 8192) },
    second: { sectors: sectors(10) },
    gives: 8192,
  },
  { name: 'larger sectors in slot 1', second: { sectors: sectors(5, 8192) }, gives: 8192 },
  {
    name: 'mixed sectors in slot 0',
    first: { sectors: mixed },
    gives: 'swap: slots of mixed erase sectors cannot be exchanged',
  },
  {
    name: 'mixed sectors in slot 1',
    second: { sectors: [...mixed, 4096] },
    gives: 'swap: slots of mixed erase sectors cannot be exchanged',
  },
  {
    name: 'another program unit',
    second: { writeAlign: 8 },
    gives: 'swap: the slots differ in program unit or erased value',
  },
  {
    name: 'another erased value',
    second: { eraseValue: 0 },
    gives: 'swap: the slots differ in program unit or erased value',
  },
  {
    name: 'sectors that do not divide one another',
    second: { sectors: sectors(6, 6144) },
    gives: 'swap: erase sectors of 4096 and 6144 bytes have no common unit',
  },
  {
    name: 'slot 0 of a unit and a half',
    first: { sectors: sectors(3) },
    second: { sectors: sectors(3, 8192) },
    gives: 'swap: slot 0 of 12288 bytes is not whole units of 8192',
  },
  {
    name: 'equal slots',
    second: { sectors: sectors(8) },
    gives: 'swap: slot 1 has 32768 bytes: must have 36864',
  },
  {
    name: 'slot 1 one small sector longer',
    first: { sectors: sectors(4, 8192) },
    second: { sectors: sectors(9) },
    gives: 'swap: slot 1 has 36864 bytes: must have 40960',
  },
  {
    name: 'slot 1 two sectors longer',
    second: { sectors: sectors(10) },
    gives: 'swap: slot 1 has 40960 bytes: must have 36864',
  },
];

for (const { name, first, second, gives } of table) {
  test(`${name}: ${gives}`, (t) => {
    const usual = { writeAlign: 4, eraseValue: 0xff } as const;
    const slots = [
      new NorFlash({ ...usual, sectors: sectors(8), ...first }).port(),
      new NorFlash({ ...usual, sectors: sectors(9), ...second }).port(),
    ] as const;
    // In select mode none of it matters.
    t.is(slotsOpen({ slots }, false, undefined).unit, 0);
    if (typeof gives === 'number') t.is(slotsOpen({ slots }, true, undefined).unit, gives);
    else t.throws(() => slotsOpen({ slots }, true, undefined), { instanceOf: RangeError, message: gives });
  });
}

test('an agent in swap mode that is told slot 1 runs', (t) => {
  const bench = swapOpen();
  const environment = { ...bench.ports.environment, running: () => 1 };
  t.throws(() => openAgent({ ...bench.ports, environment }, bench.config), {
    instanceOf: RangeError,
    message: 'environment: in swap mode slot 0 is what runs',
  });
});

test('bootloader and agent of a swap board that is wired wrongly throw', (t) => {
  const bench = swapOpen();
  const slots = [bench.flash.slots[0], bench.flash.slots[0]] as const;
  bench.ports = { ...bench.ports, slots };
  t.throws(() => openAgent(bench.ports, bench.config), { instanceOf: RangeError, message: /^swap: / });
});
