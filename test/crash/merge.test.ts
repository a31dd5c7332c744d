/** What the explorer takes for one is one: tears that the board erases unread, and places that are told apart. */
import test from 'ava';
import { faultsOf, kindOf, tears } from '../../bootloader-sim/crash/fault.ts';
import type { Fault } from '../../bootloader-sim/crash/fault.ts';
import { scenarioNamed, traceText } from '../../bootloader-sim/crash/index.ts';
import { live } from '../../bootloader-sim/crash/life.ts';
import { classHash, exactHash, stateHash } from '../../bootloader-sim/crash/state-hash.ts';
import { rangeOf, successor } from '../../bootloader-sim/crash/successor.ts';
import type { Point } from '../../bootloader-sim/crash/successor.ts';
import { worldLoad, worldWatch } from '../../bootloader-sim/crash/world.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { begin, instance, leadFrom } from './_lead.ts';
import type { Begun } from './_lead.ts';
import { stockOn } from './images.ts';

interface Torn {
  readonly trace: string;
  readonly touched: boolean;
  readonly course: string;
}

const tear = ({ world, scenario }: Begun, point: Point, fault: Fault): Torn => {
  worldLoad(world, successor(world, point, fault));
  worldWatch(world, rangeOf(point));
  const { course } = live(world, { scenario, stock: stockOn(world.profile), instance });
  return { trace: traceText([{ operation: point.operation, fault }]), touched: world.touched, course };
};

/** Tears of one operation: of each cause of the reset apart, units drawn, and of the kinds every other one. */
const tearsOf = ({ what, operation }: Point): Fault[] =>
  [...faultsOf(what, { wide: true, units: 3, seed: operation })]
    .filter((fault) => tears(fault) && kindOf(fault).cause === undefined)
    .filter((_, nth) => nth % 6 === operation % 6);

const ROWS: readonly { readonly board: BoardName; readonly scenario: string; readonly every: number }[] = [
  { board: 'tiny', scenario: 'first-update', every: 2 },
  { board: 'tiny-swap-wide', scenario: 'first-update', every: 5 },
  { board: 'stm32l4', scenario: 'first-update', every: 4 },
];

for (const { board, scenario, every } of ROWS) {
  test(`tears of one operation that ${board} erases unread lead one life`, (t) => {
    const begun = begin(board, scenarioNamed(scenario));
    const { points } = leadFrom(begun, begun.start);
    let merged = 0;
    for (const point of points.filter((_, nth) => nth % every === 0)) {
      const all = tearsOf(point).map((fault) => tear(begun, point, fault));
      const unread = all.find(({ touched }) => !touched);
      if (unread === undefined) continue;
      merged++;
      for (const { trace, course } of all) t.is(course, unread.course, `${trace}, and ${unread.trace}`);
    }
    t.true(merged > 0, 'some are erased unread');
  });
}

test('the watch sees a read and a program, and no more once all of the range was erased', (t) => {
  const { world, start } = begin('tiny', scenarioNamed('first-update'));
  const flash = world.flash.devices['flash']!;
  const sector = 20;
  const from = sector * 4096;
  const watch = (length: number): void => {
    worldLoad(world, start);
    worldWatch(world, { device: 'flash', from, to: from + length });
  };
  watch(4096);
  flash.read(new Uint8Array(4), from - 4);
  flash.write(new Uint8Array(4), from + 4096);
  t.false(world.touched);
  flash.read(new Uint8Array(8), from - 4);
  t.true(world.touched);
  watch(4096);
  flash.write(new Uint8Array(4), from);
  t.true(world.touched);
  watch(8192);
  flash.eraseBlock(sector);
  flash.read(new Uint8Array(4096), from);
  t.false(world.touched);
  flash.read(new Uint8Array(4), from + 4096);
  t.true(world.touched);
});

test('states that differ in what a place may read as are two, to the bit and by the rules', (t) => {
  const profile = BOARDS['tiny'];
  const begun = begin('tiny', scenarioNamed('same-twice'));
  const { points } = leadFrom(begun, begun.start);
  const state = points.find(({ what }) => what.kind === 'program')!;
  const left = (name: Fault['name'], seed = 1) => successor(begun.world, state, { name, unit: 1, seed });
  // All of them leave the new bits, or the old ones, in flash.
  const alike = [
    [left('torn-new'), left('torn-fades'), left('torn-blinks')],
    [left('torn-old'), left('torn-comes')],
    [left('torn-flickers', 1), left('torn-flickers', 2), left('torn-fails')],
  ];
  for (const states of alike) {
    for (const hash of [exactHash, stateHash])
      t.is(new Set(states.map((one) => hash(profile, one))).size, states.length, hash.name);
  }
  t.is(exactHash(profile, left('torn-new')), exactHash(profile, left('torn-new')));
  const [flash, ...none] = [left('torn-new'), left('torn-old')].map((one) => classHash(profile, one));
  t.deepEqual(none, [flash!]);
});
