/** Suffix array by doubling (Manber and Myers 1990, with the counting sort of Larsson and Sadakane), and its prefixes. */

/** Zeros that threads can share. */
export const numbers = (count: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));

export interface Suffixes {
  /** Offsets in the order of what follows them. */
  readonly order: Int32Array;
  /** The inverse. */
  readonly rank: Int32Array;
  /** How many bytes the suffix of each rank shares with that of the rank before. */
  readonly shared: Int32Array;
}

/** Ranks from 1 by the first two bytes. The last suffix has no second one: it is before all that begin like it. */
const firstRanks = (bytes: Uint8Array): Int32Array => {
  const n = bytes.length;
  const ranks = new Int32Array(n);
  for (let at = 0; at < n; at++) ranks[at] = bytes[at]! * 257 + (at + 1 < n ? bytes[at + 1]! + 1 : 0);
  return ranks;
};

const sortBy = (rank: Int32Array, from: Int32Array, counts: Int32Array, into: Int32Array): void => {
  counts.fill(0);
  for (const one of rank) counts[one]!++;
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  for (let i = from.length - 1; i >= 0; i--) into[--counts[rank[from[i]!]!]!] = from[i]!;
};

const orderOf = (bytes: Uint8Array): { order: Int32Array; rank: Int32Array } => {
  const n = bytes.length;
  const order = numbers(n);
  let rank: Int32Array = firstRanks(bytes);
  const second = new Int32Array(n);
  for (let at = 0; at < n; at++) second[at] = at;
  sortBy(rank, second, new Int32Array(256 * 257 + 257), order);
  let next: Int32Array = new Int32Array(n);
  let ranks = 1;
  const rerank = (half: number): void => {
    const behind = (at: number): number => (half > 0 && at + half < n ? rank[at + half]! : 0);
    ranks = 1;
    next[order[0]!] = 1;
    for (let i = 1; i < n; i++) {
      const [one, before] = [order[i]!, order[i - 1]!];
      if (rank[one] !== rank[before] || behind(one) !== behind(before)) ranks++;
      next[one] = ranks;
    }
    [rank, next] = [next, rank];
  };
  rerank(0);
  for (let half = 2; ranks < n; half *= 2) {
    let filled = 0;
    for (let at = Math.max(0, n - half); at < n; at++) second[filled++] = at;
    for (const at of order) if (at >= half) second[filled++] = at - half;
    sortBy(rank, second, new Int32Array(ranks + 1), order);
    rerank(half);
  }
  const inverse = numbers(n);
  for (let at = 0; at < n; at++) inverse[at] = rank[at]! - 1;
  return { order, rank: inverse };
};

/** Kasai et al. 2001. */
const sharedOf = (bytes: Uint8Array, order: Int32Array, rank: Int32Array): Int32Array => {
  const n = bytes.length;
  const shared = numbers(n);
  let same = 0;
  for (let at = 0; at < n; at++) {
    if (rank[at] === 0) {
      same = 0;
      continue;
    }
    const before = order[rank[at]! - 1]!;
    while (at + same < n && before + same < n && bytes[at + same] === bytes[before + same]) same++;
    shared[rank[at]!] = same;
    if (same > 0) same--;
  }
  return shared;
};

export const suffixesOf = (bytes: Uint8Array): Suffixes => {
  if (bytes.length === 0)
    return { order: new Int32Array(0), rank: new Int32Array(0), shared: new Int32Array(0) };
  const { order, rank } = orderOf(bytes);
  return { order, rank, shared: sharedOf(bytes, order, rank) };
};
