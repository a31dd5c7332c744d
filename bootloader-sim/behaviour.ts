/** What firmware does whose bytes the simulator cannot execute. The agent in it is the real one. */
import { Check } from '../agent/codes.ts';
import type { CutPlan } from '../hal/node/power.ts';
import type { Board } from './board.ts';
import { cycleEnd, cycleFeed } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import type { Agent } from './flipside.ts';

export type Behaviour =
  /** Passes its checks at the first tick. */
  | { readonly kind: 'healthy' }
  | { readonly kind: 'crashesAtStart' }
  /** Crashes at tick `ticks`, before it would have been healthy. */
  | { readonly kind: 'crashesLater'; readonly ticks: number }
  /** Stops feeding the watchdog at tick `ticks` (default 0), before it would have been healthy. */
  | { readonly kind: 'hangs'; readonly ticks?: number }
  /** Feeds the watchdog for ever, and is never healthy. Where there is no clock, only resets end it: one each `resetsEvery` ticks. */
  | { readonly kind: 'neverConfirms'; readonly resetsEvery?: number }
  | { readonly kind: 'confirmsLate'; readonly ticks: number }
  /** Its required check fails at tick `ticks` (default 1). */
  | { readonly kind: 'failsCheck'; readonly ticks?: number }
  /** Loses power at a flash operation counted from its start, in `times` boots (default 1); else healthy. */
  | { readonly kind: 'losesPower'; readonly cut: CutPlan; readonly times?: number }
  /** All is well but the update server is out of reach. */
  | { readonly kind: 'noNetwork' };

export interface Behaviours {
  /** By SHA-256 of the image, in hex. */
  readonly images?: Readonly<Record<string, Behaviour>>;
  /** Of any other image. Default healthy. */
  readonly otherwise?: Behaviour;
}

/** A program in a running boot. What it throws is a crash. */
export interface Application {
  start(): void;
  /** `tick` counts from 1. */
  tick(tick: number): void;
  /** Gives the agent its turn: the agent's code. */
  poll(): number;
}

/** Seconds. */
const CHECK_DEADLINE = 120;
/** Longer than any window. */
const FAR_DEADLINE = 1_000_000;

const planCut = (board: Board, behaviour: Behaviour & { kind: 'losesPower' }): void => {
  const losses = board.losses.get(behaviour) ?? 0;
  if (losses >= (behaviour.times ?? 1)) return;
  board.losses.set(behaviour, losses + 1);
  board.flash.power.cutAt(behaviour.cut);
};

/** What its required check says at a tick: 1 passed, 0 pending, -1 failed. */
const healthAt = (behaviour: Behaviour, tick: number): number => {
  switch (behaviour.kind) {
    case 'crashesAtStart':
    case 'crashesLater':
    case 'hangs':
    case 'neverConfirms':
      return 0;
    case 'confirmsLate':
      return tick >= behaviour.ticks ? 1 : 0;
    case 'failsCheck':
      return tick >= (behaviour.ticks ?? 1) ? -1 : 0;
    default:
      return tick >= 1 ? 1 : 0;
  }
};

const step = (board: Board, cycle: Cycle, behaviour: Behaviour, tick: number): void => {
  if (behaviour.kind === 'crashesLater' && tick >= behaviour.ticks) throw new Error(`crash at tick ${tick}`);
  if (behaviour.kind === 'hangs' && tick > (behaviour.ticks ?? 0)) return;
  const period = behaviour.kind === 'neverConfirms' ? (behaviour.resetsEvery ?? 0) : 0;
  if (period > 0 && tick % period === 0) cycleEnd(board, cycle, 'reset');
  cycleFeed(board, cycle);
};

export const scripted = (board: Board, cycle: Cycle, agent: Agent, behaviour: Behaviour): Application => {
  let now = 0;
  return {
    start() {
      if (behaviour.kind === 'losesPower') planCut(board, behaviour);
      if (behaviour.kind === 'crashesAtStart') throw new Error('crash at start');
      const patient = behaviour.kind === 'neverConfirms' || behaviour.kind === 'confirmsLate';
      agent.check('starts', Check.Required, patient ? FAR_DEADLINE : CHECK_DEADLINE, () =>
        healthAt(behaviour, now),
      );
      agent.check('server', Check.Network, CHECK_DEADLINE, () =>
        board.network && behaviour.kind !== 'noNetwork' ? 1 : 0,
      );
    },
    tick(tick) {
      now = tick;
      step(board, cycle, behaviour, tick);
    },
    poll: () => agent.poll(),
  };
};
