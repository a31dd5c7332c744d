/**
 * The power taken away from a whole machine: QEMU killed with SIGKILL, at moments drawn over receive, activate, trial
 * and both ways back. A moment is replayed by its name: `KILL='trial 17' npm run test:xs`.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Event } from '../../agent/codes.ts';
import { random } from '../../hal/node/faults.ts';
import { SECTOR } from '../../hal/xs-riscv/build/flash.ts';
import { activateAsk, revertAsk, statusAsk } from '../../publisher/serial/board.ts';
import type { BoardStatus } from '../../publisher/serial/board.ts';
import { upload } from '../../publisher/serial/upload.ts';
import type { Sent } from '../../publisher/serial/upload.ts';
import { application, boardNew } from './_board.ts';
import type { Board } from './_board.ts';
import { onCopy, pooled } from './_copies.ts';
import { bundleOf, install, trialEnd } from './_install.ts';
import { powerOn } from './_power.ts';
import type { Powered } from './_power.ts';

/** Text that deflate makes a twentieth of: more than two erase sectors in a hundred chunks. */
const filling = (length: number): string => {
  const parts: string[] = [];
  for (let at = 0; at * 512 < length; at++)
    parts.push(
      createHash('sha256').update(`filling ${at}`).digest('base64').slice(0, 12).padEnd(512, 'over '),
    );
  return parts.join('').slice(0, length);
};
const FILLING = 560_000;
const PASSES = `device.agent.check('app', 1, 0, () => 1);`;
const FAILS = `device.agent.check('app', 1, 0, () => -1);`;
const one = await application('kill-one', `boardLog('1 runs'); ${PASSES}`);
const large = `boardLog('2 runs'); device.filling = ${JSON.stringify(filling(FILLING))};`;
const two = await application('kill-two', `${large} ${PASSES}`);
const small = await application('kill-small', `boardLog('2 runs'); ${PASSES}`);
const bad = await application('kill-bad', `boardLog('2 runs'); ${FAILS}`);

const MANY = Math.min(4, availableParallelism());

/** A board on which 1 runs, after `act`; the power is taken away once that is done. */
const after = async (act: (powered: Powered) => Promise<unknown>): Promise<Board> => {
  const board = boardNew(one, { watchdog: 5 });
  const powered = powerOn(board);
  await act(powered);
  await powered.off();
  return board;
};

/** What is not activated is offered again after a restart: the envelope, and nothing that is in flash. */
const offer = ({ link }: Powered, image: Uint8Array): Promise<Sent> =>
  upload(link, bundleOf(image, 2), () => {});

const activated = (image: Uint8Array): Promise<Board> =>
  after(async (powered) => {
    await offer(powered, image);
    await activateAsk(powered.link);
  });

interface Moments {
  readonly phase: string;
  readonly count: number;
  /** Milliseconds from the power, or from what is asked, over which they are spread. */
  readonly within: number;
  readonly board: () => Promise<Board>;
  /** Before what is asked. */
  readonly ready?: (powered: Powered) => Promise<unknown>;
  /** What the power is taken away from; left out: the start itself. */
  readonly ask?: (powered: Powered) => Promise<unknown>;
  /** Brings the board to the end of what it began. */
  readonly end?: (powered: Powered, status: BoardStatus) => Promise<unknown>;
  /** Sequence that runs in the end. */
  readonly comes: number;
  readonly event: number;
}

const PHASES: readonly Moments[] = [
  {
    phase: 'activate',
    count: 40,
    within: 60,
    board: () => after((powered) => offer(powered, small)),
    ready: (powered) => offer(powered, small),
    ask: ({ link }) => activateAsk(link),
    end: async ({ link }, { sequence }) => {
      if (sequence === 1) await install(link, small, 2);
    },
    comes: 2,
    event: Event.Confirmed,
  },
  {
    phase: 'trial',
    count: 60,
    within: 700,
    board: () => activated(small),
    comes: 2,
    event: Event.Confirmed,
  },
  {
    phase: 'revert',
    count: 45,
    within: 900,
    board: () => activated(bad),
    comes: 1,
    event: Event.Reverted,
  },
  {
    phase: 'manual',
    count: 35,
    within: 500,
    board: () =>
      after(async ({ link }) => {
        await install(link, small, 2);
        await trialEnd(link);
      }),
    ask: ({ link }) => revertAsk(link),
    end: async ({ link }, { event }) => {
      if (event !== Event.Manual) await revertAsk(link);
    },
    comes: 1,
    event: Event.Manual,
  },
];

const wanted = process.env['KILL'];
const isWanted = (name: string): boolean => wanted === undefined || wanted === name;

/** Old or new, and nothing else: what the board says runs is what speaks. */
const oldOrNew = (t: ExecutionContext, name: string, status: BoardStatus, powered: Powered): void => {
  const runs = powered.log().filter((line) => line.endsWith(' runs'));
  t.true(status.sequence === 1 || status.sequence === 2, name);
  t.is(runs.at(-1), `${status.sequence} runs`, name);
};

const killed = async (t: ExecutionContext, board: Board, moments: Moments, moment: number): Promise<void> => {
  const name = `KILL='${moments.phase} ${moment}'`;
  const next = random(moment + 1);
  const delay = ((moment + (next() >>> 0) / 2 ** 32) * moments.within) / moments.count;
  const before = powerOn(board);
  if (moments.ask) {
    await statusAsk(before.link);
    await moments.ready?.(before);
    void moments.ask(before).catch(() => {});
  }
  await pause(delay);
  const { code } = await before.off();
  t.is(code, null, name);
  const powered = powerOn(board);
  oldOrNew(t, name, await statusAsk(powered.link), powered);
  await moments.end?.(powered, await trialEnd(powered.link));
  const status = await trialEnd(powered.link);
  oldOrNew(t, name, status, powered);
  t.like(status, { sequence: moments.comes, event: moments.event }, name);
  await powered.off();
};

/** Chains of cuts in one receive each: every one from where the last left the board. */
const CHAINS = 4;
const CUTS = 8;
const bundle = bundleOf(two, 2);
/** Of the bundle: what lies in one erase sector (the filling packs evenly), a frame in RAM, and a chunk under way. */
const CHUNK = 480;
const SECTOR_SHARE = bundle.length * (SECTOR / two.length);
const LOST_MOST = 1.2 * SECTOR_SHARE + 4096 + CHUNK;

interface Reached {
  /** Where in the bundle the board went on, and what it had taken when the power went. */
  readonly from: number;
  readonly taken: number;
}

/** Takes the power away `delay` ms after `chunks` answers behind the place where the board went on. */
const cutReceive = async (board: Board, chunks: number, delay: number): Promise<Reached> => {
  const powered = powerOn(board);
  let [last, from, count] = [0, 0, 0];
  const sending = new Promise<void>((resolve, reject) => {
    const progress = (done: number): void => {
      // Answers go on by a chunk, but for the one jump over what is in flash.
      if (done - last > 1024) from = done;
      last = done;
      count++;
      if (count >= chunks) resolve();
    };
    upload(powered.link, bundle, progress).then(() => resolve(), reject);
  });
  await sending;
  await pause(delay);
  await powered.off();
  return { from, taken: last };
};

/** Gives the farthest place from which a board went on. */
const receiveChain = async (t: ExecutionContext, chain: number): Promise<number> => {
  let board = boardNew(one, { watchdog: 5 });
  const next = random(1000 + chain);
  const most = Math.ceil(bundle.length / CHUNK / 2);
  let [taken, farthest] = [0, 0];
  for (let cut = 0; cut < CUTS; cut++) {
    const name = `KILL='receive ${chain}' (cut ${cut})`;
    const reached = await cutReceive(board, 2 + (next() % most), next() % 40);
    t.true(reached.from >= taken - LOST_MOST, `${name}: ${taken} taken, and again from ${reached.from}`);
    farthest = Math.max(farthest, reached.from);
    const whole = reached.taken === bundle.length;
    if (whole) board = boardNew(one, { watchdog: 5 });
    taken = whole ? 0 : reached.taken;
  }
  const powered = powerOn(board);
  oldOrNew(t, `KILL='receive ${chain}'`, await statusAsk(powered.link), powered);
  await install(powered.link, two, 2);
  t.like(await trialEnd(powered.link), { sequence: 2, event: Event.Confirmed });
  await powered.off();
  return farthest;
};

test.serial(`receive: killed at ${CHAINS * CUTS} moments, it takes up to a sector again`, async (t) => {
  const all = Array.from({ length: CHAINS }, (_, chain) => chain);
  let farthest = 0;
  const some = all.filter((chain) => isWanted(`receive ${chain}`));
  await pooled(some, MANY, async (chain) => {
    farthest = Math.max(farthest, await receiveChain(t, chain));
  });
  if (wanted === undefined)
    t.true(farthest >= SECTOR_SHARE, `no board went on from behind a whole sector: ${farthest}`);
});

for (const moments of PHASES) {
  test.serial(`${moments.phase}: killed at ${moments.count} moments, it comes up old or new`, async (t) => {
    const board = await moments.board();
    const all = Array.from({ length: moments.count }, (_, moment) => moment);
    const some = all.filter((moment) => isWanted(`${moments.phase} ${moment}`));
    await pooled(some, MANY, (moment) => onCopy(board, (copy) => killed(t, copy, moments, moment)));
    t.pass();
  });
}
