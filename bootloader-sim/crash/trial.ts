/** An image on trial has its way. */
import { Check, Reset } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { bootCheck } from './boot.ts';
import type { Boot } from './boot.ts';
import type { Manner, Told } from './scenario.ts';
import { turnsAway } from './steps.ts';
import { Violation } from './violation.ts';

/** Polls after which a trial counts as one that never ends. */
const POLLS = 50;
/** Deep sleeps before a `wakes` is healthy. */
const SLEEPS = 4;

interface Behaviour {
  /** Why the board starts anew before the agent has its turn, if it does. */
  readonly resets?: (boots: number) => number | undefined;
  /** What its required check says: > 0 passed, 0 not yet, < 0 failed. */
  readonly check?: (boots: number) => number;
  readonly rejects?: true;
  /** A release that is offered to it. */
  readonly offered?: string;
  /** Why it is started anew when it has not come to an end. */
  readonly afterwards?: number;
}

/** By manner; `boots` counts from 1. */
const BEHAVIOURS: Readonly<Record<Manner, Behaviour>> = {
  healthy: { check: () => 1 },
  fails: { check: () => -1 },
  rejects: { rejects: true },
  crashes: { resets: () => Reset.Crash },
  hangs: { resets: () => Reset.Watchdog },
  idle: { check: () => 0, afterwards: Reset.Power },
  brownouts: { resets: () => Reset.BrownOut },
  wakes: { resets: (boots) => (boots <= SLEEPS ? Reset.Wake : undefined), check: () => 1 },
  offered: { offered: 'next', check: () => 1 },
  late: { check: (boots) => (boots > 1 ? 1 : 0), afterwards: Reset.Requested },
};

const REASON = 7;

/** Polls until the trial is over, one way or the other. Whether it is. */
const poll = (boot: Boot, behaviour: Behaviour): boolean => {
  const status = boot.flipside.statusNew();
  for (let polls = 0; polls < POLLS; polls++) {
    boot.agent!.poll();
    bootCheck(boot);
    if (boot.reset) return true;
    boot.agent!.status(status);
    if (status.trial === 0) return true;
    if (behaviour.afterwards !== undefined && polls > 2) return false;
  }
  return false;
};

/** Whether the image runs on, confirmed; else the board starts anew. */
export const trial = (boot: Boot, told: Told): boolean => {
  const { scenario, say } = told;
  const { world } = boot;
  const { name } = boot.image!;
  const manner = scenario.manners?.[name] ?? 'healthy';
  const behaviour = BEHAVIOURS[manner];
  const boots = world.facts.trials[name] ?? 0;
  const resets = behaviour.resets?.(boots);
  say(`${name} on trial, boot ${boots}: ${manner}`);
  if (resets !== undefined) {
    world.cause = resets;
    return false;
  }
  world.facts = { ...world.facts, must: undefined };
  boot.stage = 'trial';
  if (behaviour.offered !== undefined) turnsAway(boot, behaviour.offered, [Err.InTrial], told);
  if (behaviour.rejects) boot.agent!.reject(REASON);
  else boot.agent!.check('app', Check.Required, 0, () => behaviour.check!(boots));
  const over = poll(boot, behaviour);
  boot.stage = 'idle';
  if (boot.reset) return false;
  if (over) return true;
  // The record of the end of a trial may not be taken by a worn journal: the board goes on, and tries again.
  if (behaviour.afterwards === undefined && !world.worn)
    throw new Violation('trial-ends', `the trial of ${name} does not end`);
  world.cause = behaviour.afterwards ?? Reset.Requested;
  return false;
};
