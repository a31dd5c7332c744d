/** The command, as a person or a script meets it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'ava';
import { FAULT_NAMES } from '../../bootloader-sim/crash/index.ts';
import type { FaultName } from '../../bootloader-sim/crash/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import { commandAsyncOf } from '../_command.ts';

const command = fileURLToPath(new URL('./crash.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In a process of its own. */
const own = (...words: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [command, ...words], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });

const ran = commandAsyncOf(command);

const run = async (...words: string[]): Promise<Ran> => {
  const { status, stdout, stderr } = await ran(...words);
  return { code: status ?? -1, out: stdout, err: stderr };
};

const directory = mkdtempSync(join(tmpdir(), 'flipside-crash-'));
test.after.always(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

interface Row {
  readonly scenario: string;
  readonly board: string;
  readonly fault: FaultName;
  readonly states: number;
  readonly fired: number;
  readonly violations: number;
}

const rowsOf = (out: string): Row[] => (JSON.parse(out) as { rows: Row[] }).rows;

test.serial('a scenario on a board, as one document', async (t) => {
  const { code, out, err } = await own('--board', 'tiny', '--scenario', 'wakes', '--json', '--workers', '1');
  t.is(code, 0, err);
  const { version, command: name, totals, violations } = JSON.parse(out) as Record<string, unknown>;
  t.deepEqual([version, name, violations], [1, 'crash', []]);
  const rows = rowsOf(out);
  t.true(rows.length > 10);
  for (const row of rows) {
    t.deepEqual(Object.keys(row), ['scenario', 'board', 'fault', 'states', 'fired', 'violations']);
    t.deepEqual([row.scenario, row.board, row.violations], ['wakes', 'tiny', 0]);
    t.true(FAULT_NAMES.includes(row.fault) && row.fired > 0 && row.states >= row.fired);
  }
  t.deepEqual(
    rows.map(({ fault }) => fault),
    FAULT_NAMES.filter((fault) => rows.some((row) => row.fault === fault)),
  );
  const { run: extent, fired, mutants } = totals as Record<string, unknown>;
  t.deepEqual([extent, mutants], ['bounded', 0]);
  t.is(
    fired,
    rows.reduce((sum, row) => sum + row.fired, 0),
  );
});

test.serial('a board and a scenario of your own, by the paths of their modules', async (t) => {
  const board = { ...BOARDS['tiny'], name: 'own', description: 'a board of a test' };
  const steps = pathToFileURL(fileURLToPath(new URL('../../bootloader-sim/crash/index.js', import.meta.url)));
  const boardFile = file('board.mjs', `export const board = ${JSON.stringify(board)};`);
  const scenarioFile = file(
    'scenario.mjs',
    `import { restart } from '${steps.href}';
     export const scenario = { name: 'own', about: 'first boot', before: [], steps: [restart()], ends: 'old' };`,
  );
  const { code, out, err } = await run('--board', boardFile, '--scenario', scenarioFile, '--workers', '1');
  t.is(code, 0, err);
  t.regex(out, /bounded run: [\d,]+ states explored, .* [1-9][\d,]* faults fired, 0 violations/);
});

test.serial('a trace is shown, and the exit code says whether the laws held', async (t) => {
  const where = ['--board', 'tiny', '--scenario', 'factory', '--replay'];
  const sound = await run(...where, '1:torn-mixed@2#1');
  t.is(sound.code, 0, sound.err);
  t.regex(
    sound.out,
    /^the board before\n[^]*fault 1, torn-mixed, at operation 1: program of [^]*the laws hold\n$/,
  );
  const broken = await run(...where, '', '--mutant', 'one-seal');
  t.is(broken.code, 1, broken.err);
  t.regex(broken.out, /BROKEN [a-z-]+: /);
});

/** What is wrong, and what says how to do it right. */
const USAGE: readonly { readonly words: readonly string[]; readonly says: RegExp }[] = [
  { words: ['--board', 'no-such'], says: /no board "no-such"; there are .*tiny/ },
  {
    words: ['--scenario', 'no-such', '--board', 'tiny'],
    says: /no scenario "no-such"; there are .*first-update/,
  },
  {
    words: ['--board', './no-such.js'],
    says: /no-such\.js.*A board is a JavaScript module that exports board/,
  },
  { words: ['--board', 'tiny', '--agent', './no-such.js'], says: /no-such\.js/ },
  { words: ['--seed', '0'], says: /--seed takes a whole number from 1, not "0"/ },
  { words: ['--every', 'x'], says: /--every takes a whole number from 1, not "x"/ },
  {
    words: ['--board', 'tiny', '--scenario', 'factory', '--workers', '-1'],
    says: /--workers takes a whole number/,
  },
  { words: ['--replay', '0:cut-before@0#1'], says: /--replay needs --board and --scenario/ },
  {
    words: ['--board', 'tiny', '--scenario', 'factory', '--replay', 'x'],
    says: /"x" is no fault: it reads operation:kind@unit#seed/,
  },
  {
    words: ['--board', 'tiny', '--scenario', 'factory', '--replay', '999:cut-before@0#1'],
    says: /this life has \d+ operations, not 999/,
  },
  {
    words: ['--board', 'tiny', '--scenario', 'factory', '--replay', '', '--mutant', 'no-such'],
    says: /no mutant "no-such"; there are one-seal/,
  },
  { words: ['--no-such'], says: /unknown option '--no-such'/ },
  { words: ['--board'], says: /argument missing/ },
];

test.serial('bad usage is told with what would be right', async (t) => {
  for (const { words, says } of USAGE) {
    const { code, out, err } = await run(...words);
    t.is(code, 2, `${words.join(' ')}: ${err}`);
    t.regex(err, says, words.join(' '));
    t.false(out.includes('states explored'), words.join(' '));
    t.notRegex(err, /\n +at /, 'no stack');
  }
  const empty = file('empty.mjs', 'export const other = 1;');
  const { code, err } = await run('--board', empty);
  t.is(code, 2);
  t.regex(err, /exports no board; docs\/PORTING\.md shows what one looks like/);
});

test.serial('bad usage in a process of its own', async (t) => {
  const { code, err } = await own('--seed', '0');
  t.is(code, 2);
  t.regex(err, /^crash: --seed takes a whole number from 1, not "0"\n$/);
});

test.serial('help', async (t) => {
  const { code, out } = await run('--help');
  t.is(code, 0);
  t.regex(out, /Exit code: 0 the laws hold and all mutants are found, 1 not so, 2 usage/);
});
