/**
 * The least that a source may give: so many bytes in so long. A server that gives a byte now and then keeps a device
 * awake for as long as it likes, and no time-out for silence ends that. Only time in which the source was waited for
 * counts: a device that is slow to read is not held against the server. It has no clock; it is told the time that went.
 */
export interface RateFloor {
  /** 0: none. */
  readonly bytes: number;
  /** Milliseconds in which they are to come. */
  readonly window: number;
}

/** 1 KiB a minute: a tenth of what a link of a hundred bytes a second gives. */
export const RATE: RateFloor = { bytes: 1024, window: 60000 };

export interface Rate {
  readonly floor: RateFloor;
  waited: number;
  bytes: number;
}

export const rateNew = (floor: RateFloor): Rate => ({ floor: floor, waited: 0, bytes: 0 });

/** A new source, or a new connection to it: what went before is not held against it. */
export function rateReset(rate: Rate): void {
  rate.waited = 0;
  rate.bytes = 0;
}

/** `bytes` came after `milliseconds` of waiting. False: too slow. */
export function rateHolds(rate: Rate, milliseconds: number, bytes: number): boolean {
  rate.waited += milliseconds;
  rate.bytes += bytes;
  if (rate.waited < rate.floor.window) return true;
  const holds = rate.bytes >= rate.floor.bytes;
  rateReset(rate);
  return holds;
}
