/** Scenarios that wait for a network: each in a process of its own, `exchange.js NAME FOLDER`, which prints a remark. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupRun } from './_group.ts';
import { check } from './_peer.ts';
import type { Scenario } from './_peer.ts';

/** Milliseconds. More than what is waited for within it, so that this has its say. */
const PATIENCE = 180_000;

const exchange = async (program: string, name: string, patience: number): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-peer-'));
  try {
    const { status, stdout, stderr } = await groupRun(program, [name, folder], patience);
    check(status === 0, `${stdout}${stderr}`.trim());
    return stdout.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Of the program in that folder beside this file; `says` is by the scenario's name there. */
export const exchanges = (
  folder: string,
  says: Readonly<Record<string, string>>,
  patience: number = PATIENCE,
): Scenario[] => {
  const program = join(import.meta.dirname, folder, 'exchange.js');
  return Object.entries(says).map(([name, text]) => {
    const run = (): Promise<string> => exchange(program, name, patience);
    return { name: text, run, again: run };
  });
};
