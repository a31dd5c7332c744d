/** How far each release is in one group. Kept along with each change, so that a gate costs no walk over the fleet. */
import * as Err from '../../agent/err.ts';
import type { WorkRecord, WorkState } from '../contract.ts';
import { isOver, WORK_STATES } from '../inventory/transitions.ts';

export type Counts = Record<WorkState, number>;

export const countsNew = (): Counts => Object.fromEntries(WORK_STATES.map((state) => [state, 0])) as Counts;

interface Tally {
  readonly counts: Counts;
  /** Devices that have it at all. */
  members: number;
  /** They need it no more: it was taken back, or they run something newer. */
  excused: number;
  /** Neither succeeded nor ended otherwise. */
  live: number;
}

const isExcused = ({ state, code, counted }: WorkRecord): boolean =>
  state === 'cancelled' || (state === 'failed' && code === Err.SequenceOld && counted !== true);

/** Of a share, and of a sum that floats: 0.1 * 30 is 3. */
const line = (share: number, devices: number): number => Math.max(0, Math.ceil(share * devices - 1e-9));

export interface Progress {
  readonly counts: Counts;
  readonly devices: number;
  readonly succeeded: number;
  readonly line: number;
}

/** A release is known by its title: one set of software has images for several classes. */
export class GroupTally {
  readonly #share: number;
  readonly #titles = new Map<string, Tally>();
  /** Live, and short of their line. */
  readonly #short = new Set<string>();
  #newest: string | undefined;
  #newestOrder = -1;

  constructor(share: number) {
    this.#share = share;
  }

  changed(before: WorkRecord | undefined, after: WorkRecord | undefined): void {
    if (before) this.#count(before, -1);
    if (after) this.#count(after, 1);
    if (before && before.work.title !== after?.work.title) this.#judge(before.work.title);
    if (after) this.#judge(after.work.title);
  }

  #count(work: WorkRecord, by: 1 | -1): void {
    const { title } = work.work;
    const tally = this.#titles.get(title) ?? { counts: countsNew(), members: 0, excused: 0, live: 0 };
    this.#titles.set(title, tally);
    tally.counts[work.state] += by;
    tally.members += by;
    if (isExcused(work)) tally.excused += by;
    if (!isOver(work.state)) tally.live += by;
    const order = work.order ?? 0;
    if (by < 0 || order < this.#newestOrder) return;
    this.#newest = title;
    this.#newestOrder = order;
  }

  #judge(title: string): void {
    const tally = this.#titles.get(title);
    if (tally && tally.live > 0 && !this.reached(title)) this.#short.add(title);
    else this.#short.delete(title);
    if (tally?.members === 0) this.#titles.delete(title);
  }

  has(title: string): boolean {
    return this.#titles.has(title);
  }

  /** The work that came last is always there: whoever has it has had no other since. */
  get newest(): string | undefined {
    return this.#newest;
  }

  progress(title: string): Progress {
    const { counts, members, excused } = this.#titles.get(title) ?? {
      counts: countsNew(),
      members: 0,
      excused: 0,
    };
    const devices = members - excused;
    return { counts, devices, succeeded: counts.success, line: line(this.#share, devices) };
  }

  reached(title: string): boolean {
    const { succeeded, line: least } = this.progress(title);
    return succeeded >= least;
  }

  /** Whether a release still says something here, to who is about to begin `title`. */
  matters(title: string, about: string): boolean {
    if (title === about) return true;
    const tally = this.#titles.get(title);
    if (tally === undefined) return false;
    return tally.live > 0 || (title === this.newest && !this.has(about));
  }

  /** A release that has not come far enough for others to begin `about`; undefined: there is none. */
  holds(about: string): string | undefined {
    if (this.has(about) && !this.reached(about)) return about;
    const [short] = this.#short;
    if (short !== undefined) return short;
    const { newest } = this;
    return newest !== undefined && !this.has(about) && !this.reached(newest) ? newest : undefined;
  }
}
