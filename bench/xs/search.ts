/** The least memory with which a case comes through. */
import { rigRun } from './machine.ts';
import type { Goal, Memory, Rig } from './machine.ts';

/** Smallest multiple of `step` from `from` to `to` that holds; `to` is known to. */
const least = async (
  from: number,
  to: number,
  step: number,
  holds: (value: number) => Promise<boolean>,
): Promise<number> => {
  let [low, high] = [Math.floor(from / step), Math.ceil(to / step)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await holds(middle * step)) high = middle;
    else low = middle + 1;
  }
  return high * step;
};

const STACK_STEP = 16;
const ARENA_STEP = 256;
const SLOT = 16;

export interface Most {
  readonly arena: number;
  readonly stack: number;
}

/**
 * The stack first, in an arena with room to spare, then the arena with that stack in it. What is left over is given to
 * neither: more stack than needed only takes from the rest.
 */
export const leastMemory = async (rig: Rig, goal: Goal, most: Most): Promise<Memory | undefined> => {
  const ram = most.arena * 2 + 64 * 1024;
  const holds = async (memory: Memory): Promise<boolean> => (await rigRun(rig, memory, goal)) !== undefined;
  if (!(await holds({ ...most, ram }))) return undefined;
  const stack = await least(32, most.stack, STACK_STEP, (slots) =>
    holds({ arena: most.arena, stack: slots, ram }),
  );
  const floor = stack * SLOT + 1024;
  const arena = await least(floor, most.arena, ARENA_STEP, (bytes) => holds({ arena: bytes, stack, ram }));
  return { arena, stack, ram };
};
