/**
 * The exchange of the slots' contents at boot, for boards that run slot 0 only: unit by unit, by the one unit that slot
 * 1 is longer (docs/DESIGN.md section 9).
 *
 * 1. A unit is erased only when its content stands complete, and read back, in another place, or is not wanted.
 * 2. Each half step is named in the journal before it touches its unit. If power dies in it: all before it is complete,
 *    what it reads is untouched, and it is done again.
 * 3. A name is acted on only when it is sealed. One that was cut may be read at this boot and not at the next, which
 *    would do again the half step before, whose source has been erased by then.
 */
import type { Environment } from '../hal/ports.ts';
import { Ok } from './codes.ts';
import type { BootConfig } from './config.ts';
import * as Err from './err.ts';
import { exchangeSlots } from './exchange-slots.ts';
import { flashUp } from './flash.ts';
import { Exchange, stateGet, stateSet } from './format/state.ts';
import {
  EXCHANGE_AT,
  KEEP_END_AT,
  KEEP_TAIL_AT,
  SECOND_LOW_AT,
  TAKE_END_AT,
  TAKE_TAIL_AT,
} from './format/layout.ts';
import type { State } from './format/state.ts';
import { moveNew, moveRun } from './exchange-move.ts';
import type { Move } from './exchange-move.ts';
import { recordBegin, recordCancel, recordDrop, recordEnd, recordUndo } from './exchange-record.ts';
import {
  Half,
  stepCount,
  stepHalf,
  stepIsNamed,
  stepMoves,
  stepNamed,
  stepOffset,
  stepSet,
  stepSlot,
  stepUnit,
} from './exchange-step.ts';
import { journalName, journalSave } from './journal.ts';
import type { Journal } from './journal.ts';
import { footerLoad } from './proof.ts';
import type { Prover } from './proof.ts';
import { timeTold } from './revert.ts';
import type { Slots } from './slots.ts';

export interface Exchanger {
  readonly slots: Slots;
  readonly journal: Journal;
  readonly state: State;
  readonly environment: Environment;
  readonly config: BootConfig;
  readonly prover: Prover;
  readonly move: Move;
  /** The half step that failed, or -1: the journal did. */
  failed: number;
  /** Half steps done, of how many; and since when, by the clock, how many. */
  done: number;
  total: number;
  since: number;
  ran: number;
}

export function exchangeOpen(
  slots: Slots,
  journal: Journal,
  environment: Environment,
  config: BootConfig,
  prover: Prover,
): Exchanger {
  return {
    slots: slots,
    journal: journal,
    state: journal.state,
    environment: environment,
    config: config,
    prover: prover,
    // What is proven has been taken over when the exchange begins.
    move: moveNew(slots.first, prover.buffer, prover.verifier.scratch, environment.watchdog),
    failed: -1,
    done: 0,
    total: 0,
    since: 0,
    ran: 0,
  };
}

/**
 * Brings the content of slot 1, which the prover has just proven, to slot 0; with `keep`, that of slot 0 to slot 1.
 *
 * Ok: done, and on record. Else the code says why not, and `EXCHANGE_AT` whether slot 0 can run: None: it is as it
 * was; any other: the exchange is to be finished first.
 */
export function exchangeBring(exchanger: Exchanger, keep: boolean): number {
  const state = exchanger.state;
  const slots = exchanger.slots;
  const tail = exchanger.prover.tail;
  const down = state[SECOND_LOW_AT] === 1;
  stateSet(state, TAKE_END_AT, flashUp(slots.first, tail.imageSize));
  stateSet(state, TAKE_TAIL_AT, tail.indexAt);
  const kept = keep && worthKeeping(exchanger);
  stateSet(state, KEEP_END_AT, kept ? flashUp(slots.first, tail.imageSize) : 0);
  stateSet(state, KEEP_TAIL_AT, kept ? tail.indexAt : slots.first.size);
  if (kept) recordBegin(state, down ? Exchange.Down : Exchange.Up);
  else recordBegin(state, down ? Exchange.DownOnly : Exchange.UpOnly);
  const code = journalSave(exchanger.journal);
  if (code < 0) {
    recordCancel(state);
    return code;
  }
  return exchangeRun(exchanger);
}

/** Whether slot 0 has a tail: else nothing of it could be run again. Twice, as all that is given up for good. */
function worthKeeping(exchanger: Exchanger): boolean {
  const flash = exchanger.slots.first;
  return footerLoad(exchanger.prover, flash) === Ok || footerLoad(exchanger.prover, flash) === Ok;
}

/** After a reset: finishes the exchange that the journal says is under way. As `exchangeBring`. */
export function exchangeResume(exchanger: Exchanger): number {
  const state = exchanger.state;
  const size = exchanger.slots.first.size;
  const places = [
    stateGet(state, KEEP_END_AT),
    stateGet(state, KEEP_TAIL_AT),
    stateGet(state, TAKE_END_AT),
    stateGet(state, TAKE_TAIL_AT),
  ];
  for (const place of places) if (!(place <= size)) return Err.ExchangeFailed;
  if (!(state[EXCHANGE_AT]! <= Exchange.DownOnly)) return Err.ExchangeFailed;
  // Seals what is named: see 3 above.
  const code = journalSave(exchanger.journal);
  return code < 0 ? code : exchangeRun(exchanger);
}

function exchangeRun(exchanger: Exchanger): number {
  const state = exchanger.state;
  let result: number = Ok;
  while (state[EXCHANGE_AT] !== Exchange.None) {
    const exchange = state[EXCHANGE_AT]!;
    let code = exchangeWalk(exchanger);
    if (code === Ok) recordEnd(state);
    else {
      code = exchangeTurn(exchanger, code);
      if (code < 0) return code;
      if (code === UNDONE) result = Err.ExchangeFailed;
    }
    code = journalSave(exchanger.journal);
    if (code < 0) {
      // Not on record: it is not over.
      state[EXCHANGE_AT] = exchange;
      return code;
    }
  }
  return result;
}

const UNDONE = 1;

/**
 * What becomes of an exchange with a half step that failed: a code, and it is tried again at the next boot; Ok: it goes
 * on without keeping; UNDONE: slot 0 gets back what it held.
 */
function exchangeTurn(exchanger: Exchanger, code: number): number {
  const state = exchanger.state;
  const step = exchanger.failed;
  if (step < 0) return code;
  const unit = stepUnit(exchanger.slots, state, step);
  const keep = stepHalf(step) === Half.Keep;
  // Slot 0 that cannot be read is no way back, and cannot be made whole again: then slot 1 is all there is.
  const pointless = state[EXCHANGE_AT] === Exchange.Down || exchanger.move.unreadable;
  if (keep && pointless) {
    recordDrop(state, exchanger.slots, unit);
    return Ok;
  }
  if (state[EXCHANGE_AT] !== Exchange.Up) return code;
  const environment = exchanger.environment;
  const last = keep ? unit - 1 : unit;
  recordUndo(state, exchanger.slots, last, environment.resetCause(), timeTold(environment));
  return UNDONE;
}

/** Does the half steps from the one named on. Ok: all of them; else `failed` is the one that could not be done. */
function exchangeWalk(exchanger: Exchanger): number {
  const slots = exchanger.slots;
  const state = exchanger.state;
  const steps = 2 * slots.units;
  const first = stepNamed(slots, state);
  exchanger.failed = -1;
  if (first < 0) return Err.ExchangeFailed;
  progressStart(exchanger, first, steps);
  for (let step = first; step < steps; step++) {
    if (!stepMoves(slots, state, step)) continue;
    if (!stepIsNamed(slots, state, step)) {
      const named = journalName(
        exchanger.journal,
        stepSlot(step),
        stepOffset(slots, state, step),
        slots.unit,
      );
      if (named < 0) return named;
    }
    stepSet(slots, state, step, exchanger.move);
    const code = moveRun(exchanger.move);
    if (code < 0) {
      exchanger.failed = step;
      return code;
    }
    exchanger.ran++;
    exchanger.done++;
    progress(exchanger);
  }
  return Ok;
}

function progressStart(exchanger: Exchanger, first: number, steps: number): void {
  const clock = exchanger.environment.clock;
  const slots = exchanger.slots;
  exchanger.done = stepCount(slots, exchanger.state, 0, first);
  exchanger.total = exchanger.done + stepCount(slots, exchanger.state, first, steps);
  exchanger.since = clock ? clock.now() : 0;
  exchanger.ran = 0;
  progress(exchanger);
}

/** What the hook throws does not stop the exchange. */
function progress(exchanger: Exchanger): void {
  const hook = exchanger.config.onExchange;
  if (!hook) return;
  try {
    hook(exchanger.done, exchanger.total, secondsLeft(exchanger));
  } catch (_) {
    return;
  }
}

/** As long for each half step as for those of this boot; -1: not known. */
function secondsLeft(exchanger: Exchanger): number {
  const clock = exchanger.environment.clock;
  if (!clock || exchanger.ran === 0) return exchanger.done === exchanger.total ? 0 : -1;
  const spent = Math.max(0, clock.now() - exchanger.since);
  return Math.ceil((spent / exchanger.ran) * (exchanger.total - exchanger.done));
}

/** What a board in swap mode puts into its configuration; others do not carry it. */
export interface Swap {
  readonly slots: typeof exchangeSlots;
  readonly open: typeof exchangeOpen;
  readonly bring: typeof exchangeBring;
  readonly resume: typeof exchangeResume;
}

export const swap: Swap = {
  slots: exchangeSlots,
  open: exchangeOpen,
  bring: exchangeBring,
  resume: exchangeResume,
};
