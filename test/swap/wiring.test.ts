import test from 'ava';
import { openAgent } from '../../agent/index.ts';
import { swap } from '../../agent/exchange.ts';
import { slotsOpen } from '../../agent/slots.ts';
import { NorFlash } from '../../hal/node/index.ts';
import type { FlashPort } from '../../hal/ports.ts';
import { swapOpen } from './_swap.ts';

const KiB = 1024;

const slot = (count: number, length: number, writeAlign = 4, eraseValue: 0 | 0xff = 0xff): FlashPort =>
  new NorFlash({ sectors: Array.from({ length: count }, () => length), writeAlign, eraseValue }).port();

const mixed = new NorFlash({ sectors: [4 * KiB, 8 * KiB, 4 * KiB], writeAlign: 4, eraseValue: 0xff }).port();

const wrong: readonly (readonly [name: string, first: FlashPort, second: FlashPort, message: RegExp])[] = [
  ['as long as each other', slot(8, 4 * KiB), slot(8, 4 * KiB), /32768 bytes: must have 36864/],
  ['two units longer', slot(8, 4 * KiB), slot(10, 4 * KiB), /must have 36864/],
  ['mixed sectors', slot(4, 4 * KiB), mixed, /mixed/],
  ['another program unit', slot(8, 4 * KiB), slot(9, 4 * KiB, 8), /program unit/],
  ['another erased value', slot(8, 4 * KiB), slot(9, 4 * KiB, 4, 0), /erased value/],
  ['no common unit', slot(8, 4 * KiB), slot(6, 6 * KiB), /no common unit/],
  ['not whole units', slot(3, 4 * KiB), slot(3, 8 * KiB), /not whole units/],
];

for (const [name, first, second, message] of wrong) {
  test(`slots that cannot be exchanged: ${name}`, (t) => {
    t.throws(() => slotsOpen({ slots: [first, second] }, swap, undefined), {
      instanceOf: RangeError,
      message,
    });
    t.notThrows(() => slotsOpen({ slots: [first, second] }, undefined, undefined));
  });
}

test('sectors of two lengths: the larger one is exchanged at a time', (t) => {
  for (const ports of [
    [slot(4, 8 * KiB), slot(10, 4 * KiB)],
    [slot(8, 4 * KiB), slot(5, 8 * KiB)],
  ] as const) {
    const slots = slotsOpen({ slots: ports }, swap, undefined);
    t.like(slots, { unit: 8 * KiB, units: 4 });
    t.is(slots.high.base, 8 * KiB);
    t.is(slots.high.size, slots.first.size);
  }
});

test('in swap mode the agent is told that slot 0 runs, or it does not open', (t) => {
  const bench = swapOpen('tiny-swap');
  const environment = { ...bench.ports.environment, running: () => 1 };
  t.throws(() => openAgent({ ...bench.ports, environment }, bench.config), {
    message: /slot 0 is what runs/,
  });
});
