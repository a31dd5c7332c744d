/** The two slots, and where the content of each lies. */
import type { FlashPort, Watchdog } from '../hal/ports.ts';
import type { Swap } from './exchange.ts';
import { flashOpen } from './flash.ts';
import type { Flash } from './flash.ts';
import { SECOND_LOW_AT } from './format/layout.ts';
import type { State } from './format/state.ts';

export interface Slots {
  readonly first: Flash;
  /** Slot 1; in swap mode the part of it that an update is written to. */
  readonly high: Flash;
  /** Bytes exchanged at a time: the larger erase sector. 0: select mode, which has nothing of what follows. */
  readonly unit: number;
  /** Units in slot 0. */
  readonly units: number;
  /** The whole of slot 1. */
  readonly second: Flash;
  readonly low: Flash;
}

/** A prototype, which lies in flash. */
const SELECT = { unit: 0, units: 0 };

/** Throws RangeError where two slots cannot be exchanged. */
export function slotsOpen(
  ports: { readonly slots: readonly [FlashPort, FlashPort] },
  swap: Swap | undefined,
  watchdog: Watchdog | undefined,
): Slots {
  const first = flashOpen(ports.slots[0], watchdog);
  const second = flashOpen(ports.slots[1], watchdog);
  if (swap) return swap.slots(first, second);
  const slots = Object.create(SELECT) as { -readonly [Name in keyof Slots]: Slots[Name] };
  slots.first = first;
  slots.high = second;
  return slots;
}

/** Slot `slot`, where an update is received: where an exchange takes it from, wherever the content of slot 1 lies now. */
export function slotReceiving(slots: Slots, slot: number): Flash {
  return slot === 0 ? slots.first : slots.high;
}

/** Slot `slot`, where its content lies now. */
export function slotAt(slots: Slots, state: State, slot: number): Flash {
  if (slot === 0) return slots.first;
  return slots.unit > 0 && state[SECOND_LOW_AT] === 1 ? slots.low : slots.high;
}
