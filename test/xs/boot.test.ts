/** The boot decision on the XS engine: what it runs, and what it refuses to run. */
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { application, boardNew, boardRun } from './_board.ts';

const HELLO = 'hello from slot 0\n';
const hello = await application('hello', `boardLog('hello from slot ' + boardRunning());`);
const prober = await application(
  'prober',
  `const probe = (what: string, act: () => void): void => {
    try { act(); boardLog(what + ' open'); } catch (error) { boardLog(what + ' still'); }
  };
  probe('prototype', () => { (Array.prototype as any).more = 1; });
  probe('method', () => { Uint8Array.prototype.fill = () => new Uint8Array(0); });
  probe('agent', () => { (device as any).agent.more = 1; });
  probe('global', () => { (globalThis as any).more = 1; });`,
);

const greeted = (output: string): boolean => output.endsWith(HELLO);

test('a signed image runs in place', async (t) => {
  const { output } = await boardRun(boardNew(hello), greeted);
  t.is(output, `boot 0 slot 0 sequence 1\n${HELLO}`);
});

test('blank slots: nothing is run', async (t) => {
  const { output } = await boardRun(boardNew(undefined));
  t.is(output, `boot ${Err.NothingBootable} slot 255 sequence 0\n`);
});

/** A byte of the image, of the envelope, of the footer. */
for (const from of [100, 4 * 256 * 1024 - 200, 4 * 256 * 1024 - 20]) {
  test(`byte ${from} of the slot is not what was signed: nothing is run`, async (t) => {
    const board = boardNew(hello);
    const flash = readFileSync(board.data);
    flash[from]! ^= 1;
    writeFileSync(board.data, flash);
    const { output } = await boardRun(board);
    t.true(output.startsWith(`boot ${Err.NothingBootable} slot 255`), output);
  });
}

for (const writeUnit of [4, 8, 32]) {
  for (const [watchdog, clock] of [
    [0, 0],
    [30, 1],
    [30, 2],
  ] as const) {
    test(`units of ${writeUnit} bytes, watchdog ${watchdog} s, clock ${clock}`, async (t) => {
      const { output } = await boardRun(boardNew(hello, { writeUnit, watchdog, clock }), greeted);
      t.true(greeted(output), output);
    });
  }
}

test('a second start writes nothing', async (t) => {
  const board = boardNew(hello);
  await boardRun(board, greeted);
  const after = readFileSync(board.data);
  await boardRun(board, greeted);
  t.true(readFileSync(board.data).equals(after));
});

test('built-in objects cannot be changed by an image; the global object can be added to', async (t) => {
  const { output } = await boardRun(boardNew(prober), (text) => /global \w+\n$/.test(text));
  t.deepEqual(output.split('\n').slice(1, -1), [
    'prototype still',
    'method still',
    'agent open',
    'global open',
  ]);
});
