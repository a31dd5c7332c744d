/**
 * Places whose content cannot be relied on: what a cut left undefined, and units that went bad. What they read as is
 * decided at each read, from what they held, what was meant for them, and a seed.
 */
import { random } from '../../hal/node/faults.ts';
import type { BadWay, Reads } from './fault.ts';

/** A range of one device that a cut left undefined. Immutable: states share them. */
export interface Place {
  readonly device: string;
  readonly from: number;
  readonly to: number;
  readonly old: Uint8Array;
  readonly wanted: Uint8Array;
  readonly reads: Reads;
  readonly seed: number;
  /** Whether it may come true later, unread at first: a record of the journal that is not the first of its sector. */
  readonly ripens: boolean;
  /** Boots since the cut; counted to 3, after which nothing changes any more. */
  readonly boots: number;
}

/** A program unit, or a whole sector, that went bad for good. */
export interface BadUnit {
  readonly device: string;
  readonly from: number;
  readonly to: number;
  readonly way: BadWay;
  /** Whether the board was reset since. */
  readonly later: boolean;
}

const BOOTS_MOST = 3;
/** Bytes that share a fate in a place as large as a sector. */
const PATCH = 64;

export const placeBoot = (place: Place): Place =>
  place.reads === 'steady' || place.boots >= BOOTS_MOST ? place : { ...place, boots: place.boots + 1 };

export const badBoot = (bad: BadUnit): BadUnit => (bad.later ? bad : { ...bad, later: true });

export class UncorrectableRead extends Error {
  override readonly name = 'UncorrectableRead';
}

/** One for all: a trace of the stack for each would cost more than the read. */
const UNCORRECTABLE = new UncorrectableRead();

/** What stands between two bytes: some bits of either. */
const mix = (old: number, wanted: number, bits: number): number => old ^ ((old ^ wanted) & bits);

const flicker = (place: Place, into: Uint8Array, start: number, from: number, to: number, nth: number) => {
  const next = random((place.seed * 7919 + place.boots * 104729 + nth * 31) >>> 0);
  if ((next() & 7) === 0) throw UNCORRECTABLE;
  for (let at = from; at < to;) {
    const end = Math.min(to, place.from + (Math.floor((at - place.from) / PATCH) + 1) * PATCH);
    // Old, new, between the two, neither, as it was left.
    const fate = next() % 5;
    for (; at < end; at++) {
      const [old, wanted] = [place.old[at - place.from]!, place.wanted[at - place.from]!];
      if (fate === 0) into[at - start] = old;
      else if (fate === 1) into[at - start] = wanted;
      else if (fate === 2) into[at - start] = mix(old, wanted, next());
      else if (fate === 3) into[at - start] = next() & 0xff;
    }
  }
};

/** Whether a place reads as what was meant for it, at the `nth` read of this boot. */
const asWanted = (place: Place, nth: number): boolean => {
  if (place.reads === 'fades') return place.boots <= 1;
  if (place.reads === 'comes') return place.boots > 1;
  return (nth & 1) === 0;
};

/** Puts into `into`, which was read from `start` on, what a place reads as. Throws where the read fails. */
export const placeRead = (place: Place, into: Uint8Array, start: number, nth: number): void => {
  const from = Math.max(place.from, start);
  const to = Math.min(place.to, start + into.length);
  if (from >= to || place.reads === 'steady') return;
  if (place.reads === 'fails') throw UNCORRECTABLE;
  if (place.reads === 'flicker') flicker(place, into, start, from, to, nth);
  else {
    const content = asWanted(place, nth) ? place.wanted : place.old;
    into.set(content.subarray(from - place.from, to - place.from), from - start);
  }
};

/** The same for a bad unit: one bit of each byte is stuck. */
export const badRead = (bad: BadUnit, into: Uint8Array, start: number): void => {
  const from = Math.max(bad.from, start);
  const to = Math.min(bad.to, start + into.length);
  const reads = bad.way === 'silent' || bad.way === 'ecc' || (bad.way === 'later' && bad.later);
  if (from >= to || !reads) return;
  if (bad.way === 'ecc') throw UNCORRECTABLE;
  for (let at = from; at < to; at++) into[at - start]! ^= 0x04;
};
