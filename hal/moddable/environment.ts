/** Clock and reset cause of a board under the Moddable SDK. */
import { Reset } from '../../agent/codes.ts';
import type { Clock } from '../ports.ts';
import type { SdkTime } from './sdk.ts';

/** Of the module "resetReason" (ESP32): its `reason`, which is ESP-IDF's esp_reset_reason_t. */
const SOFTWARE = 3;
const REASONS: readonly number[] = [
  Reset.Unknown,
  Reset.Power,
  Reset.Pin,
  Reset.Crash, // software, without a mark
  Reset.Crash, // panic
  Reset.Watchdog, // interrupt watchdog
  Reset.Watchdog, // task watchdog
  Reset.Watchdog, // another one
  Reset.Wake,
  Reset.BrownOut,
  Reset.Unknown, // SDIO
];

/**
 * The agent's cause for ESP-IDF's reason. When a script fails, or memory runs out, XS ends in a software reset too: it is
 * a requested one only if `requested` says so, a mark that `Environment.reset` left and that each boot takes away.
 */
export function moddableResetCause(reason: number, requested: boolean): number {
  if (reason === SOFTWARE && requested) return Reset.Requested;
  return REASONS[reason] ?? Reset.Unknown;
}

/** Seconds since the start, from milliseconds in 32 bits: asked at least once in 24 days, it goes on over their wrap. */
export function moddableClock(time: SdkTime): Clock {
  let last = time.ticks | 0;
  let seconds = 0;
  let rest = 0;
  return {
    now: () => {
      const ticks = time.ticks | 0;
      const passed = (ticks - last) | 0;
      // A clock that goes back stands still.
      if (passed > 0) {
        rest += passed;
        last = ticks;
        const full = (rest - (rest % 1000)) / 1000;
        seconds += full;
        rest -= full * 1000;
      }
      return seconds;
    },
    trusted: () => false,
  };
}
