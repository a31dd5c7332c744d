/**
 * Where the content of a slot lies in swap mode: slot 1 is one unit longer than slot 0, and its content lies in one of two
 * windows, each laid out as a slot.
 *
 *   slot 0       | unit 0 | unit 1 | ... | unit N-1 |
 *   slot 1       | unit 0 | unit 1 | ... | unit N-1 | unit N |
 *   low          |<--------- what was exchanged ---->|
 *   high                  |<--------- what is received ----->|
 */
import { flashWindow } from './flash.ts';
import type { Flash } from './flash.ts';
import type { Slots } from './slots.ts';

/** Throws RangeError where two slots cannot be exchanged. */
export function exchangeSlots(first: Flash, second: Flash): Slots {
  const unit = exchangeUnit(first, second);
  return {
    unit: unit,
    units: first.size / unit,
    first: first,
    second: second,
    low: flashWindow(second, 0, first.size),
    high: flashWindow(second, unit, first.size),
  };
}

function exchangeUnit(first: Flash, second: Flash): number {
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
