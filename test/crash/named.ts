/** Boards and scenarios by name; or from a module of your own, by its path. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scenarioNamed, scenarios } from '../../bootloader-sim/crash/index.ts';
import type { Scenario } from '../../bootloader-sim/crash/index.ts';
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

/** Names of the scenarios that a board can play. */
export const scenariosOn = (profile: BoardProfile): readonly string[] =>
  scenarios.filter((one) => one.on?.(profile) ?? true).map(({ name }) => name);
