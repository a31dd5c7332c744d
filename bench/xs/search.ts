/** The least memory with which something comes through. */
export interface Need {
  /** Bytes for slots, chunks and stack of the engine. */
  readonly arena: number;
  /** Slots of the stack, of 16 bytes. */
  readonly stack: number;
}

/** Smallest multiple of `step` from `from` to `to` that holds; `to` is known to. */
export const least = async (
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

/**
 * The stack first, in an arena with room to spare; then the arena, with that stack in it. More stack than is needed would
 * only take from the rest. Undefined where `most` is not enough.
 */
export const leastNeed = async (
  most: Need,
  holds: (need: Need) => Promise<boolean>,
): Promise<Need | undefined> => {
  if (!(await holds(most))) return undefined;
  const stack = await least(64, most.stack, STACK_STEP, (slots) => holds({ ...most, stack: slots }));
  const floor = stack * SLOT + 1024;
  const arena = await least(floor, most.arena, ARENA_STEP, (bytes) => holds({ arena: bytes, stack }));
  return { arena, stack };
};
