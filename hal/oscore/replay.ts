/**
 * The window in front of a recipient context: which partial IVs were received (RFC 8613 section 7.4, RFC 6347 section
 * 4.1.2.6). 32 numbers wide.
 *
 * Written in the device dialect, like agent/.
 */

const WIDTH = 32;

export interface ReplayWindow {
  /** False after a reset: what came before it is not known any more (appendix B.1.2). */
  valid: boolean;
  /** The highest number received; -1: none. */
  highest: number;
  /** Bit n: `highest` - n was received. */
  seen: number;
}

export function replayNew(valid: boolean): ReplayWindow {
  return { valid: valid, highest: -1, seen: 0 };
}

/** Whether that number was not received, and is not too old to tell. */
export function replayFresh(w: ReplayWindow, number: number): boolean {
  const behind = w.highest - number;
  if (behind < 0) return true;
  return behind < WIDTH && ((w.seen >>> behind) & 1) === 0;
}

export function replayMark(w: ReplayWindow, number: number): void {
  const ahead = number - w.highest;
  if (ahead > 0) {
    // A shift by 32 would be one by 0.
    w.seen = ahead < WIDTH ? (w.seen << ahead) | 1 : 1;
    w.highest = number;
  } else if (-ahead < WIDTH) w.seen |= 1 << -ahead;
}

/** The window begins behind that number: all up to it counts as received. */
export function replayFrom(w: ReplayWindow, number: number): void {
  w.valid = true;
  w.highest = number;
  w.seen = -1;
}
