/** One life in which nothing fails, with a mutant in the agent: what of it shows. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { Event, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, deliver, liveOf, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { factory, firmware, release, reportOf } from '../bootloader-sim/_real.ts';
import type { Mutant } from './mutant.ts';
import { mutantBundle } from './mutant-build.ts';

const old = firmware(1, 9000);
const good = release(firmware(2, 9000), 2, { securityVersion: 1 });
const second = release(firmware(4, 12_000), 4, { securityVersion: 1 });
const badImage = firmware(3, 9000);
const bad = release(badImage, 3, { securityVersion: 1 });

interface Seen {
  readonly sequence: number;
  readonly event: number;
  readonly code: number;
}

const settle = (board: Board): Seen => {
  const { history, done } = run(board);
  const { event, code } = reportOf(board);
  return { sequence: done ? history.at(-1)!.decision.sequence : -1, event, code };
};

const install = (board: Board, update: typeof good): Seen | number => {
  const { code } = deliver(board, update);
  if (code !== Ok) return code;
  const activated = activate(board);
  return activated === Ok ? settle(board) : activated;
};

interface Step {
  readonly name: string;
  readonly act: (board: Board) => Seen | number;
  readonly seen: Seen | number;
}

/** One life: each step goes on where the last one left the board. */
const STEPS: readonly Step[] = [
  { name: 'factory', act: settle, seen: { sequence: 1, event: Event.Factory, code: Err.JournalLost } },
  {
    name: 'first update',
    act: (board) => install(board, good),
    seen: { sequence: 2, event: Event.Confirmed, code: Ok },
  },
  {
    name: 'revert by hand',
    act: (board) => {
      liveOf(board).agent!.revert();
      return settle(board);
    },
    seen: { sequence: 1, event: Event.Manual, code: Err.ManualRevert },
  },
  {
    name: 'update that fails its check',
    act: (board) => install(board, bad),
    seen: { sequence: 1, event: Event.Reverted, code: Err.CheckFailed },
  },
  { name: 'the same again', act: (board) => install(board, bad), seen: Err.Reverted },
  {
    name: 'second update',
    act: (board) => install(board, second),
    seen: { sequence: 4, event: Event.Confirmed, code: Ok },
  },
];

/** What a mutant is about, where that shows without a fault. All else it leaves alone. */
export const SHOWS: Readonly<Record<string, string>> = {
  'floor-to-its-own-version': 'revert by hand',
  'refused-taken-again': 'the same again',
};

const badDigest = createHash('sha256').update(badImage).digest('hex');
const behaviours = { images: { [badDigest]: { kind: 'failsCheck' } } } as const;

/** The names of the steps that did not end as they should. */
export const live = (bundle: string | undefined): string[] => {
  const board = factory(old, { bundle, behaviours, counter: true });
  const wrong: string[] = [];
  for (const { name, act, seen } of STEPS) {
    const found = act(board);
    if (!isDeepStrictEqual(found, seen)) wrong.push(`${name}: ${JSON.stringify(found)}`);
  }
  if (board.flash.misuses() > 0) wrong.push('flash was misused');
  return wrong;
};

/** Those that `npm test` looks at; test/slow at the others. */
export const isHere = ({ name }: Mutant, nth: number): boolean => name in SHOWS || nth % 6 === 0;

/** It is in the script that is built of it, and hides. */
export const hides = async (t: ExecutionContext, mutant: Mutant): Promise<void> => {
  const script = await mutantBundle(mutant);
  t.not(script, await mutantBundle(undefined));
  const directory = mkdtempSync(join(tmpdir(), 'flipside-mutants-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const bundle = join(directory, `${mutant.name}.js`);
  writeFileSync(bundle, script);
  const shows = SHOWS[mutant.name];
  const wrong = live(bundle);
  if (shows === undefined) t.deepEqual(wrong, []);
  else t.true(wrong.length > 0 && wrong[0]!.startsWith(shows), wrong.join('; '));
};
