/**
 * Tables of numbers as enums: in place of the name of an enum's member a bundler puts its number, across files too. As
 * it is, each function that names a table takes a variable of it to its stack.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { BOARD_SOURCES } from './places.ts';

const AGENT = join(BOARD_SOURCES, '..', '..', 'agent', '/');
/** As agent/codes.ts writes them. What has anything but numbers in it is none. */
const TABLE =
  /^export const (?<name>\w+) = \{(?<rows>(?:\s*(?:\w+: (?:0x[\da-f]+|\d+),?|\/\/[^\n]*))*)\s*\} as const;$/gm;

const enumOf = (_: string, name: string, rows: string): string =>
  `export enum ${name} {${rows.replaceAll(/(\w+): (0x[\da-f]+|\d+)/g, '$1 = $2')}\n}`;

export const tablesInlined: Plugin = {
  name: 'tables',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      path.startsWith(AGENT)
        ? { contents: readFileSync(path, 'utf8').replaceAll(TABLE, enumOf), loader: 'ts' }
        : undefined,
    ),
};
