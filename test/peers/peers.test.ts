/** What test:peers itself does: a second try, and nothing left of a program whose time is up. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { groupRun } from './_group.ts';
import { rowsText, runPeer } from './_peer.ts';
import type { Scenario } from './_peer.ts';

const failing = (why: string) => (): string => {
  throw new Error(why);
};

const TRIES: readonly (readonly [string, Omit<Scenario, 'name'>, object])[] = [
  ['passes', { run: () => 'fine', again: failing('never') }, { result: 'passed', reason: 'fine' }],
  [
    'passes at the second try',
    { run: failing('one'), again: async () => 'fine' },
    { result: 'passed', reason: 'fine', first: 'one' },
  ],
  [
    'fails twice',
    { run: failing('one'), again: failing('two') },
    { result: 'failed', reason: 'two', first: 'one' },
  ],
  ['fails, and has no second try', { run: failing('one') }, { result: 'failed', reason: 'one' }],
];

for (const [what, scenario, wanted] of TRIES)
  test(`a scenario that ${what}`, async (t) => {
    const peer = { name: 'p', version: () => '1', scenarios: [{ name: 's', ...scenario }] };
    t.deepEqual(await runPeer(peer), [{ peer: 'p', version: '1', scenario: 's', ...wanted } as never]);
  });

test('a second try is said loudly, and counted', async (t) => {
  const scenarios = TRIES.map(([name, scenario]) => ({ name, ...scenario }));
  const text = rowsText(await runPeer({ name: 'p', version: () => '1', scenarios }));
  t.regex(
    text,
    /passed {2}p 1: passes at the second try\n +passed AT THE SECOND TRY; the first: one\n +fine/,
  );
  t.regex(text, /\n2 passed, 1 OF THEM AT THE SECOND TRY, 2 FAILED\n/);
  t.regex(text, /\n {2}p: passes at the second try: passed at the second try: one\n/);
});

test('a peer that is not installed fails in each scenario, and none is tried', async (t) => {
  let tried = 0;
  const run = (): void => void tried++;
  const scenarios = [
    { name: 'a', run, again: run },
    { name: 'b', run, again: run },
  ];
  const rows = await runPeer({ name: 'p', version: failing('no such file'), scenarios });
  t.deepEqual(
    rows.map(({ result }) => result),
    ['failed', 'failed'],
  );
  t.regex(rows[0]!.reason, /not installed.*no such file/);
  t.is(tried, 0);
});

const isThere = (pid: number): boolean => {
  // One that has ended and that nobody has asked about is not there either.
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z/.test(readFileSync(file, 'utf8'));
};

const gone = async (pid: number): Promise<void> => {
  while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
};

const onLinux = process.platform === 'linux' ? test : test.skip;

/** Starts a server that never ends, says its number, and then does this. */
const starting = (then: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'flipside-group-')), 'program.mjs');
  const text = `import { spawn } from 'node:child_process';
    const server = spawn('sleep', ['3600'], { stdio: 'inherit' });
    console.log(server.pid);
    ${then}`;
  writeFileSync(file, text);
  return file;
};

onLinux('a program whose time is up ends with all that it started, and what it said is told', async (t) => {
  const error = (await t.throwsAsync(groupRun(starting(''), [], 3000)))!;
  const [, pid] = /no end in 3 s; it said: (\d+)$/.exec(error.message) ?? [];
  t.truthy(pid, error.message);
  await gone(Number(pid));
});

onLinux('a program that leaves a server behind: it goes, and the program has its say', async (t) => {
  const { status, stdout, stderr } = await groupRun(
    starting(`console.error('no'); process.exit(3);`),
    [],
    60_000,
  );
  t.deepEqual([status, stderr], [3, 'no\n']);
  await gone(Number(stdout));
});
