/** A simulated board that a hawkBit server manages: what a firmware does with hal/hawkbit, from boot to boot. */
import type { Hawkbit } from '../hal/hawkbit/index.ts';
import type { Keep } from '../hal/ports.ts';
import type { Board } from './board.ts';
import { cycleFeed, cycleRuns } from './cycle.ts';
import type { Agent } from './flipside.ts';
import { liveOf, restart, tick } from './life.ts';
import type { Live } from './life.ts';

/** What a boot gives to its client. */
export interface HawkbitBoot {
  readonly agent: Agent;
  readonly keep: Keep;
  /** Resets the board. */
  readonly restart: () => void;
  /** Feeds the watchdog. False: this boot is over, and nothing of it says or does anything any more. */
  readonly alive: () => boolean;
}

export interface HawkbitBoardOptions {
  /** What outlives a reset, opened anew in each boot. */
  readonly keep: () => Keep;
  readonly open: (boot: HawkbitBoot) => Hawkbit;
  /** Releases what the last boot opened. */
  readonly close?: () => void;
}

export interface HawkbitBoard {
  /** One round of the main loop; boots the board first if it is off. When to call again. */
  step(now: number): number;
  /** Lets a tick of the application pass: its health checks, its clock. */
  tick(): void;
  /** Of the boot that runs; undefined: nothing runs. */
  readonly client: Hawkbit | undefined;
}

export const hawkbitBoard = (board: Board, options: HawkbitBoardOptions): HawkbitBoard => {
  let live: Live | undefined;
  let client: Hawkbit | undefined;

  const bootOf = (agent: Agent, { cycle }: Live): HawkbitBoot => {
    const keep = options.keep();
    return {
      agent,
      restart: () => restart(board),
      alive() {
        cycleFeed(board, cycle);
        return cycleRuns(board, cycle);
      },
      keep: {
        load: (into) => keep.load(into),
        // Code that runs on when the power is gone writes nothing.
        save: (bytes) => void (cycleRuns(board, cycle) && keep.save(bytes)),
      },
    };
  };

  const attach = (): Live => {
    const next = liveOf(board);
    if (next === live) return next;
    options.close?.();
    live = next;
    client = undefined;
    if (next.agent !== undefined && cycleRuns(board, next.cycle))
      client = options.open(bootOf(next.agent, next));
    return next;
  };

  return {
    get client() {
      return client;
    },
    step(now) {
      const { cycle } = attach();
      if (client === undefined || !cycleRuns(board, cycle)) return now;
      cycleFeed(board, cycle);
      const next = client.tick(now);
      return cycleRuns(board, cycle) ? next : now;
    },
    tick() {
      if (live !== undefined && cycleRuns(board, live.cycle)) tick(board, live);
      board.keep();
    },
  };
};
