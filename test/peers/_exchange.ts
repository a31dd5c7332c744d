/** Scenarios that wait for a network: each in a process of its own, `exchange.js NAME FOLDER`, which prints a remark. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withFolder } from './_folder.ts';
import { check } from './_peer.ts';
import type { Scenario } from './_peer.ts';

const PATIENCE = 60_000;

const exchange = (program: string, name: string, patience: number): string =>
  withFolder((folder) => {
    const ran = spawnSync(process.execPath, [program, name, folder.file('.')], {
      encoding: 'utf8',
      timeout: patience,
    });
    if (ran.error) throw ran.error;
    check(ran.status === 0, `${ran.stdout}${ran.stderr}`.trim());
    return ran.stdout.trim();
  });

/** Of the program in that folder beside this file; `says` is by the scenario's name there. */
export const exchanges = (
  folder: string,
  says: Readonly<Record<string, string>>,
  patience: number = PATIENCE,
): Scenario[] => {
  const program = join(import.meta.dirname, folder, 'exchange.js');
  return Object.entries(says).map(([name, text]) => ({
    name: text,
    run: () => exchange(program, name, patience),
  }));
};
