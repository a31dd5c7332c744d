/** What the crash checker explores, and how fast. A run of its own, in its own process, as a person starts it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { row } from './row.ts';
import type { Row } from './row.ts';

interface Totals {
  readonly run: string;
  readonly states: number;
  readonly merged: number;
  readonly fired: number;
  readonly violations: number;
  readonly mutants: number;
  readonly found: number;
  readonly seconds: number;
  readonly statesPerSecond: number;
  readonly faultsPerSecond: number;
}

const command = fileURLToPath(new URL('../test/crash/crash.js', import.meta.url));
/** Bytes: a row for each scenario, board and kind. */
const OUTPUT_MOST = 64 * 1024 * 1024;

const run = promisify(execFile);

/** Broken laws and mutants not found are figures here; the command's own exit code is for others. */
const totalsOf = async (full: boolean): Promise<Totals> => {
  const options = { maxBuffer: OUTPUT_MOST };
  const given = full ? [command, '--json', '--full'] : [command, '--json'];
  const { stdout } = await run(process.execPath, given, options).catch((error: { stdout?: string }) => {
    if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
    throw error;
  });
  return (JSON.parse(stdout) as { totals: Totals }).totals;
};

export const crashRows = async (full: boolean): Promise<Row[]> => {
  const totals = await totalsOf(full);
  const name = (metric: string): string => `${totals.run} run: ${metric}`;
  return [
    row(name('states explored'), totals.states, 'states'),
    row(name('states merged'), totals.merged, 'states'),
    row(name('faults fired'), totals.fired, 'faults'),
    row(name('violations'), totals.violations, 'violations', { goal: 0 }),
    row(name('mutants not found'), totals.mutants - totals.found, `of ${totals.mutants}`, { goal: 0 }),
    row(name('time'), totals.seconds, 'seconds'),
    row('states in a second of one thread', totals.statesPerSecond, 'states/s'),
    row('faults in a second of one thread', totals.faultsPerSecond, 'faults/s'),
  ];
};
