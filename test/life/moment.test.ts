/** A whole life of a simulated board whose owner wants something of the moment: downloads at night, activates on Sunday. */
import test from 'ava';
import { Day, Err, Gate, Moment, waitingNew } from '../../agent/index.ts';
import type { Owner, Waiting } from '../../agent/index.ts';
import { activate, deliver, liveOf, run, sleep, unplug } from '../../bootloader-sim/index.ts';
import type { Board, BoardOptions } from '../../bootloader-sim/index.ts';
import { factory, release, source } from '../bootloader-sim/_real.ts';
import { DAY, HOUR, at } from '../moment/_moment.ts';

/** Says no while it moves; says what it is told. */
const application = (version: number, moves: boolean): Uint8Array =>
  source(`
    device.health.check('runs', 'required', 30, () => 1);
    device.veto((moment) => (moment === 2 && ${moves} ? 17 : 0));
    device.every(() => device.watchdog.feed());
    device.log('version ${version}');`);

const MOVES = 17;
const owner: Owner = {
  windows: [
    { days: Day.Every, from: 0, to: 5 * 60, moments: Moment.Receive },
    { days: Day.Sunday, from: 3 * 60, to: 4 * 60, moments: Moment.Activate },
  ],
  patience: { seconds: 30 * DAY, wakes: 60 },
  vetoPatience: { seconds: 14 * DAY, wakes: 3 },
  security: { passes: Gate.Window },
};

const boardOf = (moves: boolean, options: Partial<BoardOptions> = {}): Board => {
  const board = factory(application(1, moves), { owner, seconds: at(0, 12), ...options });
  run(board);
  return board;
};

const waiting = (board: Board): Waiting => {
  const into = waitingNew();
  liveOf(board).chooser!.waiting(into);
  return into;
};

const sequence = (board: Board): number => {
  const { agent, status } = liveOf(board);
  agent!.status(status);
  return status.sequence;
};

/** Sleeps until that time, and wakes. */
const sleepUntil = (board: Board, seconds: number): void => {
  sleep(board, seconds - board.seconds);
  liveOf(board);
};

test('downloads in the night, activates in the window, waits for the application, and no longer than its patience', (t) => {
  const board = boardOf(true);
  const update = release(application(2, true), 2);
  let erased = 0;
  board.flash.power.trace = ({ kind }) => {
    if (kind === 'erase') erased++;
  };
  t.is(deliver(board, update).code, Err.OutsideWindow);
  t.like(waiting(board), { code: Err.OutsideWindow, moment: Moment.Receive, until: at(1, 0) });
  t.is(erased, 0);

  sleepUntil(board, at(1, 0, 5));
  t.like(waiting(board), { code: Err.OutsideWindow, moment: 0 }, 'what it waits for outlives the sleep');
  t.is(deliver(board, update).code, 0);
  t.is(activate(board), Err.OutsideWindow);
  t.like(waiting(board), { code: Err.OutsideWindow, moment: Moment.Activate, until: at(6, 3) });
  t.is(sequence(board), 1, 'and it runs on');

  sleepUntil(board, at(6, 3, 10));
  t.is(deliver(board, update).code, 0);
  t.is(activate(board), Err.Vetoed);
  t.like(waiting(board), { code: Err.Vetoed, reason: MOVES, wakes: 3, until: 0 });
  for (let wakes = 2; wakes > 0; wakes--) {
    sleepUntil(board, board.seconds + 5 * 60);
    t.is(deliver(board, update).code, 0);
    t.is(activate(board), Err.Vetoed);
    t.is(waiting(board).wakes, wakes);
  }
  sleepUntil(board, board.seconds + 5 * 60);
  t.is(deliver(board, update).code, 0);
  t.is(activate(board), 0, 'its patience is over');
  const life = run(board);
  t.true(life.done);
  t.is(sequence(board), 2);
  t.like(waiting(board), { code: 0, moment: 0 }, 'nothing waits any more');

  sleepUntil(board, at(7, 12));
  const next = release(application(3, false), 3);
  t.is(deliver(board, next).code, Err.OutsideWindow);
  t.like(waiting(board), { seconds: 30 * DAY, wakes: 60 }, 'the next one waits anew');
});

test('a reset in the trial, and a revert: what waited does not come back', (t) => {
  const board = boardOf(false);
  const bad = source(`device.health.check('runs', 'required', 30, () => -1)`);
  const update = release(bad, 2, { securityVersion: 1 });
  t.is(deliver(board, release(bad, 2)).code, Err.OutsideWindow);
  t.is(deliver(board, update).code, 0);
  t.is(activate(board), 0);
  run(board);
  t.is(sequence(board), 1);
  t.like(waiting(board), { code: 0, moment: 0 });
  t.is(deliver(board, update).code, Err.Reverted, 'asked before the moment is');
});

test('the record in memory: a loss of power wipes it, and the update waits anew, no less', (t) => {
  for (const keeps of ['flash', 'memory'] as const) {
    const board = boardOf(false, { keeps });
    const update = release(application(2, false), 2);
    t.is(deliver(board, update).code, Err.OutsideWindow);
    sleepUntil(board, board.seconds + 2 * DAY);
    t.is(deliver(board, update).code, Err.OutsideWindow);
    t.is(waiting(board).seconds, 28 * DAY, 'a sleep wipes nothing');
    unplug(board);
    t.is(deliver(board, update).code, Err.OutsideWindow);
    t.is(waiting(board).seconds, (keeps === 'flash' ? 28 : 30) * DAY);
  }
});

test('no clock: after so many wakes', (t) => {
  const board = boardOf(false, { clock: 'none' });
  const update = release(application(2, false), 2);
  let wakes = 0;
  while (deliver(board, update).code === Err.OutsideWindow && wakes < 100) {
    sleepUntil(board, board.seconds + HOUR);
    wakes++;
  }
  t.is(wakes, 60);
  t.is(activate(board), 0);
});

test('a security update passes the windows, at noon, and not the veto', (t) => {
  const security = release(application(2, false), 2, { securityVersion: 1 });
  const still = boardOf(false);
  t.is(deliver(still, security).code, 0);
  t.is(activate(still), 0);
  run(still);
  t.is(sequence(still), 2);

  const moving = boardOf(true);
  t.is(deliver(moving, security).code, 0);
  t.is(activate(moving), Err.Vetoed);
  t.like(waiting(moving), { reason: MOVES, security: 1, passed: Gate.Window, wakes: 3 });
  unplug(moving);
  t.is(sequence(moving), 1);
});
