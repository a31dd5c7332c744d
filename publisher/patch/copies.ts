/**
 * Finds which parts of the old image stand where in the new one, allowing for bytes that differ: from each exact match
 * that is worth it, forward and back as long as more than half of the bytes agree (Percival, Naive Differences of
 * Executable Code, 2003).
 */
import { suffixesOf } from './suffixes.ts';

export interface Copy {
  readonly fresh: number;
  readonly old: number;
  readonly length: number;
}

export interface CopyOptions {
  /** Shorter copies are dropped. */
  readonly least: number;
  /** A match has to be better by more than this than going on with the copy before. */
  readonly better: number;
}

export interface Match {
  readonly length: number;
  readonly old: number;
}

/** The longest match for each place of `fresh`, by binary search. */
export const copyFinder = (old: Uint8Array, fresh: Uint8Array): ((at: number) => Match) => {
  const { order } = suffixesOf(old);
  const same = (from: number, at: number): number => {
    let n = 0;
    while (from + n < old.length && at + n < fresh.length && old[from + n] === fresh[at + n]) n++;
    return n;
  };
  return (at) => {
    let [low, high] = [0, order.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const from = order[middle]!;
      const n = same(from, at);
      if (from + n >= old.length || (at + n < fresh.length && old[from + n]! < fresh[at + n]!)) low = middle;
      else high = middle;
    }
    const [one, two] = [same(order[low]!, at), same(order[high]!, at)];
    return one > two ? { length: one, old: order[low]! } : { length: two, old: order[high]! };
  };
};

/** How far `agrees(0), agrees(1) ...` goes on with more than half of it true. */
const reach = (most: number, agrees: (at: number) => boolean): number => {
  let [hits, best, length] = [0, 0, 0];
  for (let at = 0; at < most; at++) {
    if (agrees(at)) hits++;
    const score = 2 * hits - (at + 1);
    if (score > best) [best, length] = [score, at + 1];
  }
  return length;
};

/** Where two copies overlap in the new image: how many of the bytes the first one is to keep. */
const divide = (overlap: number, first: (at: number) => boolean, second: (at: number) => boolean): number => {
  let [score, best, kept] = [0, 0, 0];
  for (let at = 0; at < overlap; at++) {
    if (first(at)) score++;
    if (second(at)) score--;
    if (score > best) [best, kept] = [score, at + 1];
  }
  return kept;
};

/** `find` is the finder of the same images. */
export const copiesOf = (
  old: Uint8Array,
  fresh: Uint8Array,
  find: (at: number) => Match,
  { least, better }: CopyOptions,
): Copy[] => {
  if (old.length < 2 || fresh.length === 0) return [];
  const agrees = (shift: number, at: number): boolean =>
    at + shift >= 0 && at + shift < old.length && old[at + shift] === fresh[at];
  const copies: Copy[] = [];
  let begun: Copy = { fresh: 0, old: 0, length: 0 };
  let at = 0;
  let match: Match = { length: 0, old: 0 };
  const close = (end: number, next: number): void => {
    const shift = begun.old - begun.fresh;
    const most = Math.min(end - begun.fresh, old.length - begun.old);
    let length = reach(most, (n) => agrees(shift, begun.fresh + n));
    let back = 0;
    if (at < fresh.length) {
      const most2 = Math.min(at - begun.fresh, match.old);
      back = reach(most2, (n) => old[match.old - 1 - n] === fresh[at - 1 - n]);
      const overlap = begun.fresh + length - (at - back);
      if (overlap > 0) {
        const kept = divide(
          overlap,
          (n) => agrees(shift, begun.fresh + length - overlap + n),
          (n) => agrees(next, at - back + n),
        );
        length += kept - overlap;
        back -= kept;
      }
    }
    if (length >= least) copies.push({ fresh: begun.fresh, old: begun.old, length });
    begun = { fresh: at - back, old: match.old - back, length: 0 };
  };
  let shift = 0;
  while (at < fresh.length) {
    let score = 0;
    at += match.length;
    let counted = at;
    for (; at < fresh.length; at++) {
      match = find(at);
      for (; counted < at + match.length; counted++) if (agrees(shift, counted)) score++;
      if ((match.length === score && match.length > 0) || match.length > score + better) break;
      if (agrees(shift, at)) score--;
    }
    if (match.length === score && at < fresh.length) continue;
    close(at, match.old - at);
    shift = match.old - at;
  }
  return copies;
};
