/** The two slots, and where the content of each lies. */
import type { FlashPort, Watchdog } from '../hal/ports.ts';
import type { Swap } from './exchange.ts';
import { flashOpen } from './flash.ts';
import type { Flash } from './flash.ts';
import { SECOND_LOW_AT } from './format/layout.ts';
import type { State } from './format/state.ts';

export interface Slots {
  /** Bytes exchanged at a time: the larger erase sector. 0: select mode. */
  readonly unit: number;
  /** Units in slot 0. */
  readonly units: number;
  readonly first: Flash;
  /** The whole of slot 1. */
  readonly second: Flash;
  /** Select mode: both are slot 1. */
  readonly low: Flash;
  readonly high: Flash;
}

/** Throws RangeError where two slots cannot be exchanged. */
export function slotsOpen(
  ports: { readonly slots: readonly [FlashPort, FlashPort] },
  swap: Swap | undefined,
  watchdog: Watchdog | undefined,
): Slots {
  const first = flashOpen(ports.slots[0], watchdog);
  const second = flashOpen(ports.slots[1], watchdog);
  if (swap) return swap.slots(first, second);
  return { unit: 0, units: 0, first: first, second: second, low: second, high: second };
}

/** Slot `slot`, where its content lies now. */
export function slotAt(slots: Slots, state: State, slot: number): Flash {
  if (slot === 0) return slots.first;
  return state[SECOND_LOW_AT] === 1 ? slots.low : slots.high;
}
