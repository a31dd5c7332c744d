/**
 * Faults inside flash operations on the whole device. Each operation of an update that passes, and of one that fails its
 * check, is a place for them; a few are drawn, all are led by `FULL=1 npm run test:xs`, and one is replayed by
 * `FAULT='good 7:torn-mixed@0#1' npm run test:xs`.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Event } from '../../agent/codes.ts';
import { traceText } from '../../bootloader-sim/crash/fault.ts';
import type { Fault } from '../../bootloader-sim/crash/fault.ts';
import { random } from '../../hal/node/faults.ts';
import { PublishError } from '../../publisher/errors.ts';
import { statusAsk } from '../../publisher/serial/board.ts';
import type { BoardStatus } from '../../publisher/serial/board.ts';
import { application, boardNew, boardWith } from './_board.ts';
import type { Board } from './_board.ts';
import { pooled } from './_copies.ts';
import { faultSettings, possible, stops, tear, tracedOf, unreadable } from './_fault.ts';
import type { Traced } from './_fault.ts';
import { install, trialEnd } from './_install.ts';
import { powerOn } from './_power.ts';
import type { Powered } from './_power.ts';

const PASSES = `device.agent.check('app', 1, 0, () => 1);`;
const one = await application('fault-one', `boardLog('1 runs'); ${PASSES}`);
const last = await application('fault-last', `boardLog('3 runs'); ${PASSES}`);
const UPDATES = {
  good: await application('fault-good', `boardLog('2 runs'); ${PASSES}`),
  bad: await application('fault-bad', `boardLog('2 runs'); device.agent.check('app', 1, 0, () => -1);`),
} as const;
type Name = keyof typeof UPDATES;

const UNIT = 8;
const SETTINGS = { writeUnit: UNIT, watchdog: 5 };
const DRAWN = 24;
const MANY = Math.min(4, availableParallelism());

/** An offer may be turned away, by a fault or because it was tried and failed; the board may go off. */
const tryInstall = async (powered: Powered, image: Uint8Array, sequence: number): Promise<boolean> => {
  try {
    await install(powered.link, image, sequence);
    return true;
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    return false;
  }
};

const runs = (powered: Powered, status: BoardStatus): boolean =>
  powered
    .log()
    .filter((line) => line.endsWith(' runs'))
    .at(-1) === `${status.sequence} runs`;

/** The update on a board that has the fault ahead of it; gives its log. */
const suffer = async (board: Board, name: Name, fault: Fault): Promise<string[]> => {
  const powered = powerOn(board);
  const work = tryInstall(powered, UPDATES[name], 2).then(() => trialEnd(powered.link));
  if (stops(fault)) {
    await Promise.race([powered.machine.ended, work]).catch(() => {});
    work.catch(() => {});
  } else await work;
  const log = powered.log();
  const { code } = await powered.off();
  return stops(fault) && code !== 4 ? [] : log;
};

const led = async (t: ExecutionContext, name: Name, operation: Traced, fault: Fault): Promise<void> => {
  const replay = `FAULT='${name} ${traceText([{ operation: operation.number, fault }])}'`;
  const board = boardNew(one, { ...SETTINGS, ...faultSettings(operation, fault) });
  const log = await suffer(board, name, fault);
  const fired = tracedOf(log).some(
    ({ number, offset }) => number === operation.number && offset === operation.offset,
  );
  t.true(fired, `${replay}: did not fire`);
  if (stops(fault)) tear(board.data, log, operation, fault, UNIT);
  const then = boardWith(board, { ...SETTINGS, ...unreadable(operation, fault, UNIT) });
  const powered = powerOn(then);
  const status = await trialEnd(powered.link);
  t.true(
    status.sequence === 1 || (status.sequence === 2 && name === 'good'),
    `${replay}: ${status.sequence}`,
  );
  t.true(runs(powered, status), `${replay}: another runs than it says`);
  // The faults are over: a good update goes in.
  t.true(await tryInstall(powered, last, 3), `${replay}: the next update is refused`);
  const end = await trialEnd(powered.link);
  t.like(end, { sequence: 3, event: Event.Confirmed }, replay);
  t.true(runs(powered, await statusAsk(powered.link)), replay);
  await powered.off();
};

interface Case {
  readonly name: Name;
  readonly operation: Traced;
  readonly fault: Fault;
}

/** Every fault of every operation that the update makes without one. */
const casesOf = async (name: Name): Promise<Case[]> => {
  const powered = powerOn(boardNew(one, { ...SETTINGS, trace: 1 }));
  await install(powered.link, UPDATES[name], 2);
  await trialEnd(powered.link);
  const operations = tracedOf(powered.log());
  await powered.off();
  return operations.flatMap((operation) =>
    possible(operation, UNIT, operation.number).map((fault) => ({ name, operation, fault })),
  );
};

const text = ({ name, operation, fault }: Case): string =>
  `${name} ${traceText([{ operation: operation.number, fault }])}`;

const chosen = (all: readonly Case[]): readonly Case[] => {
  const { FAULT: one, FULL: full } = process.env;
  if (one !== undefined) return all.filter((row) => text(row) === one);
  if (full === '1') return all;
  const next = random(4);
  return Array.from({ length: DRAWN }, () => all[next() % all.length]!);
};

test('a fault inside an operation: old or new, and the next update goes in', async (t) => {
  t.timeout(3_600_000);
  const all = [...(await casesOf('good')), ...(await casesOf('bad'))];
  const some = chosen(all);
  await pooled(some, MANY, ({ name, operation, fault }) => led(t, name, operation, fault));
  t.log(`${some.length} of ${all.length} faults`);
});
