/** What stands before: matches of each place of the new image in the old one and in the new one so far. */
import { numbers, suffixesOf } from './suffixes.ts';
import type { Suffixes } from './suffixes.ts';

/** Neighbours in the suffix array that are looked at, to each side; places of like beginning, nearest first. */
const Neighbours = 24;
const Chain = 16;
const Nearest = 8;
const Least = 3;
const Hashes = 1 << 16;
const MatchesMax = 2 * Neighbours + Chain + 2 * Nearest;

const hashOf = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! * 0x9e5f + bytes[at + 1]! * 0x3d4d + bytes[at + 2]! * 0x1f1f1) & (Hashes - 1);

export const sameLength = (
  one: Uint8Array,
  from: number,
  other: Uint8Array,
  at: number,
  most: number,
): number => {
  const end = Math.min(most, one.length - from, other.length - at);
  let n = 0;
  while (n < end && one[from + n] === other[at + n]) n++;
  return n;
};

/** What is looked up: made once for two images, and shared between threads. */
export interface WindowTables {
  readonly suffixes: Suffixes;
  /** Places of the old image by hash, each in their order. */
  readonly starts: Int32Array;
  readonly places: Int32Array;
  /** The place of the same hash before, of the new image; -1: none. */
  readonly before: Int32Array;
}

export const windowTables = (old: Uint8Array, fresh: Uint8Array): WindowTables => {
  const both = new Uint8Array(old.length + fresh.length);
  both.set(old);
  both.set(fresh, old.length);
  const suffixes = suffixesOf(both);
  const starts = numbers(Hashes + 1);
  const places = numbers(old.length);
  for (let at = 0; at + Least <= old.length; at++) starts[hashOf(old, at) + 1]!++;
  for (let hash = 0; hash < Hashes; hash++) starts[hash + 1]! += starts[hash]!;
  const next = starts.slice();
  for (let at = 0; at + Least <= old.length; at++) places[next[hashOf(old, at)]!++] = at;
  const before = numbers(fresh.length).fill(-1);
  const last = new Int32Array(Hashes).fill(-1);
  for (let at = 0; at + Least <= fresh.length; at++) {
    const hash = hashOf(fresh, at);
    before[at] = last[hash]!;
    last[hash] = at;
  }
  return { suffixes, starts, places, before };
};

/** Matches of one place, in the order in which they were found. */
export class Matches {
  count = 0;
  /** 1: of the old image, `places` are places; 0: of the new one, they are distances. */
  readonly old: Uint8Array = new Uint8Array(MatchesMax);
  readonly places: Int32Array = new Int32Array(MatchesMax);
  readonly lengths: Int32Array = new Int32Array(MatchesMax);

  add(old: number, place: number, length: number): void {
    this.old[this.count] = old;
    this.places[this.count] = place;
    this.lengths[this.count] = length;
    this.count++;
  }
}

export class Window {
  readonly #old: Uint8Array;
  readonly #fresh: Uint8Array;
  readonly #tables: WindowTables;

  constructor(old: Uint8Array, fresh: Uint8Array, tables: WindowTables = windowTables(old, fresh)) {
    this.#old = old;
    this.#fresh = fresh;
    this.#tables = tables;
  }

  /** Finds matches. Those in the old image that are nearest to `around` are among them. */
  find(at: number, around: number, most: number, into: Matches): void {
    into.count = 0;
    this.#findSorted(at, -1, into);
    this.#findSorted(at, 1, into);
    if (this.#fresh.length - at < Least) return;
    this.#findNear(at, most, into);
    this.#findOld(at, around, most, into);
  }

  /** Goes up or down from the place's own suffix. */
  #findSorted(at: number, step: number, into: Matches): void {
    const { order, rank, shared } = this.#tables.suffixes;
    const oldSize = this.#old.length;
    const left = this.#fresh.length - at;
    const up = step > 0 ? 0 : 1;
    let length = left;
    let n = 0;
    for (let i = rank[oldSize + at]! + step; i >= 0 && i < order.length && n < Neighbours; i += step) {
      length = Math.min(length, shared[i + up]!);
      if (length < Least) return;
      const place = order[i]!;
      if (place < oldSize) into.add(1, place, Math.min(length, oldSize - place));
      else if (place < oldSize + at) into.add(0, at - (place - oldSize), length);
      else continue;
      n++;
    }
  }

  #findNear(at: number, most: number, into: Matches): void {
    const { before } = this.#tables;
    let best = Least - 1;
    let place = before[at]!;
    for (let n = 0; place >= 0 && n < Chain; n++) {
      const length = sameLength(this.#fresh, place, this.#fresh, at, most);
      if (length > best) into.add(0, at - place, (best = length));
      place = before[place]!;
    }
  }

  #findOld(at: number, around: number, most: number, into: Matches): void {
    const { starts, places } = this.#tables;
    const hash = hashOf(this.#fresh, at);
    const from = starts[hash]!;
    const to = starts[hash + 1]!;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]! < around) low = middle + 1;
      else high = middle;
    }
    this.#walk(at, most, low, Math.min(to, low + Nearest), 1, into);
    this.#walk(at, most, low - 1, Math.max(from - 1, low - 1 - Nearest), -1, into);
  }

  #walk(at: number, most: number, from: number, to: number, step: number, into: Matches): void {
    const { places } = this.#tables;
    let best = Least - 1;
    for (let i = from; i !== to; i += step) {
      const place = places[i]!;
      const length = sameLength(this.#old, place, this.#fresh, at, most);
      if (length > best) into.add(1, place, (best = length));
    }
  }
}
