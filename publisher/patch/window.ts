/** What stands before: matches of each place of the new image in the old one and in the new one so far. */
import { suffixesOf } from './suffixes.ts';
import type { Suffixes } from './suffixes.ts';

/** Neighbours in the suffix array that are looked at, to each side; places of like beginning, nearest first. */
const Neighbours = 24;
const Chain = 16;
const Nearest = 8;
const Least = 3;
const Hashes = 1 << 16;

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

export class Window {
  readonly #old: Uint8Array;
  readonly #fresh: Uint8Array;
  readonly #suffixes: Suffixes;
  /** Places of the old image by hash, each in their order. */
  readonly #starts = new Int32Array(Hashes + 1);
  readonly #places: Int32Array;
  /** The place of the same hash before, of the new image; -1: none. */
  readonly #before: Int32Array;

  constructor(old: Uint8Array, fresh: Uint8Array) {
    this.#old = old;
    this.#fresh = fresh;
    const both = new Uint8Array(old.length + fresh.length);
    both.set(old);
    both.set(fresh, old.length);
    this.#suffixes = suffixesOf(both);
    this.#places = new Int32Array(old.length);
    for (let at = 0; at + Least <= old.length; at++) this.#starts[hashOf(old, at) + 1]!++;
    for (let hash = 0; hash < Hashes; hash++) this.#starts[hash + 1]! += this.#starts[hash]!;
    const next = this.#starts.slice();
    for (let at = 0; at + Least <= old.length; at++) this.#places[next[hashOf(old, at)]!++] = at;
    this.#before = new Int32Array(fresh.length).fill(-1);
    const last = new Int32Array(Hashes).fill(-1);
    for (let at = 0; at + Least <= fresh.length; at++) {
      const hash = hashOf(fresh, at);
      this.#before[at] = last[hash]!;
      last[hash] = at;
    }
  }

  /**
   * Calls back for matches: `old` with a place and a length, `near` with a distance and a length. Those in the old image
   * that are nearest to `around` are among them.
   */
  find(
    at: number,
    around: number,
    most: number,
    old: (from: number, length: number) => void,
    near: (distance: number, length: number) => void,
  ): void {
    const { order, rank, shared } = this.#suffixes;
    const oldSize = this.#old.length;
    const left = this.#fresh.length - at;
    const told = (place: number, length: number): boolean => {
      if (place < oldSize) old(place, Math.min(length, left, oldSize - place));
      else if (place - oldSize < at) near(at - (place - oldSize), Math.min(length, left));
      else return false;
      return true;
    };
    const mine = rank[oldSize + at]!;
    let length = left;
    for (let i = mine, n = 0; i > 0 && n < Neighbours; i--) {
      length = Math.min(length, shared[i]!);
      if (length < Least) break;
      if (told(order[i - 1]!, length)) n++;
    }
    length = left;
    for (let i = mine + 1, n = 0; i < order.length && n < Neighbours; i++) {
      length = Math.min(length, shared[i]!);
      if (length < Least) break;
      if (told(order[i]!, length)) n++;
    }
    if (left < Least) return;
    this.#findNear(at, most, near);
    this.#findOld(at, around, most, old);
  }

  #findNear(at: number, most: number, near: (distance: number, length: number) => void): void {
    let best = 2;
    let place = this.#before[at]!;
    for (let n = 0; place >= 0 && n < Chain; n++) {
      const length = sameLength(this.#fresh, place, this.#fresh, at, most);
      if (length > best) near(at - place, (best = length));
      place = this.#before[place]!;
    }
  }

  #findOld(at: number, around: number, most: number, old: (from: number, length: number) => void): void {
    const hash = hashOf(this.#fresh, at);
    const [from, to] = [this.#starts[hash]!, this.#starts[hash + 1]!];
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]! < around) low = middle + 1;
      else high = middle;
    }
    const walk = (start: number, step: number): void => {
      let best = 2;
      for (let i = start, n = 0; i >= from && i < to && n < Nearest; i += step, n++) {
        const place = this.#places[i]!;
        const length = sameLength(this.#old, place, this.#fresh, at, most);
        if (length > best) old(place, (best = length));
      }
    };
    walk(low, 1);
    walk(low - 1, -1);
  }
}
