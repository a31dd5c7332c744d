/**
 * A link for datagrams with two ends, in virtual time: it loses, delays, repeats, reorders and alters them, the same for
 * the same seed. Times are milliseconds; nothing happens but by the calls.
 *
 *   send(0, …) ─► waits its turn ─► lost? altered? repeated? held back? ─► in flight ─► take() at end 1
 */
import { random } from '../../hal/node/faults.ts';

/** What a link does. Shares are in 0..1, of the datagrams in each direction. */
export interface LinkFaults {
  loss?: number;
  /** Arrive twice. */
  repeat?: number;
  /** Arrive later than what was sent behind them, by up to four delays. */
  reorder?: number;
  /** Arrive with a bit flipped, or cut short. */
  corrupt?: number;
}

export interface LinkOptions extends LinkFaults {
  readonly seed: number;
  /** From one end to the other, without the time to send it. Default 0. */
  readonly delay?: number;
  /** Added at random, up to so much. Default 0. */
  readonly jitter?: number;
  /** Bytes a second in each direction; default without limit. */
  readonly rate?: number;
  /** Longer datagrams are lost. Default without limit. */
  readonly mtu?: number;
}

export type End = 0 | 1;

export interface Datagram {
  readonly to: End;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface LinkCounts {
  sent: number;
  bytes: number;
  delivered: number;
  lost: number;
  repeated: number;
  reordered: number;
  corrupted: number;
  /** Over the MTU. */
  tooLong: number;
}

export interface Link {
  /** The bytes are copied. */
  send(from: End, bytes: Uint8Array, now: number): void;
  /** When the next one arrives; Infinity where none is in flight. */
  next(): number;
  /** What has arrived by now, the earliest first. */
  take(now: number): Datagram | undefined;
  /** Changes what it does from now on. */
  faults: Required<LinkFaults>;
  readonly counts: LinkCounts;
}

const Whole = 2 ** 32;
const HeldBack = 4;

export const createLink = (options: LinkOptions): Link => {
  const draw = random(options.seed);
  const share = (): number => draw() / Whole;
  const happens = (chance: number): boolean => share() < chance;
  const delay = options.delay ?? 0;
  const free = [0, 0];
  const flying: (Datagram & { readonly order: number })[] = [];
  let order = 0;
  const counts: LinkCounts = {
    sent: 0,
    bytes: 0,
    delivered: 0,
    lost: 0,
    repeated: 0,
    reordered: 0,
    corrupted: 0,
    tooLong: 0,
  };

  const corrupted = (bytes: Uint8Array): Uint8Array => {
    if (!happens(link.faults.corrupt) || bytes.length === 0) return bytes;
    counts.corrupted++;
    if (happens(0.25)) return bytes.slice(0, draw() % bytes.length);
    const copy = bytes.slice();
    const bit = draw() % (bytes.length * 8);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  };

  const fly = (to: End, bytes: Uint8Array, left: number): void => {
    let at = left + delay + share() * (options.jitter ?? 0);
    if (happens(link.faults.reorder)) {
      counts.reordered++;
      at += (0.1 + share()) * HeldBack * Math.max(delay, 1);
    }
    const after = flying.findIndex((one) => one.at > at);
    flying.splice(after < 0 ? flying.length : after, 0, { to, bytes: corrupted(bytes), at, order: order++ });
  };

  const link: Link = {
    faults: {
      loss: options.loss ?? 0,
      repeat: options.repeat ?? 0,
      reorder: options.reorder ?? 0,
      corrupt: options.corrupt ?? 0,
    },
    counts,
    send(from, bytes, now) {
      counts.sent++;
      counts.bytes += bytes.length;
      const left =
        Math.max(now, free[from]!) + (options.rate === undefined ? 0 : (bytes.length * 1000) / options.rate);
      free[from] = left;
      if (options.mtu !== undefined && bytes.length > options.mtu) {
        counts.tooLong++;
        return;
      }
      if (happens(link.faults.loss)) {
        counts.lost++;
        return;
      }
      const to: End = from === 0 ? 1 : 0;
      const copy = bytes.slice();
      fly(to, copy, left);
      if (!happens(link.faults.repeat)) return;
      counts.repeated++;
      // Of its own: whoever takes a datagram may write over it.
      fly(to, bytes.slice(), left);
    },
    next: () => flying[0]?.at ?? Infinity,
    take(now) {
      const first = flying[0];
      if (first === undefined || first.at > now) return undefined;
      flying.shift();
      counts.delivered++;
      return first;
    },
  };
  return link;
};

/** What is at an end of the link. */
export interface Party {
  receive(bytes: Uint8Array, now: number): void;
  /** Does what is due, and says when it wants to be called again. */
  tick(now: number): number;
}

/** Lets time pass until `done`, or until nothing is left to happen, or until `end`. Returns the time it has become. */
export const runLink = (
  link: Link,
  parties: readonly [Party, Party],
  done: () => boolean,
  start: number = 0,
  end: number = Infinity,
): number => {
  let now = start;
  while (!done()) {
    const due = Math.min(parties[0].tick(now), parties[1].tick(now), link.next());
    if (done() || due === Infinity) return now;
    // A party that wants to be called at once is called again in the next millisecond.
    now = due > now ? due : link.next() <= now ? now : now + 1;
    if (now > end) return end;
    for (let datagram = link.take(now); datagram; datagram = link.take(now))
      parties[datagram.to].receive(datagram.bytes, now);
  }
  return now;
};
