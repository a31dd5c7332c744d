/**
 * The right moment: when an update may be received and when activated, as its owner wants it. Asked by the agent after all
 * else speaks for the update, and again at activate.
 *
 *   const chooser = momentOpen(clock, owner, keep);
 *   const agent = openAgent(ports, { ...config, moment: chooser });
 *
 * It can hold an update back and never let one through that the agent refuses. A configuration without it has none of this
 * in its bundle.
 */
import type { Clock, Keep } from '../../hal/ports.ts';
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { Moment, Ok } from '../codes.ts';
import type { MomentGate, Offer } from '../config.ts';
import * as Err from '../err.ts';
import { MANIFEST_DIGEST } from '../format/layout.ts';
import { Mode } from './codes.ts';
import { elapsedOpen, elapsedStep, timeTold } from './elapsed.ts';
import type { Elapsed } from './elapsed.ts';
import { caseNew, gatesAsk, gatesTell } from './gates.ts';
import type { Case } from './gates.ts';
import { keptOpen, keptSave } from './kept.ts';
import type { Kept } from './kept.ts';
import { modeOf, ownerCheck, postponeLimit, togetherLimit } from './owner.ts';
import type { Owner } from './owner.ts';
import { Flag, SEEN_DIGEST, holdSet, waitClear } from './record.ts';
import type { Wait } from './record.ts';
import { waitingCopy, waitingNew } from './waiting.ts';
import type { Waiting } from './waiting.ts';

/** Functions of one object: to be called as its methods. Those that answer say Ok or a code. */
export interface Chooser extends MomentGate {
  /** A wake that was no start of the board: from light sleep, or the turn of a board that has no clock and never sleeps. */
  wake(): void;
  /** The owner: not for so many seconds. BadArgument: longer than the limit; BadState: as often as may be, already. */
  postpone(seconds: number): number;
  /** The owner's yes to the manifest with this 32-byte digest. Ends a postponement. */
  accept(digest: Uint8Array): number;
  /** Seconds since 1970 before which nothing is activated; 0: no such time. BadArgument: further ahead than the limit. */
  schedule(at: number): number;
  /** Why an update waits, and until when. */
  waiting(into: Waiting): number;
}

interface State {
  readonly owner: Owner;
  readonly elapsed: Elapsed;
  readonly kept: Kept;
  readonly wait: Wait;
  readonly it: Case;
  readonly waiting: Waiting;
}

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface Facade extends Chooser {
  readonly state: State;
}

/** What the port `Clock` has of seconds since 1970: they fit four bytes. */
const TIME_MAX = 0xffffffff;
const COUNT_MAX = 0xffff;

/** What has passed since the last look counts while something waits. */
function count(state: State): void {
  const wait = state.wait;
  const passed = elapsedStep(state.elapsed);
  wait.last = state.elapsed.last;
  if (wait.flags & Flag.Waiting) wait.idle = Math.min(wait.idle + passed, TIME_MAX);
}

function wakeCount(state: State): void {
  if ((state.wait.flags & Flag.Waiting) === 0) return;
  count(state);
  state.wait.idleWakes = Math.min(state.wait.idleWakes + 1, COUNT_MAX);
  keptSave(state.kept, true);
}

/**
 * Whether the record is of this manifest; a higher sequence takes it over. What was waited goes on counting, or releases
 * that follow fast enough would each begin a patience anew; but of the time between an ask for the one and an ask for
 * the other, in which nothing may have waited at all, a single wake.
 */
function seen(wait: Wait, offer: Offer): boolean {
  const known = (wait.flags & Flag.Seen) !== 0;
  let bound = known && bytesEqual(wait.digest, 0, offer.manifestDigest, 0, SEEN_DIGEST);
  if (!bound && (!known || offer.sequence > wait.sequence)) {
    wait.idleWakes = Math.min(wait.idleWakes, 1);
    wait.idle = 0;
    wait.flags = (wait.flags & ~(Flag.Accepted | Flag.Notified)) | Flag.Seen;
    bytesCopy(offer.manifestDigest, 0, wait.digest, 0, SEEN_DIGEST);
    bound = true;
  }
  if (bound) wait.sequence = offer.sequence;
  wait.wakes = Math.min(wait.wakes + wait.idleWakes, COUNT_MAX);
  wait.waited = Math.min(wait.waited + wait.idle, TIME_MAX);
  wait.idleWakes = wait.idle = 0;
  return bound;
}

/** The raised security version, or the priority that the owner counts as such. `runs`: of what runs, -1: not known. */
function securityUpdate(owner: Owner, offer: Offer, runs: number): boolean {
  if (runs >= 0 && offer.securityVersion > runs) return true;
  const most = owner.security ? owner.security.priority : undefined;
  return most !== undefined && offer.priority >= 0 && offer.priority <= most;
}

/** The hook's word is heard at each activate. What it says that is no time is nothing. */
function together(state: State, offer: Offer): void {
  const hook = state.owner.together;
  if (!hook) return;
  try {
    const at = hook(offer);
    if (at >= 0 && at !== state.wait.schedule.until) scheduleSet(state, Math.floor(at));
  } catch (_) {
    return;
  }
}

function scheduleSet(state: State, at: number): number {
  const wait = state.wait;
  const limit = togetherLimit(state.owner);
  const told = timeTold(state.elapsed.clock);
  if (!(at >= 0 && at <= TIME_MAX && at % 1 === 0)) return Err.BadArgument;
  if (told > 0 && at > told + limit.seconds) return Err.BadArgument;
  wait.schedule.until = at;
  // The latest end counts from the first word: who changes it again and again does not move it.
  if (wait.schedule.wakes === 0) holdSet(wait.schedule, wait, at, limit.seconds, limit.wakes);
  wait.flags |= Flag.Held;
  return Ok;
}

function decide(state: State, offer: Offer): number {
  const wait = state.wait;
  const it = state.it;
  const waiting = state.waiting;
  it.told = timeTold(state.elapsed.clock);
  it.broken = state.kept.broken;
  const code = gatesAsk(it, offer);
  wait.moment = it.moment;
  wait.code = 0 - code;
  wait.reason = it.reason;
  if (code < 0) wait.flags |= Flag.Waiting;
  waiting.code = code;
  waiting.moment = it.moment;
  waiting.reason = it.reason;
  waiting.passed = it.passed;
  waiting.security = it.security ? 1 : 0;
  left(state);
  return code;
}

function left(state: State): void {
  const waiting = state.waiting;
  waiting.until = state.it.until;
  waiting.seconds = state.it.seconds;
  waiting.wakes = state.it.wakes;
  waiting.postponed = state.wait.postponed;
  waiting.postponable = Math.max(postponeLimit(state.owner).times - state.wait.postponed, 0);
}

/** Tells the owner's application, once. Whether it was told: it may have postponed the update, or said yes. */
function notified(state: State, bound: boolean, offer: Offer): boolean {
  const owner = state.owner;
  const wait = state.wait;
  if (!owner.notify || !bound || wait.flags & Flag.Notified) return false;
  if (modeOf(owner) === Mode.Off && !state.it.security) return false;
  wait.flags |= Flag.Notified;
  try {
    owner.notify(state.waiting, offer);
  } catch (_) {
    return true;
  }
  return true;
}

function ask(this: Facade, moment: number, offer: Offer, running: Uint8Array, runs: number): number {
  const state = this.state;
  const wait = state.wait;
  const it = state.it;
  count(state);
  // A cut came between activate and the record of it: what was waited for runs.
  if (wait.flags & Flag.Seen && bytesEqual(wait.digest, 0, running, 0, SEEN_DIGEST)) waitClear(wait);
  const bound = seen(wait, offer);
  it.moment = moment;
  it.security = securityUpdate(state.owner, offer, runs);
  it.accepted = bound && (wait.flags & Flag.Accepted) !== 0;
  state.waiting.sequence = offer.sequence;
  state.waiting.digest.set(offer.manifestDigest);
  if (moment === Moment.Activate) together(state, offer);
  let code = decide(state, offer);
  if (notified(state, bound, offer)) {
    it.accepted = bound && (wait.flags & Flag.Accepted) !== 0;
    code = decide(state, offer);
  }
  keptSave(state.kept, false);
  return code;
}

/** The mark is on record: nothing waits any more. */
function activated(this: Facade): void {
  waitClear(this.state.wait);
  keptSave(this.state.kept, false);
}

function wake(this: Facade): void {
  wakeCount(this.state);
}

function postpone(this: Facade, seconds: number): number {
  const state = this.state;
  const wait = state.wait;
  const limit = postponeLimit(state.owner);
  if (!(seconds > 0 && seconds <= limit.seconds)) return Err.BadArgument;
  if (!(wait.postponed < limit.times)) return Err.BadState;
  const told = timeTold(state.elapsed.clock);
  wait.postponed++;
  holdSet(wait.postpone, wait, told > 0 ? told + Math.ceil(seconds) : 0, Math.ceil(seconds), limit.wakes);
  wait.flags |= Flag.Held;
  keptSave(state.kept, false);
  return Ok;
}

function accept(this: Facade, digest: Uint8Array): number {
  const wait = this.state.wait;
  if (!(digest && digest.length === MANIFEST_DIGEST)) return Err.BadArgument;
  bytesCopy(digest, 0, wait.digest, 0, SEEN_DIGEST);
  wait.flags |= Flag.Seen | Flag.Accepted;
  wait.postpone.wakes = 0;
  keptSave(this.state.kept, false);
  return Ok;
}

function schedule(this: Facade, at: number): number {
  const code = scheduleSet(this.state, at);
  keptSave(this.state.kept, false);
  return code;
}

function waitingFill(this: Facade, into: Waiting): number {
  const state = this.state;
  const wait = state.wait;
  if (!into) return Err.BadArgument;
  if (state.waiting.moment === 0) {
    // Not asked in this boot: what the record has.
    state.waiting.code = 0 - wait.code;
    state.waiting.reason = wait.reason;
    state.it.moment = wait.moment;
    state.it.told = timeTold(state.elapsed.clock);
    gatesTell(state.it, state.waiting.code);
    left(state);
  }
  waitingCopy(state.waiting, into);
  return Ok;
}

/**
 * Opens it once in each start of the board, which counts as a wake. Throws RangeError where the owner's rules cannot be
 * kept. `clock`: as the environment has it; without one windows end by wakes alone.
 */
export function momentOpen(clock: Clock | undefined, owner: Owner, keep: Keep): Chooser {
  ownerCheck(owner);
  const kept = keptOpen(keep);
  const state: State = {
    owner: owner,
    elapsed: elapsedOpen(clock, kept.wait.last),
    kept: kept,
    wait: kept.wait,
    it: caseNew(owner, kept.wait),
    waiting: waitingNew(),
  };
  state.waiting.lost = kept.lost < 0 ? 1 : 0;
  wakeCount(state);
  const facade: Facade = {
    state: state,
    ask: ask,
    activated: activated,
    wake: wake,
    postpone: postpone,
    accept: accept,
    schedule: schedule,
    waiting: waitingFill,
  };
  return facade;
}
