/** What each kind of fault leaves: content, marks, places, the cause of the reset. */
import test from 'ava';
import { Reset } from '../../agent/codes.ts';
import { goesOn } from '../../bootloader-sim/crash/fault.ts';
import type { Reads } from '../../bootloader-sim/crash/fault.ts';
import { drawWorld, FAULT_NAMES, install, scenarioNamed } from '../../bootloader-sim/crash/index.ts';
import type { FaultName, Scenario } from '../../bootloader-sim/crash/index.ts';
import { successor } from '../../bootloader-sim/crash/successor.ts';
import type { Point } from '../../bootloader-sim/crash/successor.ts';
import { worldBoot, worldLoad } from '../../bootloader-sim/crash/world.ts';
import { Mark } from '../../hal/node/cells.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import { begin, leadFrom } from './_lead.ts';
import { stock } from './images.ts';

/** What of the place: as before, as if nothing had failed, some bits of both, or bits of neither. */
type Left = 'old' | 'wanted' | 'between' | 'other';

interface Row {
  readonly name: FaultName;
  readonly left: Left;
  readonly reads?: Reads;
  readonly cause?: number;
}

/** `reads`: whether there is a place at all. */
const TABLE: readonly Row[] = [
  { name: 'cut-before', left: 'old' },
  { name: 'cut-after', left: 'wanted' },
  { name: 'torn-old', left: 'old', reads: 'steady' },
  { name: 'torn-new', left: 'wanted', reads: 'steady' },
  { name: 'torn-mixed', left: 'between', reads: 'steady' },
  { name: 'torn-noise', left: 'other', reads: 'steady' },
  { name: 'torn-flickers', left: 'between', reads: 'flicker' },
  { name: 'torn-fails', left: 'between', reads: 'fails' },
  { name: 'torn-fades', left: 'wanted', reads: 'fades' },
  { name: 'torn-comes', left: 'old', reads: 'comes' },
  { name: 'torn-blinks', left: 'wanted', reads: 'blinks' },
  { name: 'torn-whole', left: 'between', reads: 'flicker' },
  { name: 'torn-watchdog', left: 'between', reads: 'flicker', cause: Reset.Watchdog },
  { name: 'erase-old', left: 'old', reads: 'steady' },
  { name: 'erase-erased', left: 'wanted', reads: 'steady' },
  { name: 'erase-mixed', left: 'other', reads: 'steady' },
  { name: 'erase-noise', left: 'other', reads: 'steady' },
  { name: 'erase-flickers', left: 'other', reads: 'flicker' },
  { name: 'erase-fails', left: 'other', reads: 'fails' },
  { name: 'erase-fades', left: 'wanted', reads: 'fades' },
  { name: 'erase-comes', left: 'old', reads: 'comes' },
  { name: 'erase-blinks', left: 'old', reads: 'blinks' },
  { name: 'erase-watchdog', left: 'other', reads: 'flicker', cause: Reset.Watchdog },
  { name: 'reset-brownout', left: 'old', cause: Reset.BrownOut },
  { name: 'reset-pin', left: 'old', cause: Reset.Pin },
  { name: 'reset-wake', left: 'old', cause: Reset.Wake },
  { name: 'reset-requested', left: 'old', cause: Reset.Requested },
  { name: 'reset-watchdog', left: 'old', cause: Reset.Watchdog },
  { name: 'reset-crash', left: 'old', cause: Reset.Crash },
  { name: 'reset-unknown', left: 'old', cause: Reset.Unknown },
];

/** Activates a staged update: erases and programs of the journal, over sectors that held records. */
const begun = begin('tiny', scenarioNamed('same-twice'));
const { points } = leadFrom(begun, begun.start);
const { world } = begun;
const UNIT = 2;
const SEED = 3;

const isSeal = ({ what }: Point): boolean => what.bytes?.length === 12;
const state = points.find(({ what }) => what.kind === 'program' && what.units > 4)!;
const seal = points.find(isSeal)!;
/** Of a sector that is not blank. */
const erase = points.find(
  ({ what, before }) =>
    what.kind === 'erase' && before.flash['flash']![what.offset / 4096]!.bytes.some((byte) => byte !== 0xff),
)!;

const contentOf = (flash: Point['before']['flash'], { what }: Point): Uint8Array => {
  const { bytes } = flash['flash']![what.offset >> 12]!;
  const at = what.offset & 4095;
  return bytes.slice(at, at + what.length);
};

const marksOf = (flash: Point['before']['flash'], { what }: Point): number[] => {
  const { marks } = flash['flash']![what.offset >> 12]!;
  const at = (what.offset & 4095) / 4;
  return Array.from(marks.subarray(at, at + what.length / 4));
};

const leftOf = (bytes: Uint8Array, old: Uint8Array, wanted: Uint8Array): Left => {
  const is = (other: Uint8Array): boolean => Buffer.compare(bytes, other) === 0;
  if (is(old)) return 'old';
  if (is(wanted)) return 'wanted';
  const between = bytes.every((byte, at) => ((byte ^ old[at]!) & ~(old[at]! ^ wanted[at]!)) === 0);
  return between ? 'between' : 'other';
};

test('the table has every kind that stops the board', (t) => {
  const stopping = FAULT_NAMES.filter((name) => !goesOn({ name, unit: 0, seed: 1 }));
  t.deepEqual(
    TABLE.map(({ name }) => name),
    stopping,
  );
  for (const name of FAULT_NAMES.filter((each) => !stopping.includes(each)))
    t.throws(() => successor(world, state, { name, unit: 0, seed: 1 }), {
      message: `${name} does not stop the board`,
    });
});

for (const { name, left, reads, cause = Reset.Power } of TABLE) {
  test(name, (t) => {
    const point = name.startsWith('erase-') ? erase : state;
    const before = contentOf(point.before.flash, point);
    const wanted = point.what.bytes ?? new Uint8Array(4096).fill(0xff);
    const after = successor(world, point, { name, unit: UNIT, seed: SEED });
    const bytes = contentOf(after.flash, point);
    const marks = marksOf(after.flash, point);
    const one = name.startsWith('torn-');
    const unit = name === 'torn-whole' ? point.what.units - 1 : UNIT;
    const [from, to] = one ? [unit * 4, unit * 4 + 4] : [0, before.length];
    t.is(leftOf(bytes.slice(from, to), before.slice(from, to), wanted.slice(from, to)), left);
    if (one) {
      t.deepEqual(bytes.slice(0, from), wanted.slice(0, from), 'before it all is done');
      t.deepEqual(bytes.slice(to), before.slice(to), 'behind it nothing is');
      const kinds = marks.map((_, at) =>
        at < unit ? Mark.Programmed : at > unit ? Mark.Erased : Mark.Undefined,
      );
      t.deepEqual(marks, kinds);
    } else {
      t.is(marks.includes(Mark.Undefined), reads !== undefined);
    }
    t.is(after.cause, cause);
    t.is(after.cuts, point.before.cuts + 1);
    t.is(after.sealCuts, point.before.sealCuts);
    t.is(after.worn, false);
    const range = name === 'torn-whole' ? [0, before.length] : [from, to];
    t.deepEqual(
      after.places.map((place) => [
        place.reads,
        place.from - point.what.offset,
        place.to - point.what.offset,
      ]),
      reads === undefined ? [] : [[reads, ...range]],
    );
    for (const place of after.places) {
      t.deepEqual(place.old, before.slice(...range));
      t.deepEqual(place.wanted, wanted.slice(...range));
      t.is(place.boots, 0);
    }
  });
}

test('the same fault leaves the same board', (t) => {
  for (const { name } of TABLE) {
    const point = name.startsWith('erase-') ? erase : state;
    const once = successor(world, point, { name, unit: UNIT, seed: SEED });
    t.deepEqual(successor(world, point, { name, unit: UNIT, seed: SEED }), once, name);
  }
});

test('a unit past the end of the operation is its last', (t) => {
  const last = { name: 'torn-new', unit: seal.what.units - 1, seed: SEED } as const;
  t.deepEqual(successor(world, seal, { ...last, unit: 1_000_000 }), successor(world, seal, last));
});

test('cuts in a seal are counted, and what is not the first record of a sector may ripen', (t) => {
  const after = (point: Point, name: FaultName) => successor(world, point, { name, unit: 0, seed: SEED });
  t.is(after(seal, 'torn-old').sealCuts, 1);
  t.is(after(seal, 'cut-before').sealCuts, 0);
  t.is(after(state, 'torn-old').sealCuts, 0);
  t.true(after(seal, 'torn-old').places[0]!.ripens);
  t.false(after(state, 'torn-old').places[0]!.ripens);
});

test('a place goes away as its sectors are erased, one after another', (t) => {
  const update: Scenario = { name: 'update', about: '', steps: [install('new')], ends: 'new' };
  const other = begin('stm32l4', update);
  const { sectors } = other.world.flash.devices['flash']!;
  const across = leadFrom(other, other.start).points.find(
    ({ what }) => what.kind === 'program' && what.length > sectors.largest,
  )!;
  const after = successor(other.world, across, { name: 'torn-whole', unit: 0, seed: 1 });
  worldLoad(other.world, after);
  worldBoot(other.world);
  const first = sectors.starts.indexOf(across.what.offset);
  const device = other.world.flash.devices['flash']!;
  device.eraseBlock(first);
  const [left] = other.world.places;
  t.deepEqual([left?.from, left?.to], [sectors.starts[first + 1]!, across.what.offset + across.what.length]);
  t.deepEqual(left!.wanted, across.what.bytes!.slice(sectors.largest));
  device.eraseBlock(first + 1);
  t.deepEqual(other.world.places, []);
  // And so the update goes on.
  t.notThrows(() => leadFrom(other, after));
});

test('a picture shows what is torn, and what is worn', (t) => {
  const slot = begin('tiny', scenarioNamed('first-update'));
  const inSlot = leadFrom(slot, slot.start).points.find(
    ({ what }) => what.kind === 'program' && what.offset >= 19 * 4096,
  )!;
  const row = (picture: string, name: string): string =>
    picture
      .split('\n')
      .find((line) => line.trim().startsWith(name))!
      .trim();
  const sound = drawWorld(BOARDS['tiny'], slot.start, stock);
  t.regex(row(sound, 'slot A'), /^slot A +ooo·+T$/);
  t.regex(row(sound, 'slot B'), /^slot B +·+$/);
  t.notRegex(row(sound, 'journal'), /[~!]/);
  const torn = successor(slot.world, inSlot, { name: 'torn-mixed', unit: 0, seed: 1 });
  t.regex(row(drawWorld(BOARDS['tiny'], torn, stock), 'slot B'), /~/);
  const inJournal = successor(world, seal, { name: 'torn-old', unit: 0, seed: 1 });
  t.regex(row(drawWorld(BOARDS['tiny'], inJournal, stock), 'journal'), /~\]/);
  const bad = { device: 'flash', from: 19 * 4096, to: 19 * 4096 + 4, way: 'ecc', later: false } as const;
  const worn = drawWorld(BOARDS['tiny'], { ...slot.start, bad: [bad] }, stock);
  t.regex(row(worn, 'slot B'), /^slot B +!·+$/);
});
