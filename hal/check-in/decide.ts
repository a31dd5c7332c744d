/**
 * What a device does with the orders of a gateway. They are bounded here, so that whoever can forge them brings about no
 * more than who can drop them: what is installed is for the agent to prove, and the moment for the owner.
 */
import { Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { Rank } from '../time/source.ts';
import { Permission } from './numbers.ts';
import type { OrdersRead } from './orders.ts';

export const Act = { Nothing: 0, Fetch: 1, Activate: 2, Cancel: 3 } as const;

/** Where the agent stands. */
export interface Standing {
  /** agent/codes.ts `Phase`. */
  readonly phase: number;
  /** The image that runs is on trial. */
  readonly trial: boolean;
  /** Path of the envelope that the session at hand came from; '': not known, as after a reset. */
  readonly held: string;
}

/** The first that fits. What is staged is told by the path that it came from; after a reset it is proven anew. */
export function actOf(orders: OrdersRead, standing: Standing): number {
  const staged = standing.phase === Phase.Staged;
  // The other slot is the way back, or boots next: nothing that is said now changes that.
  if (standing.trial || standing.phase === Phase.Activated) return Act.Nothing;
  if (orders.cancel) return standing.phase === Phase.Idle ? Act.Nothing : Act.Cancel;
  if (orders.path === '') return Act.Nothing;
  if (staged && standing.held === orders.path)
    return orders.update >= Permission.Attempt ? Act.Activate : Act.Nothing;
  return orders.download >= Permission.Attempt ? Act.Fetch : Act.Nothing;
}

/** Seconds. */
export interface WakeBounds {
  /** A check-in is no sooner, and no later, than this after the last, whatever the gateway says. */
  readonly least: number;
  readonly most: number;
  /** Where it says nothing. */
  readonly usual: number;
  /** Share by which it may be later, so that a fleet does not wake as one: 0..1. */
  readonly jitter: number;
}

export const WAKE_BOUNDS: WakeBounds = { least: 30, most: 604800, usual: 3600, jitter: 0.125 };

const bounded = (seconds: number, bounds: WakeBounds): number =>
  !(seconds >= bounds.least) ? bounds.least : seconds <= bounds.most ? seconds : bounds.most;

/** Seconds to the next check-in; `random` in [0, 1). Later by the jitter and never sooner: an answer may be a promise. */
export function wakeAfter(wake: number, bounds: WakeBounds, random: number): number {
  const seconds = bounded(wake > 0 ? wake : bounds.usual, bounds);
  return Math.floor(seconds + seconds * bounds.jitter * random);
}

/** The same where there was no answer, the `failures`th time in a row: twice as long each time, a half of it by chance. */
export function wakeRetry(failures: number, bounds: WakeBounds, random: number): number {
  let seconds = bounds.least;
  for (let i = 1; i < failures && seconds < bounds.usual; i++) seconds *= 2;
  if (seconds > bounds.usual) seconds = bounds.usual;
  return Math.floor(bounded(seconds, bounds) * (1 + random / 2));
}

/** As much of a timekeeper as is offered the time. */
export interface TimeTaker {
  offer(rank: number, seconds: number, at: number): number;
}

/**
 * Offers the orders' time. `at`: what the board's own clock said when they were asked for. A gateway that has authenticated
 * itself ranks above whoever answers; neither is trusted, unless the board says so.
 */
export function timeTake(taker: TimeTaker, orders: OrdersRead, authenticated: boolean, at: number): number {
  if (!(orders.time > 0)) return Err.TimeRefused;
  return taker.offer(authenticated ? Rank.Gateway : Rank.Server, orders.time, at);
}
