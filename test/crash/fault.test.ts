/** Faults as text, and which of them an operation is tried with. */
import test from 'ava';
import fc from 'fast-check';
import { faultsOf, goesOn } from '../../bootloader-sim/crash/fault.ts';
import type { FaultScope } from '../../bootloader-sim/crash/fault.ts';
import { FAULT_NAMES, traceParse, traceText } from '../../bootloader-sim/crash/index.ts';
import type { Fault, FaultName } from '../../bootloader-sim/crash/index.ts';
import type { Operation } from '../../hal/node/power.ts';

const number = fc.integer({ min: 0, max: 1_000_000 });
const planned = fc.record({
  operation: number,
  fault: fc.record({ name: fc.constantFrom(...FAULT_NAMES), unit: number, seed: number }),
});

test('a trace survives its text', (t) => {
  fc.assert(
    fc.property(fc.array(planned, { minLength: 1, maxLength: 4 }), (trace) => {
      t.deepEqual(traceParse(traceText(trace)), trace);
    }),
    { seed: 1 },
  );
});

const NO_TRACES: readonly string[] = [
  '',
  '/',
  'cut-before',
  '1:cut-before',
  '1:cut-before@0',
  '1:cut-before#1',
  '-1:cut-before@0#1',
  '1.5:cut-before@0#1',
  '1:Cut-Before@0#1',
  '1:no-such@0#1',
  '1:constructor@0#1',
  '1:cut-before@0#1/',
  '1:cut-before@0#1 ',
  '1:cut-before@0#1/x',
];

for (const text of NO_TRACES) {
  test(`no trace: "${text}"`, (t) => {
    t.throws(() => traceParse(text), {
      message: /is no fault: it reads operation:kind@unit#seed.*cut-before/,
    });
  });
}

const program = (units: number): Operation => ({
  device: 'flash',
  kind: 'program',
  offset: 4096,
  length: units * 4,
  units,
});
const erase: Operation = { device: 'flash', kind: 'erase', offset: 4096, length: 4096, units: 1 };

const ALL: FaultScope = { wide: true, units: Number.POSITIVE_INFINITY, seed: 1 };

const unitsOf = (faults: readonly Fault[], name: FaultName): number[] => [
  ...new Set(faults.filter((fault) => fault.name === name).map(({ unit }) => unit)),
];

const TORN_ONE = FAULT_NAMES.filter((name) => name.startsWith('torn-') && name !== 'torn-whole');
const BAD = FAULT_NAMES.filter((name) => name.startsWith('unit-'));

test('every unit is torn in each way when all are asked for', (t) => {
  for (const units of [1, 2, 3, 84]) {
    const faults = [...faultsOf(program(units), ALL)];
    const all = Array.from({ length: units }, (_, unit) => unit);
    for (const name of TORN_ONE) t.deepEqual(unitsOf(faults, name), all, `${name} of ${units}`);
    for (const name of BAD)
      t.deepEqual(unitsOf(faults, name), [...new Set([0, units >> 1, units - 1])], name);
    t.deepEqual(unitsOf(faults, 'torn-whole'), [0]);
    t.is(new Set(faults.map((fault) => traceText([{ operation: 0, fault }]))).size, faults.length);
  }
});

test('each kind happens to the operations that it is for, and to no others', (t) => {
  const names = (operation: Operation): FaultName[] => [
    ...new Set([...faultsOf(operation, ALL)].map(({ name }) => name)),
  ];
  const forProgram = (name: FaultName): boolean => /^(torn|program|unit)-/.test(name);
  const forErase = (name: FaultName): boolean => /^(erase|sector)-/.test(name);
  t.deepEqual(
    names(program(3)),
    FAULT_NAMES.filter((name) => !forErase(name)),
  );
  t.deepEqual(
    names(erase),
    FAULT_NAMES.filter((name) => !forProgram(name)),
  );
});

test('a narrow scope stops the board, and tries one seed', (t) => {
  const narrow = [...faultsOf(program(3), { ...ALL, wide: false })];
  t.true(narrow.length > 0);
  t.deepEqual(narrow.filter(goesOn), []);
  t.true(narrow.every(({ seed }) => seed === 1));
  t.true(narrow.every(({ name }) => !/noise|whole|torn-watchdog|reset-(?!watchdog)/.test(name)));
  const wide = [...faultsOf(program(3), ALL)];
  t.true(wide.some(({ seed }) => seed === 2));
  t.true(wide.length > narrow.length);
});

test('only the kinds that are asked for', (t) => {
  const only = new Set<FaultName>(['torn-new', 'erase-old']);
  t.deepEqual(unitsOf([...faultsOf(program(2), { ...ALL, only })], 'torn-new'), [0, 1]);
  t.deepEqual(
    [...faultsOf(erase, { ...ALL, only })].map(({ name }) => name),
    ['erase-old'],
  );
});

test('of many units the last is tried, the first, and others as the seed draws', (t) => {
  const only = new Set<FaultName>(['torn-new']);
  const drawn = (units: number, seed: number): number[] =>
    unitsOf([...faultsOf(program(84), { ...ALL, only, units, seed })], 'torn-new');
  t.deepEqual(drawn(1, 1), [83]);
  for (const units of [2, 3, 5, 83]) {
    t.is(drawn(units, 1).length, units);
    t.deepEqual(drawn(units, 1), drawn(units, 1));
    t.true(drawn(units, 1).includes(83));
    t.is(drawn(units, 1).includes(0), units > 2);
    t.true(drawn(units, 1).every((unit) => unit >= 0 && unit < 84));
  }
  t.notDeepEqual(drawn(5, 1), drawn(5, 2));
});
