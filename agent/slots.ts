/**
 * Where the content of a slot lies: in swap mode slot 1 is one unit longer than slot 0, and its content lies in one of
 * two windows, each laid out as a slot.
 *
 *   slot 0       | unit 0 | unit 1 | ... | unit N-1 |
 *   slot 1       | unit 0 | unit 1 | ... | unit N-1 | unit N |
 *   low          |<--------- what was exchanged ---->|
 *   high                  |<--------- what is received ----->|
 */
import type { FlashPort, Watchdog } from '../hal/ports.ts';
import { flashOpen, flashWindow } from './flash.ts';
import type { Flash } from './flash.ts';
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
  swap: boolean,
  watchdog: Watchdog | undefined,
): Slots {
  const first = flashOpen(ports.slots[0], watchdog);
  const second = flashOpen(ports.slots[1], watchdog);
  if (!swap) return { unit: 0, units: 0, first: first, second: second, low: second, high: second };
  const unit = slotsUnit(first, second);
  return {
    unit: unit,
    units: first.size / unit,
    first: first,
    second: second,
    low: flashWindow(second, 0, first.size),
    high: flashWindow(second, unit, first.size),
  };
}

function slotsUnit(first: Flash, second: Flash): number {
  if (!(first.sectorLength > 0 && second.sectorLength > 0)) {
    throw new RangeError('swap: slots of mixed erase sectors cannot be exchanged');
  }
  if (first.unit !== second.unit || first.erased !== second.erased) {
    throw new RangeError('swap: the slots differ in program unit or erased value');
  }
  const unit = Math.max(first.sectorLength, second.sectorLength);
  if (unit % first.sectorLength !== 0 || unit % second.sectorLength !== 0) {
    throw new RangeError(
      `swap: erase sectors of ${first.sectorLength} and ${second.sectorLength} bytes have no common unit`,
    );
  }
  if (first.size % unit !== 0) {
    throw new RangeError(`swap: slot 0 of ${first.size} bytes is not whole units of ${unit}`);
  }
  if (second.size !== first.size + unit) {
    throw new RangeError(`swap: slot 1 has ${second.size} bytes: must have ${first.size + unit}`);
  }
  return unit;
}

/** Slot `slot`, where its content lies now. */
export function slotAt(slots: Slots, state: State, slot: number): Flash {
  if (slot === 0) return slots.first;
  return state.secondLow === 1 ? slots.low : slots.high;
}
