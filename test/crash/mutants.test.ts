/**
 * Each mutant is in the script that is built of it, and hides: where nothing fails, the board lives as it should. One
 * that broke every update would prove nothing of whoever finds it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { Event, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, deliver, liveOf, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { factory, firmware, release, reportOf } from '../bootloader-sim/_real.ts';
import type { Mutant } from './mutant.ts';
import { mutantBundle } from './mutant-build.ts';
import { mutants } from './mutants.ts';

const old = firmware(1, 9000);
const good = release(firmware(2, 9000), 2, { securityVersion: 1 });
const second = release(firmware(4, 12_000), 4, { securityVersion: 1 });
const badImage = firmware(3, 9000);
const bad = release(badImage, 3, { securityVersion: 1 });

const directory = mkdtempSync(join(tmpdir(), 'flipside-mutants-'));
test.after.always(() => rmSync(directory, { recursive: true, force: true }));

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
const SHOWS: Readonly<Record<string, string>> = {
  'floor-to-its-own-version': 'revert by hand',
  'refused-taken-again': 'the same again',
};

const badDigest = createHash('sha256').update(badImage).digest('hex');
const behaviours = { images: { [badDigest]: { kind: 'failsCheck' } } } as const;

/** The names of the steps that did not end as they should. */
const live = (bundle: string | undefined): string[] => {
  const board = factory(old, { bundle, behaviours, counter: true });
  const wrong: string[] = [];
  for (const { name, act, seen } of STEPS) {
    const found = act(board);
    if (!isDeepStrictEqual(found, seen)) wrong.push(`${name}: ${JSON.stringify(found)}`);
  }
  if (board.flash.misuses() > 0) wrong.push('flash was misused');
  return wrong;
};

const sound = mutantBundle(undefined);

test('names are given once', (t) => {
  t.is(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  t.true(mutants.length >= 36);
  for (const name of Object.keys(SHOWS))
    t.true(
      mutants.some((mutant) => mutant.name === name),
      name,
    );
});

test('without a mutant the script is the one of the build', async (t) => {
  const built = fileURLToPath(new URL('../../agent.bundle.js', import.meta.url));
  t.is(await sound, readFileSync(built, 'utf8'));
  t.deepEqual(live(undefined), []);
});

test('a patch that meets no place, or two, is told', async (t) => {
  const mutant = (file: string, find: string): Mutant => ({
    name: 'none',
    story: '',
    patches: [{ file, find, replace: '' }],
    hint: { scenario: 'first-update', board: 'tiny' },
  });
  await t.throwsAsync(mutantBundle(mutant('boot.js', 'no such text')), {
    message: /mutant none: .*boot\.js/,
  });
  await t.throwsAsync(mutantBundle(mutant('boot.js', 'journalSave')), { message: /mutant none: .*boot\.js/ });
  await t.throwsAsync(mutantBundle(mutant('no-such.js', 'x')), { message: /mutant none: .*no-such\.js/ });
});

for (const mutant of mutants) {
  test(`${mutant.name}: in the script, and hidden where nothing fails`, async (t) => {
    const script = await mutantBundle(mutant);
    t.not(script, await sound);
    const bundle = join(directory, `${mutant.name}.js`);
    writeFileSync(bundle, script);
    const shows = SHOWS[mutant.name];
    const wrong = live(bundle);
    if (shows === undefined) t.deepEqual(wrong, []);
    else t.true(wrong.length > 0 && wrong[0]!.startsWith(shows), wrong.join('; '));
  });
}
