/** A timekeeper over a clock that a test moves, and a record that outlives its resets. */
import { timekeeperOpen } from '../../hal/time/index.ts';
import type { Timekeeper, TimekeeperOptions } from '../../hal/time/index.ts';
import { memory } from '../moment/_moment.ts';
import type { Memory } from '../moment/_moment.ts';

export interface Rig {
  /** The board's own clock. */
  own: number;
  readonly keep: Memory;
  time: Timekeeper;
  /** The board's own clock starts anew. */
  boot(): void;
  offer(rank: number, seconds: number): number;
}

export const rigOpen = (options: TimekeeperOptions = {}): Rig => {
  const rig: Rig = {
    own: 0,
    keep: memory(),
    time: undefined as unknown as Timekeeper,
    boot() {
      rig.own = 0;
      rig.time = timekeeperOpen(() => rig.own, options, rig.keep);
    },
    offer: (rank, seconds) => rig.time.offer(rank, seconds, rig.own),
  };
  rig.boot();
  return rig;
};
