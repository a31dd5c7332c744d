/** The same laws with a fresh realm for each boot, so that nothing but flash goes from one to the next. */
import test from 'ava';
import { activate, deliver, restore, run, snapshot, start } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { factory, firmware, release } from './_real.ts';

const oldImage = firmware(1, 9000);
const update = release(firmware(2, 9000), 2);

const sequenceOf = (board: Board): number => {
  const { history, done } = run(board);
  if (!done) throw new Error('the board does not settle');
  return history.at(-1)!.decision.sequence;
};

/** From a running board to the update confirmed. */
const install = (board: Board): number => {
  deliver(board, update);
  if (!board.flash.power.powered) return 0;
  activate(board);
  if (!board.flash.power.powered) return 0;
  return run(board, { boots: 3 }).history.at(-1)!.decision.sequence;
};

test('a cut at any operation from offer to confirm, with a fresh realm for each boot', (t) => {
  const board = factory(oldImage);
  sequenceOf(board);
  const from = snapshot(board);
  const before = board.flash.power.operations;
  t.is(install(board), 2);
  const operations = board.flash.power.operations - before;
  t.true(operations > 20);
  for (let operation = 0; operation < operations; operation++) {
    restore(board, from);
    start(board);
    board.flash.power.cutAt({ operation, where: 'inside', unit: operation * 7, seed: operation + 1 });
    // What runs when the power goes, and the boots of the trial.
    install(board);
    t.true(board.flash.power.cutFired, `operation ${operation}`);
    const sequence = sequenceOf(board);
    t.true(sequence === 1 || sequence === 2, `operation ${operation}: ${sequence}`);
    if (sequence === 1) install(board);
    t.is(sequenceOf(board), 2, `operation ${operation}`);
    t.is(board.flash.misuses(), 0);
  }
});
