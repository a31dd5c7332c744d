/** Counts the blocks that a SHA-256 has to take in, its padding included. */
import type { Hash } from '../hal/ports.ts';

const BLOCK = 64;
/** One bit and the length, at the least. */
const PADDING = 9;

/** `onBlocks` is told of each digest. */
export const countingHash = (hash: Hash, onBlocks: (blocks: number) => void): Hash => {
  let length = 0;
  return {
    begin() {
      length = 0;
      hash.begin();
    },
    update(bytes, from, to) {
      length += to - from;
      hash.update(bytes, from, to);
    },
    finish(into) {
      onBlocks(Math.ceil((length + PADDING) / BLOCK));
      hash.finish(into);
    },
  };
};
