/**
 * The store of sender sequence numbers over a source of numbers that only rise, whatever power does: the ledger of
 * hal/identity, on flash. Each of its numbers stands for `each` sender sequence numbers. What reports take of them is
 * skipped.
 *
 * Written in the device dialect, like agent/.
 */
import type { Ledger } from '../identity/ledger.ts';
import type { SequenceStore } from './ports.ts';

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface NumberedStore extends SequenceStore {
  readonly numbers: Pick<Ledger, 'next'>;
  readonly each: number;
  /** The last number that was given; 0: none yet; below 0: the source failed. */
  last: number;
}

/** A number that was not given before stands for sender sequence numbers that were not used: `write` below sees to it. */
function read(this: NumberedStore): number {
  this.last = this.numbers.next();
  return this.last > 0 ? this.last * this.each : -1;
}

/** What is given at the next boot is above the last that was given now. */
function write(this: NumberedStore, next: number): boolean {
  while (this.last > 0 && (this.last + 1) * this.each < next) {
    const number = this.numbers.next();
    // It does not rise, or fails: no number is given any more.
    this.last = number > this.last ? number : -1;
  }
  return this.last > 0;
}

/**
 * A context over it never counts as new: its first request in each power cycle is asked for an Echo. One store for one
 * context; several may have the same ledger. Throws where `each` is no count.
 */
export function numberedStore(numbers: Pick<Ledger, 'next'>, each: number): SequenceStore {
  if (!(each >= 1)) throw new RangeError('no count of numbers');
  const made: NumberedStore = { numbers: numbers, each: each, last: 0, read: read, write: write };
  return made;
}
