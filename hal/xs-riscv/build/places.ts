/** Where things lie: sources in the repository, what is made of them in a cache that git ignores. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const up = (path: string, levels: number): string => (levels === 0 ? path : up(dirname(path), levels - 1));

/** The top of the repository; this file runs in dist/hal/xs-riscv/build. */
const TOP = up(fileURLToPath(import.meta.url), 5);

export const BOARD_SOURCES: string = join(TOP, 'hal', 'xs-riscv');

/** A folder of the cache, made if need be. */
export const cache = (...names: string[]): string => {
  const path = join(TOP, '.cache', 'xs', ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
