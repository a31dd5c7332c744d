/** Boards, scenarios and the code under test by name; or your own, by a path. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { instanceOf, runsOn, scenarioNamed, scenarios } from '../../bootloader-sim/crash/index.ts';
import type { Instance, Scenario } from '../../bootloader-sim/crash/index.ts';
import { BOARDS, boardProfile } from '../../hal/node/boards.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';

/** Small enough that every operation of every scenario can be a place for a fault. */
export const CRASH_BOARDS: readonly string[] = Object.keys(BOARDS).filter((name) => name.startsWith('tiny'));

const fromModule = async <T>(path: string, what: string, known: (value: T) => boolean): Promise<T> => {
  let found: Record<string, unknown>;
  try {
    found = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(
      `${path}: ${(error as Error).message}. A ${what} is a JavaScript module that exports ${what}`,
      {
        cause: error,
      },
    );
  }
  const value = found[what] as T | undefined;
  if (value === undefined || !known(value))
    throw new Error(`${path}: exports no ${what}; docs/PORTING.md shows what one looks like`);
  return value;
};

const isPath = (name: string): boolean => /[./\\]/.test(name);

export const boardOf = async (name: string): Promise<BoardProfile> =>
  isPath(name)
    ? await fromModule<BoardProfile>(name, 'board', ({ devices, slots, journal }) =>
        [devices, slots, journal].every((part) => part !== undefined),
      )
    : boardProfile(name);

export const scenarioOf = async (name: string): Promise<Scenario> =>
  isPath(name)
    ? await fromModule<Scenario>(
        name,
        'scenario',
        ({ steps, ends }) => Array.isArray(steps) && ends !== undefined,
      )
    : scenarioNamed(name);

/** The code under test: the agent that the build makes, or a script of your own with the same exports. */
export const instanceFrom = (path: string | undefined): Instance =>
  instanceOf(path === undefined ? undefined : readFileSync(resolve(path), 'utf8'));

/** Names of the scenarios that a board can play. */
export const scenariosOn = (profile: BoardProfile): readonly string[] =>
  scenarios.filter((one) => runsOn(one, profile)).map(({ name }) => name);
