/**
 * What the journal says of an exchange. Each change is one record: from the first on the slots have the numbers that
 * they will have at its end, so that nothing but the exchange itself is left to be done.
 */
import { Event, NO_SLOT } from './codes.ts';
import * as Err from './err.ts';
import { Exchange, stateGet, stateSet } from './format/state.ts';
import {
  CONFIRMED_AT,
  EVENT_SLOT_AT,
  EXCHANGE_AT,
  KEEP_END_AT,
  KEEP_TAIL_AT,
  NAME_LENGTH_AT,
  NAME_OFFSET_AT,
  NAME_SLOT_AT,
  SECOND_LOW_AT,
  TAKE_END_AT,
  TAKE_TAIL_AT,
  TRIAL_AT,
} from './format/layout.ts';
import type { State } from './format/state.ts';
import { eventSet, trialEnd } from './revert.ts';
import type { Slots } from './slots.ts';

function other(slot: number): number {
  return slot <= 1 ? 1 - slot : slot;
}

/** What is in slot 0 will be in slot 1, and the other way round. */
function renumber(state: State): void {
  state[CONFIRMED_AT] = other(state[CONFIRMED_AT]!);
  state[TRIAL_AT] = other(state[TRIAL_AT]!);
  state[EVENT_SLOT_AT] = other(state[EVENT_SLOT_AT]!);
}

/** The range named goes on to mean: all before it is done. */
export function nameSet(state: State, slot: number, offset: number, length: number): void {
  state[NAME_SLOT_AT] = slot;
  stateSet(state, NAME_OFFSET_AT, offset);
  stateSet(state, NAME_LENGTH_AT, length);
}

export function recordBegin(state: State, exchange: number): void {
  state[EXCHANGE_AT] = exchange;
  renumber(state);
  nameSet(state, NO_SLOT, 0, 0);
}

/** The begin is not on record: nothing has been touched. */
export function recordCancel(state: State): void {
  state[EXCHANGE_AT] = Exchange.None;
  renumber(state);
}

/** Both slots hold what they are to hold. Where nothing was kept, the content of slot 1 lies where it lay. */
export function recordEnd(state: State): void {
  if (state[EXCHANGE_AT] === Exchange.Up) state[SECOND_LOW_AT] = 1;
  if (state[EXCHANGE_AT] === Exchange.Down) state[SECOND_LOW_AT] = 0;
  state[EXCHANGE_AT] = Exchange.None;
  nameSet(state, NO_SLOT, 0, 0);
}

/** Goes on from unit `unit` without keeping: what was kept so far is no whole image. */
export function recordDrop(state: State, slots: Slots, unit: number): void {
  state[EXCHANGE_AT] = state[EXCHANGE_AT] === Exchange.Up ? Exchange.UpOnly : Exchange.DownOnly;
  nameSet(state, 0, unit * slots.unit, slots.unit);
}

/**
 * Slot 0 gets back what was kept of it: from unit `unit` down to the first. The image that was on its way is lost in
 * part, and its trial is over before it began. -1: slot 0 is as it was.
 */
export function recordUndo(state: State, slots: Slots, unit: number, cause: number, now: number): void {
  if (state[TRIAL_AT]! <= 1) {
    trialEnd(state, Err.ExchangeFailed, cause, now);
    state[EVENT_SLOT_AT] = 1;
  } else {
    eventSet(state, Event.Fallback, Err.ExchangeFailed, cause, 0);
  }
  state[CONFIRMED_AT] = 0;
  stateSet(state, TAKE_END_AT, stateGet(state, KEEP_END_AT));
  stateSet(state, TAKE_TAIL_AT, stateGet(state, KEEP_TAIL_AT));
  state[EXCHANGE_AT] = unit < 0 ? Exchange.None : Exchange.DownOnly;
  if (unit < 0) nameSet(state, NO_SLOT, 0, 0);
  else nameSet(state, 0, unit * slots.unit, slots.unit);
}
