import test from 'ava';
import { run, start } from '../../bootloader-sim/index.ts';
import type { HookArguments, HookName, Hooks } from '../../bootloader-sim/index.ts';
import { fakeBoard } from './_fake.ts';
import { HOPELESS, PATIENT, patienceSet } from './_patience.ts';

const names: HookName[] = ['afterDecision', 'beforeVerify', 'beforeRun', 'onRevert', 'onNothingBootable'];

const recording = (calls: [HookName, HookArguments][]): Hooks =>
  Object.fromEntries(names.map((name) => [name, (given: HookArguments) => calls.push([name, given])]));

test('each hook runs at its place, with its arguments', (t) => {
  const calls: [HookName, HookArguments][] = [];
  const board = fakeBoard('device.log("runs", ...Object.keys(device))', { hooks: recording(calls) });
  start(board);
  t.deepEqual(
    calls.map(([name, given]) => [name, given.slot, given.cause]),
    [
      ['afterDecision', 0, 0],
      ['beforeVerify', 0, 0],
      ['beforeRun', 0, 0],
    ],
  );
  t.like(calls[2]![1], { why: 0, attempt: 0, report: { trial: false, imageSize: 42 } });
  t.regex(board.lines[0]!.text, /^runs agent slot/);
});

test('nothing bootable: the recovery runs, and the boot after it may find what it put there', (t) => {
  const board = fakeBoard(undefined);
  let repairs = 0;
  const size = Uint8Array.of(4, 0, 0, 0);
  board.hooks = {
    onNothingBootable: () => {
      repairs++;
      board.flash.slots[0].partition.write(size, 0);
      board.flash.slots[0].partition.write(size, board.flash.slots[0].partition.status().size - 4);
    },
  };
  const life = run(board);
  t.deepEqual(
    life.history.map((boot) => boot.ended),
    ['nothingBootable', 'running'],
  );
  t.true(life.done);
  t.is(repairs, 1);
});

test('nothing bootable and no recovery: the life ends', (t) => {
  const life = run(fakeBoard(undefined));
  t.false(life.done);
  t.is(life.history.length, 2);
});

for (const name of names.slice(0, 3)) {
  test(`${name} that throws does not stop the boot`, (t) => {
    const board = fakeBoard('device.log("runs")', {
      hooks: {
        [name]: () => {
          throw new Error('on purpose');
        },
      },
    });
    start(board);
    t.deepEqual(
      board.lines.map((line) => line.text),
      [`hook ${name} threw: on purpose`, 'runs'],
    );
    t.is(board.live!.cycle.ended, undefined);
  });

  const hangs: [string, (given: HookArguments) => void][] = [
    ['in simulated time', (given) => given.spend(31)],
    [
      'for real',
      () => {
        for (;;);
      },
    ],
  ];
  for (const [how, hang] of hangs) {
    test(`${name} that hangs ${how} is skipped on the next boot, and only there`, (t) => {
      const board = fakeBoard('device.log("runs")', {
        hooks: { [name]: hang },
        patience: HOPELESS,
      });
      const life = run(board, { until: 1 });
      t.is(life.history[0]!.ended, 'watchdog');
      patienceSet(board, PATIENT);
      t.is(start(board).cycle.cause, 5);
      t.deepEqual(
        board.lines.map((line) => line.text),
        [`hook ${name} skipped: the watchdog bit in it`, 'runs'],
      );
      patienceSet(board, HOPELESS);
      t.is(start(board).cycle.ended, 'watchdog');
    });
  }
}

test('a hook that feeds the watchdog may take long', (t) => {
  const board = fakeBoard('device.log("runs")', {
    hooks: {
      beforeRun: ({ spend, feed }) => {
        for (let i = 0; i < 10; i++) {
          spend(20);
          feed();
        }
      },
    },
  });
  t.is(start(board).cycle.ended, undefined);
});

test('the record of a hook does not outlive the power', (t) => {
  let calls = 0;
  const board = fakeBoard('', { hooks: { beforeRun: () => calls++ } });
  start(board);
  board.cause = 5;
  start(board);
  t.is(calls, 2);
});
