/** One ask: what has passed is counted, what the record is of is settled, the gates are asked, and the owner is told. */
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { Moment } from '../codes.ts';
import type { Offer } from '../config.ts';
import { Mode } from './codes.ts';
import { elapsedStep, timeTold } from './elapsed.ts';
import type { Elapsed } from './elapsed.ts';
import { gatesAsk } from './gates.ts';
import type { Case } from './gates.ts';
import { keptSave } from './kept.ts';
import type { Kept } from './kept.ts';
import { modeOf, postponeLimit, togetherLimit } from './owner.ts';
import type { Owner } from './owner.ts';
import { Flag, SEEN_DIGEST, holdSet, waitClear } from './record.ts';
import type { Wait } from './record.ts';
import type { Waiting } from './waiting.ts';

export interface State {
  readonly owner: Owner;
  readonly elapsed: Elapsed;
  readonly kept: Kept;
  readonly wait: Wait;
  readonly it: Case;
  readonly waiting: Waiting;
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

export function wakeCount(state: State): void {
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

/** Whether it can be a time in seconds since 1970; 0: no time. */
export function timeLike(at: number): boolean {
  return at >= 0 && at <= TIME_MAX && at % 1 === 0;
}

/**
 * Nothing is activated before. The latest end counts from the first word: who moves the time again and again does not move
 * that.
 */
export function scheduleSet(state: State, at: number): void {
  const wait = state.wait;
  const limit = togetherLimit(state.owner);
  wait.schedule.until = at;
  if (wait.schedule.wakes === 0) holdSet(wait.schedule, wait, at, limit.seconds, limit.wakes);
  wait.flags |= Flag.Held;
}

/** The hook's word is heard at each activate. What is no time is nothing; one that is far ahead waits for the limit. */
function together(state: State, offer: Offer): void {
  const hook = state.owner.together;
  if (!hook) return;
  try {
    const at = hook(offer);
    if (timeLike(at) && at !== state.wait.schedule.until) scheduleSet(state, at);
  } catch (_) {
    return;
  }
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

export function left(state: State): void {
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

/** Ok, or why not now. Counts, hears the hooks, tells the owner once, and keeps what came of it. */
export function momentAsk(
  state: State,
  moment: number,
  offer: Offer,
  running: Uint8Array,
  runs: number,
): number {
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
