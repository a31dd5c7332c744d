/** The explorer: each kind fires, what it finds can be replayed, and what a trace does not take is dropped. */
import test from 'ava';
import {
  explore,
  FAULT_NAMES,
  instanceOf,
  NoSuchPoint,
  replay,
  restart,
  scenarioNamed,
  shorten,
  traceParse,
  traceText,
} from '../../bootloader-sim/crash/index.ts';
import type { Budget, FaultName, Scenario } from '../../bootloader-sim/crash/index.ts';
import { goesOn } from '../../bootloader-sim/crash/fault.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { instance } from './_lead.ts';
import { stock } from './images.ts';
import { mutantBundle } from './mutant-build.ts';
import { mutants } from './mutants.ts';

const profile = boardProfile('tiny');
const budget: Budget = { depth: 1, units: 2, deepUnits: 1, stride: 1, deepStride: 1, draws: 0, seed: 1 };

test('each kind of fault fires, and the laws hold', (t) => {
  const scenario = scenarioNamed('factory');
  const { rows, states, merged, violations } = explore({ profile, scenario, stock, instance, budget });
  for (const name of FAULT_NAMES) t.true(rows[name].fired > 0, name);
  t.deepEqual(violations, []);
  const lived = FAULT_NAMES.reduce((sum, name) => sum + rows[name].states, 0);
  t.true(states <= lived + 1 && merged > 0 && states + merged > lived);
});

test('at the second depth, and drawn, only kinds that are asked for fire', (t) => {
  const scenario: Scenario = { ...scenarioNamed('factory'), steps: [restart()] };
  const only = new Set<FaultName>(['torn-new', 'cut-before']);
  const one = explore({ profile, scenario, stock, instance, budget: { ...budget, only, units: 1 } });
  const deep = { ...budget, only, units: 1, depth: 2, deepStride: 3, draws: 5 };
  const two = explore({ profile, scenario, stock, instance, budget: deep });
  for (const name of FAULT_NAMES) t.is(two.rows[name].fired > 0, only.has(name), name);
  t.true(two.rows['torn-new'].fired > one.rows['torn-new'].fired);
  t.deepEqual(two.violations, []);
  t.deepEqual(explore({ profile, scenario, stock, instance, budget: deep }), two);
});

/** Mutants that a fault shows which stops the board, and one that does not. */
const SHOWN: readonly { readonly name: string; readonly scenario: string; readonly only: FaultName }[] = [
  { name: 'old-copy-erased-first', scenario: 'first-update', only: 'cut-after' },
  { name: 'record-read-back-omitted', scenario: 'crashes', only: 'program-ignored' },
];

for (const { name, scenario: scenarioName, only } of SHOWN) {
  test(`${name}: found, replayed, and cut down to what it takes`, async (t) => {
    const mutated = instanceOf(await mutantBundle(mutants.find((mutant) => mutant.name === name)));
    const scenario = scenarioNamed(scenarioName);
    const search = { ...budget, only: new Set([only]), first: true };
    const given = { profile, scenario, stock, instance: mutated };
    const { rows, violations } = explore({ ...given, budget: search });
    t.is(violations.length, 1);
    const { invariant, words, trace } = violations[0]!;
    t.is(trace.length, 1);
    t.is(trace[0]!.fault.name, only);
    t.is(rows[only].violations, 1);
    const said: string[] = [];
    const parsed = traceParse(traceText(trace));
    const found = replay({ ...given, trace: parsed }, (line) => said.push(line));
    t.deepEqual([found?.invariant, found?.message], [invariant, words]);
    t.is(said.at(-1), `BROKEN ${invariant}: ${words}`);
    t.regex(said[0]!, /^the board before\n +slot A/);
    t.is(
      said.some((line) => line.startsWith(`fault 1, ${only}, at operation`)),
      !goesOn(trace[0]!.fault),
    );
    // Without the mutant the same fault breaks nothing.
    t.is(replay({ ...given, instance, trace }), undefined);
    const more = [...traceParse('0:cut-before@0#1'), ...trace];
    t.is(replay({ ...given, trace: more })?.invariant, invariant, traceText(more));
    t.deepEqual(shorten({ ...given, trace: more }, invariant), trace);
    t.deepEqual(shorten({ ...given, trace }, invariant), trace);
    // Another law is another violation: nothing is left out for it.
    t.deepEqual(shorten({ ...given, trace: more }, 'no-such-law'), more);
  });
}

test('a trace that meets no operation is told', (t) => {
  const given = { profile, scenario: scenarioNamed('factory'), stock, instance };
  for (const [text, message] of [
    ['9999:cut-before@0#1', /^fault 1: this life has \d+ operations, not 9999$/],
    ['0:cut-before@0#1/9999:cut-before@0#1', /^fault 2: this life has \d+ operations, not 9999$/],
  ] as const)
    t.throws(() => replay({ ...given, trace: traceParse(text) }), { instanceOf: NoSuchPoint, message });
});
