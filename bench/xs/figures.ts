/** How the cases are measured, and the rows that most of them have. */
import { row as figure } from '../row.ts';
import type { Row } from '../row.ts';
import { rigRun } from './machine.ts';
import type { Counted, Goal, Memory, Rig } from './machine.ts';
import { leastNeed } from './search.ts';
import type { Need } from './search.ts';

export const KiB = 1024;
export const MOST: Need = { arena: 128 * KiB, stack: 1024 };
/** Room beside the arena, where it is not what is measured. */
export const SPARE: number = 96 * KiB;
/** Where instructions are counted: at twice the memory. */
export const COUNTED: Memory = { arena: 2 * MOST.arena, stack: MOST.stack, ram: 2 * MOST.arena + SPARE };
/** Bytes of envelope that the boards take. These are of 330 bytes: with room for another key. */
export const ENVELOPE = 1024;

export const row = (
  metric: string,
  subject: string,
  value: number | undefined,
  unit: string,
  goal?: number,
): Row =>
  // What does not come through at all meets no goal.
  figure(metric, value ?? Infinity, unit, { board: subject, ...(goal === undefined ? {} : { goal }) });

export const needOf = (rig: Rig, goal: Goal): Promise<Need | undefined> =>
  leastNeed(
    MOST,
    async (need) => (await rigRun(rig, { ...need, ram: need.arena + SPARE }, goal)) !== undefined,
  );

export const arenaRows = (subject: string, need: Need | undefined, goal?: number): Row[] => [
  row('smallest arena', subject, need?.arena, 'bytes', goal),
  row('of it the stack', subject, need && need.stack * 16, 'bytes'),
];

/** Instructions for a KB of image. */
export const eachKiB = (counted: Counted | undefined, image: Uint8Array): number | undefined =>
  counted && Math.round((counted.staged - counted.verified) / (image.length / KiB));
