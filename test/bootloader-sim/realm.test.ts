import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { run, start, tick } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { fakeBoard } from './_fake.ts';
import { patienceFor } from './_patience.ts';

const said = (board: Board, boot: number): string[] =>
  board.lines.filter((line) => line.boot === boot).map((line) => line.text);

test('nothing that a boot leaves in its world is seen by the next', (t) => {
  const image = `
    device.log(typeof marked, [].marked, {}.marked, device.log.marked, flipside.marked, Math.marked);
    globalThis.marked = 1;
    Array.prototype.marked = 1;
    Object.prototype.marked = 1;
    device.log.marked = 1;
    flipside.marked = 1;
    Math.marked = 1;
    Object.getPrototypeOf(device.log).marked = 1;
    try { device.reset(); } catch (error) { error.constructor.prototype.marked = 1; }
  `;
  const board = fakeBoard(image);
  const life = run(board, { until: 3 });
  t.deepEqual(
    life.history.map((boot) => boot.ended),
    ['reset', 'reset', 'reset'],
  );
  const fresh = Array<string>(6).fill('undefined').join(' ');
  t.deepEqual(said(board, 1), [fresh]);
  t.deepEqual(said(board, 2), [fresh]);
  t.is(({} as { marked?: unknown }).marked, undefined);
  t.is((Function.prototype as { marked?: unknown }).marked, undefined);
});

test('a realm has what a microcontroller has', (t) => {
  const names = [
    'require',
    'process',
    'fetch',
    'setTimeout',
    'Buffer',
    'WebAssembly',
    'SharedArrayBuffer',
    'Intl',
  ];
  const board = fakeBoard(`device.log(...[${names.map((name) => `typeof ${name}`).join()}])`);
  start(board);
  t.deepEqual(said(board, 1), [names.map(() => 'undefined').join(' ')]);
});

test('no code is made from strings', (t) => {
  const board = fakeBoard(`
    for (const make of [() => eval('1'), () => Function('return 1')(), () => device.log.constructor('return process')()])
      try { device.log(typeof make()); } catch (error) { device.log(error.name); }`);
  start(board);
  t.deepEqual(said(board, 1), ['EvalError', 'EvalError', 'EvalError']);
});

test('time and chance come from the board', (t) => {
  const image = `device.log(Date.now(), new Date().getTime(), Math.random()); device.every(() => console.log(Date.now()));`;
  const lives = [fakeBoard(image, { seconds: 1000 }), fakeBoard(image, { seconds: 1000 })].map((board) => {
    const live = start(board);
    tick(board, live);
    tick(board, live);
    return said(board, 1);
  });
  t.deepEqual(lives[0], lives[1]);
  t.regex(lives[0]![0]!, /^1000000 1000000 0\.\d+$/);
  t.deepEqual(lives[0]!.slice(1), ['1000000', '1001000']);
});

const endings: [name: string, image: string, ended: string, next: number][] = [
  ['throws at start', 'throw new Error("no")', 'crash', 6],
  ['is no JavaScript', '((((', 'crash', 6],
  ['throws a thing that cannot be told', 'throw { get message() { throw 1; } }', 'crash', 6],
  ['throws null', 'throw null', 'crash', 6],
  ['throws in a tick', 'device.every((tick) => { if (tick === 3) throw new Error("no"); })', 'crash', 6],
  ['rejects in a tick', 'device.every(async () => { throw new Error("no"); })', 'crash', 6],
  ['never ends', 'for (;;);', 'watchdog', 5],
  ['never ends in a job', 'Promise.resolve().then(() => { for (;;); })', 'watchdog', 5],
  ['never ends in a tick', 'device.every(() => { try { for (;;); } finally { for (;;); } })', 'watchdog', 5],
  ['never ends in a check', 'device.health.check("x", "required", 9, () => { for (;;); })', 'watchdog', 5],
  ['does not feed the watchdog', 'device.watchdog.arm(10)', 'watchdog', 5],
  ['asks for a reset', 'device.reset()', 'reset', 4],
  ['goes on after a reset', 'device.every(() => { try { device.reset(); } catch {} throw 1; })', 'reset', 4],
];
for (const [name, image, ended, next] of endings) {
  test(`an application that ${name}: ${ended}`, (t) => {
    // What never ends, and what comes before it, both end as `watchdog`.
    const board = fakeBoard(image, { patience: patienceFor(image) });
    const life = run(board, { until: 1 });
    t.is(life.history[0]!.ended, ended as never);
    t.is(board.cause, next);
    t.is(start(board).cycle.cause, next);
  });
}

test('code of a boot that is over cannot touch the flash', (t) => {
  const board = fakeBoard('device.every(() => device.watchdog.feed())');
  const { agent, cycle } = start(board);
  t.is(agent!.offerBegin(), 0);
  const { erases } = board.flash.devices['flash']!;
  t.is(erases, 1);
  const next = start(board);
  t.is(cycle.ended, 'cut');
  t.throws(() => agent!.offerBegin(), { name: 'Halt' });
  t.is(board.flash.devices['flash']!.erases, erases);
  t.is(next.agent!.offerBegin(), 0);
});

test('what outlives the process: time, cause, counter, boots', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'flipside-'));
  const first = fakeBoard('device.reset()', { directory, counter: true, seconds: 77 });
  first.counter!.value = 9;
  start(first);
  first.seconds += 5;
  first.close();
  const second = fakeBoard(undefined, { directory, counter: true });
  t.like(second, { seconds: 82, cause: 4, boots: 1, counter: { value: 9 } });
  second.cause = 6;
  second.hooks = { beforeRun: () => t.is(second.boots, 2) };
  start(second);
  t.is(second.live!.cycle.cause, 6);
  second.close();
});

test('a process killed in a boot is a loss of power', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'flipside-'));
  const first = fakeBoard('device.every(() => device.watchdog.feed())', { directory });
  first.cause = 5;
  start(first);
  const second = fakeBoard(undefined, { directory });
  t.like(second, { cause: 0, boots: 1 });
  second.close();
  first.close();
});
