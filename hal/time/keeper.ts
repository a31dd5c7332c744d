/**
 * The time of a board, out of sources of different trust: the port `Clock` of the agent.
 *
 *   offered by            may choose a quiet moment (told)   is held against an expiry (trusted)   is kept over resets
 *   below `trustFrom`     yes                                no                                    no
 *   from `trustFrom` on   yes                                yes                                   the highest seen
 *
 * 1. Trusted time never goes back, also over a reset: what has passed once has passed (`atLeast`).
 * 2. A lower rank does not move what a higher one said, while that is fresh.
 * 3. Nothing is believed that lies before what has passed, or too far ahead of it.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Clock, Keep } from '../ports.ts';
import { TIME_RECORD, highestLoad, highestSave } from './record.ts';
import { Rank, TIME_MAX } from './source.ts';

const DAY = 86400;
/** Seconds that a source below `Secure` may be ahead of what has passed: a device may lie on a shelf for ten years. */
const LEAP_MOST: number = 3653 * DAY;
/** Seconds that two sources may differ without contradiction, apart from drift. */
const SLACK = 60;
const DEFAULT_DRIFT = 100;
const DEFAULT_TOLERANCE = 3600;
/** Seconds for which an untrusted time stands against one of lower rank. */
const FRESH = DAY;
/** Seconds of trusted time that a reset may take back from the record, so that flash is spared. */
const SAVE_EVERY = DAY;

export interface TimekeeperOptions {
  /** The lowest rank that is trusted: `Gateway`, `Management` (the default) or `Secure`. */
  readonly trustFrom?: number | undefined;
  /** When the firmware was built, in seconds since 1970: it is later than that for certain. */
  readonly built?: number | undefined;
  /** Parts per million by which the board's clock may be wrong. Default 100. */
  readonly drift?: number | undefined;
  /** Seconds by which trusted time may have drifted before it is not trusted any more. Default 3600. */
  readonly tolerance?: number | undefined;
}

/** Functions of one object: to be called as its methods. */
export interface Timekeeper extends Clock {
  /**
   * A source says `seconds` since 1970; `at` is what the board's own clock said when the answer was made, or asked for.
   * Ok: taken, or in agreement with what a higher rank said. TimeRefused; BadArgument: no such rank.
   */
  offer(rank: number, seconds: number, at: number): number;
  /** `Rank` of the time that is held; `None`: there is none. */
  rank(): number;
  told(): number;
  atLeast(): number;
  /** Keeps the highest time seen: before deep sleep, or a reset. */
  save(): number;
  /** The owner's word, given at the device: what was seen is forgotten. A source that was trusted and wrong is undone so. */
  forget(): number;
}

interface State {
  readonly monotonic: () => number;
  readonly keep: Keep | undefined;
  readonly bytes: Uint8Array;
  readonly trustFrom: number;
  readonly built: number;
  readonly drift: number;
  readonly tolerance: number;
  /** The board's own clock at the last look: it does not go back. */
  own: number;
  /** What is held: rank, seconds since 1970, and the board's own clock then. */
  held: number;
  seconds: number;
  since: number;
  /** Seconds by which it was behind `highest` and yet taken for drift: then time stands until it has caught up. */
  behind: number;
  highest: number;
  saved: number;
}

interface Facade extends Timekeeper {
  readonly state: State;
}

function own(state: State): number {
  try {
    const now = state.monotonic();
    if (now > state.own) state.own = now;
  } catch (_) {
    return state.own;
  }
  return state.own;
}

function estimate(state: State): number {
  return Math.floor(state.seconds + own(state) - state.since);
}

/** Seconds that the estimate may be wrong by. */
function drifted(state: State): number {
  return ((own(state) - state.since) * state.drift) / 1000000;
}

function least(state: State): number {
  return Math.max(state.highest, state.built);
}

/** Seconds that a time may be behind what has passed, and is no jump back. */
function allowance(state: State): number {
  return state.held >= state.trustFrom ? state.behind + drifted(state) : SLACK;
}

/** Whether the estimate may be held against an expiry date. */
function trusts(state: State): boolean {
  if (state.held < state.trustFrom || drifted(state) > state.tolerance) return false;
  const now = estimate(state);
  return now <= TIME_MAX && now >= least(state) - allowance(state);
}

/** Takes note of what has passed. */
function look(state: State): boolean {
  if (!trusts(state)) return false;
  state.highest = Math.max(state.highest, estimate(state));
  if (state.highest - state.saved >= SAVE_EVERY) save(state);
  return true;
}

function save(state: State): number {
  if (!state.keep || state.highest === state.saved) return Ok;
  if (!highestSave(state.keep, state.bytes, state.highest)) return Err.PortFailed;
  state.saved = state.highest;
  return Ok;
}

function fresh(state: State): boolean {
  if (state.held >= state.trustFrom) return drifted(state) <= state.tolerance;
  return own(state) - state.since <= FRESH;
}

/** Whether a time from a source of this rank can be. */
function plausible(state: State, rank: number, seconds: number): boolean {
  if (!(seconds >= 1 && seconds <= TIME_MAX)) return false;
  if (rank >= Rank.Secure) return true;
  const past = least(state);
  if (seconds < past - allowance(state)) return false;
  return past === 0 || seconds <= past + LEAP_MOST;
}

function offer(this: Facade, rank: number, seconds: number, at: number): number {
  const state = this.state;
  if (!(rank > Rank.None && rank <= Rank.Secure && rank % 1 === 0)) return Err.BadArgument;
  look(state);
  const now = own(state);
  if (!(at <= now)) return Err.BadArgument;
  const then = seconds + now - at;
  if (!plausible(state, rank, then)) return Err.TimeRefused;
  if (rank < state.held && fresh(state)) {
    const apart = Math.abs(then - estimate(state));
    return apart <= SLACK + drifted(state) ? Ok : Err.TimeRefused;
  }
  state.behind = then >= least(state) - SLACK || rank >= Rank.Secure ? SLACK : allowance(state);
  state.held = rank;
  state.seconds = then;
  state.since = now;
  look(state);
  return Ok;
}

function nowOf(this: Facade): number {
  const state = this.state;
  return look(state) ? state.highest : own(state);
}

function trusted(this: Facade): boolean {
  return look(this.state);
}

function told(this: Facade): number {
  const state = this.state;
  look(state);
  return state.held === Rank.None ? 0 : estimate(state);
}

function atLeast(this: Facade): number {
  look(this.state);
  return least(this.state);
}

function rankOf(this: Facade): number {
  return this.state.held;
}

function saveNow(this: Facade): number {
  look(this.state);
  return save(this.state);
}

function forget(this: Facade): number {
  const state = this.state;
  state.held = Rank.None;
  state.highest = 0;
  return save(state);
}

/**
 * Opens it once in each start of the board. `monotonic`: the board's own clock, seconds, rising while it runs. Without
 * `keep` a reset forgets what has passed. Throws RangeError where it is wired wrongly.
 */
export function timekeeperOpen(
  monotonic: () => number,
  options: TimekeeperOptions,
  keep: Keep | undefined,
): Timekeeper {
  const trustFrom = options.trustFrom ?? Rank.Management;
  const built = options.built ?? 0;
  const drift = options.drift ?? DEFAULT_DRIFT;
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE;
  if (!(trustFrom >= Rank.Gateway && trustFrom <= Rank.Secure && trustFrom % 1 === 0)) {
    throw new RangeError('time: what has not authenticated itself cannot be trusted');
  }
  if (!(built >= 0 && built <= TIME_MAX && built % 1 === 0)) {
    throw new RangeError('time: built is seconds since 1970');
  }
  if (!(drift >= 0 && drift <= 10000)) throw new RangeError('time: drift: 0 to 10000 parts per million');
  if (!(tolerance >= 0 && tolerance <= DAY)) throw new RangeError('time: tolerance: 0 seconds to a day');
  const bytes = new Uint8Array(TIME_RECORD);
  const highest = keep ? highestLoad(keep, bytes) : 0;
  const state: State = {
    monotonic: monotonic,
    keep: keep,
    bytes: bytes,
    trustFrom: trustFrom,
    built: built,
    drift: drift,
    tolerance: tolerance,
    own: 0,
    held: Rank.None,
    seconds: 0,
    since: 0,
    behind: SLACK,
    highest: highest,
    saved: highest,
  };
  const facade: Facade = {
    state: state,
    offer: offer,
    now: nowOf,
    trusted: trusted,
    rank: rankOf,
    told: told,
    atLeast: atLeast,
    save: saveNow,
    forget: forget,
  };
  return facade;
}
