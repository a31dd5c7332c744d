/**
 * What the journal says of an exchange. Each change is one record: from the first on the slots have the numbers that
 * they will have at its end, so that nothing but the exchange itself is left to be done.
 */
import { Event, NO_SLOT } from './codes.ts';
import * as Err from './err.ts';
import { Exchange } from './format/state.ts';
import type { State } from './format/state.ts';
import { eventSet, trialEnd } from './revert.ts';
import type { Slots } from './slots.ts';

function other(slot: number): number {
  return slot <= 1 ? 1 - slot : slot;
}

/** What is in slot 0 will be in slot 1, and the other way round. */
function renumber(state: State): void {
  state.confirmed = other(state.confirmed);
  state.trial = other(state.trial);
  state.eventSlot = other(state.eventSlot);
}

/** The range named goes on to mean: all before it is done. */
export function nameSet(state: State, slot: number, offset: number, length: number): void {
  state.nameSlot = slot;
  state.nameOffset = offset;
  state.nameLength = length;
}

export function recordBegin(state: State, exchange: number): void {
  state.exchange = exchange;
  renumber(state);
  nameSet(state, NO_SLOT, 0, 0);
}

/** The begin is not on record: nothing has been touched. */
export function recordCancel(state: State): void {
  state.exchange = Exchange.None;
  renumber(state);
}

/** Both slots hold what they are to hold. Where nothing was kept, the content of slot 1 lies where it lay. */
export function recordEnd(state: State): void {
  if (state.exchange === Exchange.Up) state.secondLow = 1;
  if (state.exchange === Exchange.Down) state.secondLow = 0;
  state.exchange = Exchange.None;
  nameSet(state, NO_SLOT, 0, 0);
}

/** Goes on from unit `unit` without keeping: what was kept so far is no whole image. */
export function recordDrop(state: State, slots: Slots, unit: number): void {
  state.exchange = state.exchange === Exchange.Up ? Exchange.UpOnly : Exchange.DownOnly;
  nameSet(state, 0, unit * slots.unit, slots.unit);
}

/**
 * Slot 0 gets back what was kept of it: from unit `unit` down to the first. The image that was on its way is lost in
 * part, and its trial is over before it began. -1: slot 0 is as it was.
 */
export function recordUndo(state: State, slots: Slots, unit: number, cause: number, now: number): void {
  if (state.trial <= 1) {
    trialEnd(state, Err.ExchangeFailed, cause, now);
    state.eventSlot = 1;
  } else {
    eventSet(state, Event.Fallback, Err.ExchangeFailed, cause, 0);
  }
  state.confirmed = 0;
  state.takeEnd = state.keepEnd;
  state.takeTail = state.keepTail;
  state.exchange = unit < 0 ? Exchange.None : Exchange.DownOnly;
  if (unit < 0) nameSet(state, NO_SLOT, 0, 0);
  else nameSet(state, 0, unit * slots.unit, slots.unit);
}
