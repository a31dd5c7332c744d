/** The least memory with which something comes through. */
export interface Need {
  /** Bytes for slots, chunks and stack of the engine. */
  readonly arena: number;
  /** Slots of the stack, of 16 bytes. */
  readonly stack: number;
}

/**
 * Smallest multiple of `step` from `from` to `to` that holds; `to` is known to. Goes out from `near`, if told, in
 * strides that double, then halves what is left: a run that comes through lasts, and so there are few of them.
 */
export const least = async (
  from: number,
  to: number,
  step: number,
  holds: (value: number) => Promise<boolean>,
  near?: number,
): Promise<number> => {
  let [low, high] = [Math.floor(from / step), Math.ceil(to / step)];
  let at = Math.floor((near ?? -1) / step);
  for (let stride = 1; low < high && at >= low && at < high; stride *= 2) {
    const held = await holds(at * step);
    const turned = held ? low > Math.floor(from / step) : high < Math.ceil(to / step);
    if (held) high = at;
    else low = at + 1;
    if (turned) break;
    at += held ? -stride : stride;
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await holds(middle * step)) high = middle;
    else low = middle + 1;
  }
  return high * step;
};

/** Where a search begins. What it comes to does not depend on it. */
const NEAR: Need = { arena: 24_576, stack: 288 };

const STACK_STEP = 16;
export const ARENA_STEP = 256;
const SLOT = 16;

/**
 * The stack first, in an arena with room to spare; then the arena, with that stack in it. More stack than is needed would
 * only take from the rest. Undefined where `most` is not enough.
 */
export const leastNeed = async (
  most: Need,
  holds: (need: Need) => Promise<boolean>,
  near: Need = NEAR,
): Promise<Need | undefined> => {
  if (!(await holds(most))) return undefined;
  const stack = await least(
    64,
    most.stack,
    STACK_STEP,
    (slots) => holds({ ...most, stack: slots }),
    near.stack,
  );
  const floor = stack * SLOT + 1024;
  const arena = await least(
    floor,
    most.arena,
    ARENA_STEP,
    (bytes) => holds({ arena: bytes, stack }),
    near.arena,
  );
  return { arena, stack };
};
