/**
 * What can hold an update back, one row each, asked from the first to the last: the first that does gives the code.
 *
 * | ends by itself | because |
 * |---|---|
 * | Postponed, Scheduled | of their own limit in seconds and wakes |
 * | Window | a window opens, or the patience is over |
 * | Veto | the application's word, or `vetoPatience`, from the first veto on, where the owner gives one |
 * | Off, Owner, Energy | only by what the owner, or a charger, does |
 */
import { Moment, Ok } from '../codes.ts';
import type { Offer } from '../config.ts';
import * as Err from '../err.ts';
import { Gate, Mode } from './codes.ts';
import { modeOf } from './owner.ts';
import type { Limit, Owner } from './owner.ts';
import { holdSet } from './record.ts';
import type { Hold, Wait } from './record.ts';
import { WINDOW_OPEN, WINDOW_UNKNOWN, windowsWait } from './window.ts';

/** What the gates are asked about, and what they say beside yes or no. Made once. */
export interface Case {
  readonly owner: Owner;
  readonly wait: Wait;
  /** Nothing can be counted over wakes. */
  broken: boolean;
  moment: number;
  /** Seconds since 1970, or 0. */
  told: number;
  security: boolean;
  /** Whether the owner's yes is to this manifest. */
  accepted: boolean;
  /** Bits of `Gate`: passed over. */
  passed: number;
  reason: number;
  until: number;
  seconds: number;
  wakes: number;
}

export function caseNew(owner: Owner, wait: Wait): Case {
  return {
    owner: owner,
    wait: wait,
    broken: false,
    moment: 0,
    told: 0,
    security: false,
    accepted: false,
    passed: 0,
    reason: 0,
    until: 0,
    seconds: -1,
    wakes: -1,
  };
}

interface Row {
  readonly gate: number;
  readonly code: number;
  /** Whether it holds the update back. */
  readonly holds: (it: Case, offer: Offer) => boolean;
}

function off(it: Case): boolean {
  return modeOf(it.owner) === Mode.Off;
}

function ownerAwaited(it: Case): boolean {
  return modeOf(it.owner) === Mode.Notify && !it.accepted;
}

function held(it: Case, hold: Hold): boolean {
  const wait = it.wait;
  if (hold.wakes === 0 || wait.wakes >= hold.wakes || wait.waited >= hold.waited) return false;
  if (hold.until > 0 && it.told >= hold.until) return false;
  it.until = hold.until;
  it.seconds = hold.waited - wait.waited;
  it.wakes = hold.wakes - wait.wakes;
  return true;
}

function postponed(it: Case): boolean {
  return held(it, it.wait.postpone);
}

function scheduled(it: Case): boolean {
  const hold = it.wait.schedule;
  return it.moment === Moment.Activate && hold.until > 0 && held(it, hold);
}

/** Whether a patience is over; while it is not, what is left of it. */
function over(it: Case, limit: Limit): boolean {
  const wait = it.wait;
  it.seconds = Math.max(limit.seconds - wait.waited, 0);
  it.wakes = Math.max(limit.wakes - wait.wakes, 0);
  return it.seconds === 0 || it.wakes === 0;
}

function outside(it: Case): boolean {
  const owner = it.owner;
  const seconds = windowsWait(owner.windows ?? [], owner.zone ?? 0, it.told, it.moment);
  if (seconds === WINDOW_OPEN) return false;
  it.until = seconds === WINDOW_UNKNOWN ? 0 : it.told + seconds;
  if (!over(it, owner.patience) && !it.broken) return true;
  it.passed |= Gate.Window;
  return false;
}

function energyLow(it: Case): boolean {
  const energy = it.owner.energy;
  if (!energy) return false;
  const floor = it.moment === Moment.Receive ? energy.receive : energy.activate;
  try {
    return floor > 0 && !(energy.level() >= floor);
  } catch (_) {
    return true;
  }
}

const REASON_NONE = 0;
/** The veto hook threw, or said what is no reason. */
const REASON_UNKNOWN = 255;

function vetoReason(veto: (moment: number, offer: Offer) => number, it: Case, offer: Offer): number {
  try {
    const reason = veto(it.moment, offer);
    if (typeof reason !== 'number') return REASON_UNKNOWN;
    return reason >= REASON_NONE && reason <= REASON_UNKNOWN && reason % 1 === 0 ? reason : REASON_UNKNOWN;
  } catch (_) {
    return REASON_UNKNOWN;
  }
}

function vetoed(it: Case, offer: Offer): boolean {
  const owner = it.owner;
  if (!owner.veto) return false;
  it.reason = vetoReason(owner.veto, it, offer);
  if (it.reason === REASON_NONE) return false;
  const limit = owner.vetoPatience;
  if (!limit) return true;
  // It counts from the first veto: what was waited for a window is not the application's.
  const hold = it.wait.veto;
  if (hold.wakes === 0) holdSet(hold, it.wait, 0, limit.seconds, limit.wakes);
  if (held(it, hold)) return true;
  it.passed |= Gate.Veto;
  return false;
}

const ROWS: readonly Row[] = [
  { gate: Gate.Off, code: Err.UpdatesOff, holds: off },
  { gate: Gate.Owner, code: Err.OwnerAwaited, holds: ownerAwaited },
  { gate: Gate.Postponed, code: Err.Postponed, holds: postponed },
  { gate: Gate.Scheduled, code: Err.Scheduled, holds: scheduled },
  { gate: Gate.Window, code: Err.OutsideWindow, holds: outside },
  { gate: Gate.Energy, code: Err.EnergyLow, holds: energyLow },
  { gate: Gate.Veto, code: Err.Vetoed, holds: vetoed },
];

function nothingSaid(it: Case): void {
  it.until = 0;
  it.seconds = -1;
  it.wakes = -1;
}

/** Ok, or the code of the first gate that holds the update back. */
export function gatesAsk(it: Case, offer: Offer): number {
  const passes = it.security && it.owner.security ? it.owner.security.passes : 0;
  it.passed = 0;
  it.reason = REASON_NONE;
  for (const row of ROWS) {
    nothingSaid(it);
    if (!row.holds(it, offer)) continue;
    if ((passes & row.gate) === 0) return row.code;
    it.passed |= row.gate;
  }
  nothingSaid(it);
  return Ok;
}

/** What is left to wait, of what held it back before this boot, without a question to the application. */
export function gatesTell(it: Case, code: number): void {
  nothingSaid(it);
  if (code === Err.Postponed) postponed(it);
  else if (code === Err.Scheduled) scheduled(it);
  else if (code === Err.OutsideWindow) outside(it);
  else if (code === Err.Vetoed) held(it, it.wait.veto);
}
