import test from 'ava';
import { Check, Event } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, offer } from '../_bench.ts';
import { name, trial, update } from './_trial.ts';

interface HealthRow {
  readonly name: string;
  /** Kind, deadline, and what it says at each poll; the last goes on. */
  readonly checks: readonly (readonly [kind: number, deadline: number, words: readonly unknown[]])[];
  readonly code: number;
  /** Seconds after the start of the trial at which it is decided; seconds pass one a poll. */
  readonly after: number;
  readonly check?: string;
  /** What the same offer gets afterwards. */
  readonly again?: number;
}

const { Required, Advisory, Network } = Check;
const fail = Err.CheckFailed;
const health: readonly HealthRow[] = [
  { name: 'required passes', checks: [[Required, 0, [1]]], code: 0, after: 0 },
  { name: 'required passes late', checks: [[Required, 30, [0, 0, 0, 1]]], code: 0, after: 3 },
  {
    name: 'required fails',
    checks: [[Required, 0, [0, -1]]],
    code: fail,
    after: 1,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'required throws',
    checks: [[Required, 0, ['throw']]],
    code: fail,
    after: 0,
    check: 'c0',
    again: Err.Reverted,
  },
  { name: 'required says nothing', checks: [[Required, 0, [undefined]]], code: fail, after: 0, check: 'c0' },
  { name: 'required says NaN', checks: [[Required, 0, [NaN]]], code: fail, after: 0, check: 'c0' },
  {
    name: 'required misses its deadline',
    checks: [[Required, 7, [0]]],
    code: fail,
    after: 7,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'required passes at its deadline',
    checks: [[Required, 7, [0, 0, 0, 0, 0, 0, 0, 1]]],
    code: 0,
    after: 7,
  },
  {
    name: 'required never answers',
    checks: [[Required, 0, [0]]],
    code: Err.WindowOver,
    after: 600,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'the second of two required fails',
    checks: [
      [Required, 0, [1]],
      [Required, 0, [-1]],
    ],
    code: fail,
    after: 1,
    check: 'c1',
  },
  {
    name: 'two required pass',
    checks: [
      [Required, 0, [0, 1]],
      [Required, 0, [1]],
    ],
    code: 0,
    after: 2,
  },
  {
    name: 'advisory fails beside one that passes',
    checks: [
      [Advisory, 0, [-1]],
      [Required, 0, [1]],
    ],
    code: 0,
    after: 1,
  },
  {
    name: 'advisory throws, and misses its deadline',
    checks: [
      [Advisory, 0, ['throw']],
      [Advisory, 1, [0]],
      [Required, 0, [0, 0, 1]],
    ],
    code: 0,
    after: 4,
  },
  { name: 'advisory alone confirms nothing', checks: [[Advisory, 0, [1]]], code: Err.WindowOver, after: 600 },
  { name: 'no checks confirm nothing', checks: [], code: Err.WindowOver, after: 600, again: Err.Reverted },
  {
    name: 'network fails',
    checks: [[Network, 0, [-1]]],
    code: Err.NoNetwork,
    after: 0,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network throws',
    checks: [[Network, 0, ['throw']]],
    code: Err.NoNetwork,
    after: 0,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network misses its deadline',
    checks: [[Network, 9, [0]]],
    code: Err.NoNetwork,
    after: 9,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network never answers',
    checks: [[Network, 0, [0]]],
    code: Err.NoNetwork,
    after: 600,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'neither network nor required answer',
    checks: [
      [Network, 0, [0]],
      [Required, 0, [0]],
    ],
    code: Err.WindowOver,
    after: 600,
    check: 'c1',
    again: Err.Reverted,
  },
  {
    name: 'required passes, network does not answer',
    checks: [
      [Required, 0, [1]],
      [Network, 0, [0]],
    ],
    code: Err.NoNetwork,
    after: 600,
    check: 'c1',
    again: Err.BackingOff,
  },
  {
    name: 'required and network pass',
    checks: [
      [Required, 0, [1]],
      [Network, 0, [0, 1]],
    ],
    code: 0,
    after: 2,
  },
];

for (const row of health) {
  test(`health: ${row.name}: ${row.code} after ${row.after} s`, (t) => {
    const bench = trial();
    row.checks.forEach(([kind, deadline, words], i) => {
      let call = 0;
      const code = bench.agent.check(`c${i}`, kind, deadline, () => {
        const word = words[Math.min(call++, words.length - 1)];
        if (word === 'throw') throw new Error('check');
        return word as number;
      });
      t.is(code, 0);
    });
    const since = bench.seconds;
    let code = 0;
    while (bench.seconds - since < 1000) {
      code = bench.agent.poll();
      if (code !== 0 || bench.status().trial === 0) break;
      bench.seconds++;
    }
    t.is(code, row.code);
    t.is(bench.seconds - since, row.after);
    t.is(bench.resets, row.code < 0 ? 1 : 0);
    t.is(bench.boot(), 0);
    t.is(bench.decision.slot, row.code < 0 ? 0 : 1);
    const report = bench.report();
    t.like(report, {
      event: row.code < 0 ? Event.Reverted : Event.Confirmed,
      code: row.code,
      from: 1,
      to: 2,
    });
    t.is(name(report.check), row.check ?? '');
    if (row.again !== undefined) t.is(offer(bench.agent, update), row.again);
  });
}

test('the application confirms only when all that must pass have passed', (t) => {
  const bench = trial();
  let word = 0;
  bench.agent.check('c', Check.Required, 0, () => word);
  bench.agent.check('n', Check.Network, 0, () => 0);
  bench.agent.check('a', Check.Advisory, 0, () => 0);
  t.is(bench.agent.confirm(), Err.ChecksOpen);
  word = 1;
  for (let i = 0; i < 4; i++) t.is(bench.agent.poll(), 0);
  t.is(bench.agent.confirm(), Err.ChecksOpen);
  t.deepEqual(bench.since(), NOTHING);
});
