/** Copies of a board, so that what takes long is done once. */
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Board } from './_board.ts';

/** Runs `act` on a copy whose flash is its own, and throws the copy away. */
export const onCopy = async <T>(board: Board, act: (copy: Board) => Promise<T>): Promise<T> => {
  const place = mkdtempSync(join(tmpdir(), 'flipside-xs-'));
  const data = join(place, 'data.flash');
  copyFileSync(board.data, data, constants.COPYFILE_FICLONE);
  try {
    return await act({ ...board, data });
  } finally {
    rmSync(place, { recursive: true });
  }
};

/** Runs `act` for each item, `many` at a time. */
export const pooled = async <T>(
  items: readonly T[],
  many: number,
  act: (item: T) => Promise<void>,
): Promise<void> => {
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: many }, work));
};
