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
import { bytesCopy } from '../bytes.ts';
import { Ok } from '../codes.ts';
import type { MomentGate, Offer } from '../config.ts';
import * as Err from '../err.ts';
import { MANIFEST_DIGEST } from '../format/layout.ts';
import { left, momentAsk, scheduleSet, timeLike, wakeCount } from './asking.ts';
import type { State } from './asking.ts';
import { elapsedOpen, timeTold } from './elapsed.ts';
import { caseNew, gatesTell } from './gates.ts';
import { keptOpen, keptSave } from './kept.ts';
import { ownerCheck, postponeLimit, togetherLimit } from './owner.ts';
import type { Owner } from './owner.ts';
import { Flag, SEEN_DIGEST, holdSet, waitClear } from './record.ts';
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

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface Facade extends Chooser {
  readonly state: State;
}

function ask(this: Facade, moment: number, offer: Offer, running: Uint8Array, runs: number): number {
  return momentAsk(this.state, moment, offer, running, runs);
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
  const state = this.state;
  const told = timeTold(state.elapsed.clock);
  if (!timeLike(at)) return Err.BadArgument;
  if (told > 0 && at > told + togetherLimit(state.owner).seconds) return Err.BadArgument;
  scheduleSet(state, at);
  keptSave(state.kept, false);
  return Ok;
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
