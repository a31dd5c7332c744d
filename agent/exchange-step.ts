/**
 * The half steps of an exchange, in their order: 2 for each unit. The first keeps the unit of slot 0 in slot 1, the
 * second fills it with that of slot 1, which then is free to keep the next one:
 *
 *   up, units ascending       keep: slot 0 [i] → slot 1 [i]        take: slot 1 [i+1] → slot 0 [i]
 *   down, units descending    keep: slot 0 [i] → slot 1 [i+1]      take: slot 1 [i] → slot 0 [i]
 */
import { Exchange, stateGet } from './format/state.ts';
import {
  EXCHANGE_AT,
  KEEP_END_AT,
  KEEP_TAIL_AT,
  NAME_LENGTH_AT,
  NAME_OFFSET_AT,
  NAME_SLOT_AT,
  TAKE_END_AT,
  TAKE_TAIL_AT,
} from './format/layout.ts';
import type { State } from './format/state.ts';
import type { Move } from './exchange-move.ts';
import type { Slots } from './slots.ts';

export const Half = { Keep: 0, Take: 1 } as const;

export function goesUp(state: State): boolean {
  return state[EXCHANGE_AT] === Exchange.Up || state[EXCHANGE_AT] === Exchange.UpOnly;
}

export function keeps(state: State): boolean {
  return state[EXCHANGE_AT] === Exchange.Up || state[EXCHANGE_AT] === Exchange.Down;
}

export function stepHalf(step: number): number {
  return step % 2;
}

export function stepUnit(slots: Slots, state: State, step: number): number {
  const place = Math.floor(step / 2);
  return goesUp(state) ? place : slots.units - 1 - place;
}

/** The unit of slot `slot` that a half step erases and fills. */
function stepTarget(state: State, unit: number, half: number): number {
  return half === Half.Keep && !goesUp(state) ? unit + 1 : unit;
}

/** Whether a half step moves anything: units between image and tail are left as they are. */
export function stepMoves(slots: Slots, state: State, step: number): boolean {
  const half = stepHalf(step);
  if (half === Half.Keep && !keeps(state)) return false;
  const from = stepUnit(slots, state, step) * slots.unit;
  const end = stateGet(state, half === Half.Keep ? KEEP_END_AT : TAKE_END_AT);
  const tail = stateGet(state, half === Half.Keep ? KEEP_TAIL_AT : TAKE_TAIL_AT);
  return from < end || from + slots.unit > tail;
}

/** Half steps from `from` up to, and without, `to` that move something. */
export function stepCount(slots: Slots, state: State, from: number, to: number): number {
  let count = 0;
  for (let step = from; step < to; step++) if (stepMoves(slots, state, step)) count++;
  return count;
}

/** The slot a half step writes, and where. What is named is that range. */
export function stepSlot(step: number): number {
  return stepHalf(step) === Half.Keep ? 1 : 0;
}

export function stepOffset(slots: Slots, state: State, step: number): number {
  return stepTarget(state, stepUnit(slots, state, step), stepHalf(step)) * slots.unit;
}

/** The half step that the journal names: the first, where it names none; -1: what it names is no half step. */
export function stepNamed(slots: Slots, state: State): number {
  if (stateGet(state, NAME_LENGTH_AT) === 0) return 0;
  for (let step = 0; step < 2 * slots.units; step++) {
    if (stepIsNamed(slots, state, step)) return step;
  }
  return -1;
}

export function stepIsNamed(slots: Slots, state: State, step: number): boolean {
  return (
    stateGet(state, NAME_LENGTH_AT) === slots.unit &&
    state[NAME_SLOT_AT] === stepSlot(step) &&
    stateGet(state, NAME_OFFSET_AT) === stepOffset(slots, state, step)
  );
}

/** Sets a move to what a half step moves. */
export function stepSet(slots: Slots, state: State, step: number, move: Move): void {
  const unit = stepUnit(slots, state, step);
  const keep = stepHalf(step) === Half.Keep;
  const start = unit * slots.unit;
  move.from = keep ? slots.first : slots.second;
  move.to = keep ? slots.second : slots.first;
  move.fromAt = keep || !goesUp(state) ? start : start + slots.unit;
  move.toAt = stepOffset(slots, state, step);
  move.length = slots.unit;
  move.end = stateGet(state, keep ? KEEP_END_AT : TAKE_END_AT) - start;
  move.tail = stateGet(state, keep ? KEEP_TAIL_AT : TAKE_TAIL_AT) - start;
}
