/**
 * Sender sequence numbers: each is given once in the life of a key, whatever power does (RFC 8613 section 7.2 and
 * appendix B.1.1). What lasts is a number that none was given from on. It is moved ahead, and has to last, before the
 * first is given that it would not cover; so a reset skips what was ahead, and repeats nothing.
 *
 * Written in the device dialect, like agent/.
 */
import * as Err from '../../agent/err.ts';
import type { SequenceStore } from './ports.ts';

/** Section 7.2.1: below 2^40. */
const SEQUENCE_MAX = 0xffffffffff;
/** One write for so many messages, and so many numbers less with each reset: a wake out of deep sleep is one. */
export const AHEAD: number = 256;

export interface Sequence {
  readonly store: SequenceStore;
  readonly ahead: number;
  /** What is given next; -1: the store cannot tell. */
  next: number;
  /** From here on none may be given, until the store has a higher one. */
  reserved: number;
  /** The first of this power cycle: no other power cycle has the same. */
  readonly first: number;
}

/** Throws where `ahead` is no count. */
export function sequenceNew(store: SequenceStore, ahead: number): Sequence {
  if (!(ahead >= 1 && ahead <= SEQUENCE_MAX)) throw new RangeError('no count of numbers to reserve');
  const read = store.read();
  const first = read >= 0 && read <= SEQUENCE_MAX + 1 ? read : -1;
  return { store: store, ahead: ahead, next: first, reserved: first, first: first };
}

/** Whether a number is there to be given, and `first` is this power cycle's. `Ok`, or `SequenceSpent`. */
export function sequenceReserve(s: Sequence): number {
  if (!(s.next >= 0 && s.next <= SEQUENCE_MAX)) return Err.SequenceSpent;
  if (s.next < s.reserved) return 0;
  let wanted = s.next + s.ahead;
  if (!(wanted <= SEQUENCE_MAX + 1)) wanted = SEQUENCE_MAX + 1;
  if (s.store.write(wanted) !== true) return Err.SequenceSpent;
  s.reserved = wanted;
  return 0;
}

/** The next number, or `SequenceSpent`. */
export function sequenceTake(s: Sequence): number {
  const reserved = sequenceReserve(s);
  if (reserved < 0) return reserved;
  s.next += 1;
  return s.next - 1;
}
