/** Which devices are under way: in each group, and of each pair. */
import type { DeviceRecord, Instant } from '../contract.ts';
import { isTold } from '../inventory/transitions.ts';

/** Told to begin, and not known how it ended; or on trial, whoever began that. */
export const isUnderWay = ({ begun, report, work }: DeviceRecord): boolean =>
  begun !== undefined ||
  (report !== undefined && report.trial > 0) ||
  (work !== undefined && (isTold(work.state) || work.state === 'trial'));

/** From then on it counts as lost, if nothing is heard. */
const deadline = ({ lastSeen, nextWake, work }: DeviceRecord, patience: number): Instant =>
  Math.max(lastSeen, nextWake, work?.since ?? 0) + patience;

/**
 * Those that are heard of take a place of `together`; the lost take none, or a few that died would hold up a fleet. A walk
 * over the group is made only when one may have become lost since the last one.
 */
export class GroupWay {
  readonly #patience: number;
  readonly #heard = new Map<string, Instant>();
  readonly #lost = new Map<string, Instant>();
  #next: Instant = Infinity;

  constructor(patience: number) {
    this.#patience = patience;
  }

  changed(device: DeviceRecord): void {
    this.#lost.delete(device.id);
    if (!isUnderWay(device)) {
      this.#heard.delete(device.id);
      return;
    }
    const until = deadline(device, this.#patience);
    this.#heard.set(device.id, until);
    this.#next = Math.min(this.#next, until);
  }

  #sweep(now: Instant): void {
    if (now < this.#next) return;
    this.#next = Infinity;
    for (const [id, until] of this.#heard) {
      if (until > now) this.#next = Math.min(this.#next, until);
      else {
        this.#heard.delete(id);
        this.#lost.set(id, until);
      }
    }
  }

  /** Without `but`. */
  count(now: Instant, but = ''): number {
    this.#sweep(now);
    return this.#heard.size - (this.#heard.has(but) ? 1 : 0);
  }

  lost(now: Instant): readonly string[] {
    this.#sweep(now);
    return [...this.#lost.keys()];
  }

  isLost(id: string, now: Instant): boolean {
    this.#sweep(now);
    return this.#lost.has(id);
  }
}

/** The lost keep their place here: while one of two is silent, the other is the one that works. */
export class PairWay {
  readonly #sets = new Map<string, Set<string>[]>();

  constructor(pairs: readonly (readonly string[])[]) {
    for (const pair of pairs) {
      const under = new Set<string>();
      for (const id of pair) this.#sets.set(id, [...(this.#sets.get(id) ?? []), under]);
    }
  }

  changed(device: DeviceRecord): void {
    const under = isUnderWay(device);
    for (const set of this.#sets.get(device.id) ?? []) {
      if (under) set.add(device.id);
      else set.delete(device.id);
    }
  }

  /** A partner that is under way. */
  partner(id: string): string | undefined {
    for (const set of this.#sets.get(id) ?? []) for (const other of set) if (other !== id) return other;
    return undefined;
  }
}
