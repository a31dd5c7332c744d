/**
 * Maintenance windows: on which days, from which minute to which. All arithmetic is in minutes of a week that begins on
 * Monday, 00:00, in the owner's zone; a window that goes over midnight, or over the week's end, is one that is longer.
 */
import { Moment } from '../codes.ts';

export const MINUTES_OF_DAY = 1440;
const DAYS_OF_WEEK = 7;
const MINUTES_OF_WEEK: number = DAYS_OF_WEEK * MINUTES_OF_DAY;
/** 1970-01-01 was a Thursday, the fourth day. */
const EPOCH_MINUTE: number = 3 * MINUTES_OF_DAY;
const BOTH: number = Moment.Receive | Moment.Activate;

export interface MaintenanceWindow {
  /** Bits of `Day`: the days on which it begins. */
  readonly days: number;
  /** Minutes of the day. Where `to` is not after `from` it goes over midnight; where they are equal it is 24 hours. */
  readonly from: number;
  readonly to: number;
  /** What it is for: `Moment.Receive`, `Moment.Activate`, or their sum, which is the default. */
  readonly moments?: number | undefined;
}

/** windowsWait(): none of the windows is for this moment, or one of them is open. */
export const WINDOW_OPEN = 0;
/** windowsWait(): there are windows, and the time is not known. */
export const WINDOW_UNKNOWN = -1;

/** `told`: seconds since 1970, 0 where that is not known. `zone`: minutes. Seconds until a window opens, or one of the above. */
export function windowsWait(
  windows: readonly MaintenanceWindow[],
  zone: number,
  told: number,
  moment: number,
): number {
  let best = WINDOW_UNKNOWN;
  let some = false;
  const minute = Math.floor(told / 60) + zone + EPOCH_MINUTE;
  for (const window of windows) {
    if (((window.moments ?? BOTH) & moment) === 0) continue;
    some = true;
    if (told === 0) continue;
    const wait = windowWait(window, ((minute % MINUTES_OF_WEEK) + MINUTES_OF_WEEK) % MINUTES_OF_WEEK);
    if (wait === 0) return WINDOW_OPEN;
    // The first minute that is in it begins on the full minute.
    const seconds = wait * 60 - (told % 60);
    if (best < 0 || seconds < best) best = seconds;
  }
  return some ? best : WINDOW_OPEN;
}

/** Minutes from `minute` of the week until the window opens; 0: it is open. */
function windowWait(window: MaintenanceWindow, minute: number): number {
  const length = window.to > window.from ? window.to - window.from : window.to - window.from + MINUTES_OF_DAY;
  let best = MINUTES_OF_WEEK;
  for (let day = 0; day < DAYS_OF_WEEK; day++) {
    if ((window.days & (1 << day)) === 0) continue;
    const since = (minute - day * MINUTES_OF_DAY - window.from + MINUTES_OF_WEEK) % MINUTES_OF_WEEK;
    if (since < length) return 0;
    best = Math.min(best, MINUTES_OF_WEEK - since);
  }
  return best;
}
