/** Choices that a number makes, the same each time. */
import { random } from '../../hal/node/faults.ts';

export interface Draw {
  /** 0 <= n < limit. */
  below(limit: number): number;
  /** True once in so many times. */
  once(times: number): boolean;
  of<T>(choices: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

export const drawOf = (seed: number): Draw => {
  const next = random(seed);
  const below = (limit: number): number => next() % limit;
  return {
    below,
    once: (times) => below(times) === 0,
    of: (choices) => choices[below(choices.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(0x100)),
  };
};
