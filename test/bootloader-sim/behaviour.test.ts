import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Event, Ok, Reset } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, createBoard, deliver, restart, run, start } from '../../bootloader-sim/index.ts';
import type { Behaviour, Behaviours, Board, BoardOptions, Life } from '../../bootloader-sim/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { update as updateOver } from '../../hal/node/http.ts';
import { factory, firmware, release, reportOf, source } from './_real.ts';
import { sameBytes } from '../_bytes.ts';
import { PATIENT, patienceFor, patienceSet } from './_patience.ts';

const old = firmware(1);

/** Installs `image` on a board that runs `old`, and lets the board live until it is settled. */
const install = (
  t: ExecutionContext,
  image: Uint8Array,
  behaviour: Behaviour,
  options: Partial<BoardOptions> = {},
): { board: Board; life: Life } => {
  const digest = createHash('sha256').update(image).digest('hex');
  const board = factory(old, { behaviours: { images: { [digest]: behaviour } }, ...options });
  t.true(run(board).done);
  t.like(deliver(board, release(image, 2)), { code: Ok, cut: false });
  t.is(activate(board), Ok);
  const life = run(board);
  t.true(life.done);
  t.is(board.flash.misuses(), 0);
  return { board, life };
};

const endings = (life: Life): string[] => life.history.map((boot) => boot.ended);

interface Row {
  readonly behaviour: Behaviour;
  readonly ended: readonly string[];
  readonly slot: number;
  readonly event: number;
  readonly code: number;
  readonly options?: Partial<BoardOptions>;
}

const three = (ended: string): string[] => [ended, ended, ended, 'running'];

const rows: Row[] = [
  { behaviour: { kind: 'healthy' }, ended: ['running'], slot: 1, event: Event.Confirmed, code: Ok },
  {
    behaviour: { kind: 'crashesAtStart' },
    ended: three('crash'),
    slot: 0,
    event: Event.Reverted,
    code: Err.AttemptsSpent,
  },
  {
    behaviour: { kind: 'crashesLater', ticks: 5 },
    ended: three('crash'),
    slot: 0,
    event: Event.Reverted,
    code: Err.AttemptsSpent,
  },
  {
    behaviour: { kind: 'hangs' },
    ended: three('watchdog'),
    slot: 0,
    event: Event.Reverted,
    code: Err.AttemptsSpent,
  },
  {
    behaviour: { kind: 'neverConfirms' },
    ended: ['reset', 'running'],
    slot: 0,
    event: Event.Reverted,
    code: Err.WindowOver,
  },
  {
    behaviour: { kind: 'neverConfirms', resetsEvery: 3 },
    options: { clock: 'none' },
    ended: [...Array<string>(20).fill('reset'), 'running'],
    slot: 0,
    event: Event.Reverted,
    code: Err.BootsSpent,
  },
  {
    behaviour: { kind: 'confirmsLate', ticks: 100 },
    ended: ['running'],
    slot: 1,
    event: Event.Confirmed,
    code: Ok,
  },
  {
    behaviour: { kind: 'failsCheck', ticks: 4 },
    ended: ['reset', 'running'],
    slot: 0,
    event: Event.Reverted,
    code: Err.CheckFailed,
  },
  {
    behaviour: { kind: 'noNetwork' },
    ended: ['reset', 'running'],
    slot: 0,
    event: Event.Reverted,
    code: Err.NoNetwork,
  },
  {
    behaviour: { kind: 'losesPower', cut: { operation: 0, where: 'inside' } },
    ended: ['cut', 'running'],
    slot: 1,
    event: Event.Confirmed,
    code: Ok,
  },
];

for (const { behaviour, ended, slot, event, code, options } of rows) {
  test(`${JSON.stringify(behaviour)}: ${ended.length} boots, slot ${slot}`, (t) => {
    const { board, life } = install(t, firmware(2), behaviour, options);
    t.deepEqual(endings(life), ended);
    const last = life.history.at(-1)!;
    t.is(last.decision.slot, slot);
    t.like(reportOf(board), { event, code });
  });
}

for (const name of Object.keys(BOARDS) as BoardName[]) {
  test(`${name}: three updates, the second of them bad`, (t) => {
    const bad = firmware(3);
    const digest = createHash('sha256').update(bad).digest('hex');
    const behaviours: Behaviours = { images: { [digest]: { kind: 'crashesAtStart' } } };
    const board = factory(old, { behaviours, counter: true }, name);
    run(board);
    const seen = [firmware(2), bad, firmware(4)].map((image, index) => {
      t.is(deliver(board, release(image, index + 2)).code, Ok);
      t.is(activate(board), Ok);
      return run(board).history.at(-1)!.decision.sequence;
    });
    t.deepEqual(seen, [2, 2, 4]);
    t.is(board.flash.misuses(), 0);
    const { operations } = board.flash.power;
    restart(board);
    t.true(run(board).done);
    t.is(board.flash.power.operations, operations, 'a settled boot erases and programs nothing');
  });
}

test('an update that was reverted for crashing is refused, without touching the flash', (t) => {
  const { board } = install(t, firmware(2), { kind: 'crashesAtStart' });
  const { erases, programs } = board.flash.devices['flash']!;
  t.is(deliver(board, release(firmware(2), 2)).code, Err.Reverted);
  t.deepEqual(
    [board.flash.devices['flash']!.erases, board.flash.devices['flash']!.programs],
    [erases, programs],
  );
  t.is(deliver(board, release(firmware(3), 3)).code, Ok);
  t.is(activate(board), Ok);
  t.is(run(board).history.at(-1)!.decision.sequence, 3);
});

test('an update that was reverted for want of network backs off, and is taken again later', (t) => {
  const board = factory(old);
  run(board);
  t.is(deliver(board, release(firmware(2), 2)).code, Ok);
  t.is(activate(board), Ok);
  board.network = false;
  const life = run(board);
  t.like(reportOf(board), { event: Event.Reverted, code: Err.NoNetwork });
  t.is(life.history.at(-1)!.decision.slot, 0);
  board.network = true;
  t.is(deliver(board, release(firmware(2), 2)).code, Err.BackingOff);
  board.seconds += 4000;
  t.is(deliver(board, release(firmware(2), 2)).code, Ok);
  t.is(activate(board), Ok);
  t.is(run(board).history.at(-1)!.decision.slot, 1);
  t.is(reportOf(board).event, Event.Confirmed);
});

const application = (body: string): Uint8Array =>
  source(`device.every(() => device.watchdog.feed());\n${body}\n// ${'é'.repeat(3000)}`);

const applications: [name: string, body: string, ended: string[], slot: number, code: number][] = [
  ['passes its checks', 'device.health.check("up", "required", 60, () => 1);', ['running'], 1, Ok],
  [
    'confirms itself',
    'device.every((tick) => { if (tick === 2) device.health.confirm(); });',
    ['running'],
    1,
    Ok,
  ],
  ['rejects itself', 'device.every(() => device.health.reject(7));', ['reset', 'running'], 0, Err.Rejected],
  ['throws', 'throw new Error("bad build");', three('crash'), 0, Err.AttemptsSpent],
  ['never ends', 'for (;;);', three('watchdog'), 0, Err.AttemptsSpent],
  [
    'cannot reach its server',
    'device.health.check("server", "network", 60, () => device.network() ? 1 : -1);',
    ['reset', 'running'],
    0,
    Err.NoNetwork,
  ],
];
for (const [name, body, ended, slot, code] of applications) {
  test(`a JavaScript application that ${name}`, (t) => {
    const board = factory(application('device.log("one")'), { patience: PATIENT });
    run(board);
    t.is(board.lines.at(-1)!.text, 'one');
    board.network = !body.includes('network');
    t.is(deliver(board, release(application(body), 2), { mode: 'stream' }).code, Ok);
    t.is(activate(board), Ok);
    patienceSet(board, patienceFor(body));
    const life = run(board);
    t.deepEqual(endings(life), ended);
    t.is(life.history.at(-1)!.decision.slot, slot);
    t.is(reportOf(board).code, code);
  });
}

test('range and stream leave the same slot', (t) => {
  const slots = (['range', 'stream'] as const).map((mode) => {
    const board = factory(old);
    run(board);
    t.is(deliver(board, release(firmware(2), 2), { mode }).code, Ok);
    const into = new Uint8Array(board.flash.slots[1].partition.status().size);
    board.flash.slots[1].partition.read(into, 0);
    return into;
  });
  sameBytes(t, slots[0], slots[1]!);
});

test('a delivery cut in the middle goes on after the reset', (t) => {
  const board = factory(old);
  run(board);
  const update = release(firmware(2, 40_000), 2);
  const whole = update.envelope.length + update.payload.length;
  board.flash.power.cutAt({ operation: 20, where: 'inside' });
  const first = deliver(board, update);
  t.like(first, { code: Err.Cancelled, cut: true });
  t.true(board.flash.power.cutFired);
  const second = deliver(board, update);
  t.like(second, { code: Ok, cut: false });
  t.true(second.bytesSent < whole - 8192);
  t.is(activate(board), Ok);
  t.is(run(board).history.at(-1)!.decision.slot, 1);
});

test('a board in a directory goes on in another process', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'flipside-'));
  const first = factory(old, { directory });
  run(first);
  t.is(deliver(first, release(firmware(2), 2)).code, Ok);
  first.close();
  const second = createBoard({ ...first.options, directory });
  t.is(deliver(second, release(firmware(2), 2)).code, Ok);
  t.is(activate(second), Ok);
  second.close();
  const third = createBoard({ ...first.options, directory });
  t.is(third.cause, Reset.Requested);
  t.is(run(third).history.at(-1)!.decision.slot, 1);
  third.close();
});

test('over HTTP, from a server that breaks off', async (t) => {
  const board = factory(old);
  run(board);
  const update = release(firmware(2, 40_000), 2);
  let answers = 0;
  const server = createServer((request, response) => {
    const bytes = request.url === '/envelope' ? update.envelope : update.payload;
    const [from, to] = /(\d+)-(\d+)/.exec(request.headers.range!)!.slice(1).map(Number) as [number, number];
    const last = Math.min(to, bytes.length - 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${bytes.length}` });
    if (++answers === 3) response.write(bytes.subarray(from, from + 9000), () => response.destroy());
    else response.end(bytes.subarray(from, last + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const envelopeUrl = `http://127.0.0.1:${port}/envelope`;
  const result = await updateOver(start(board).agent!, { envelopeUrl, pause: async () => undefined });
  server.closeAllConnections();
  server.close();
  t.is(result.code, Ok);
  t.is(activate(board), Ok);
  t.is(run(board).history.at(-1)!.decision.slot, 1);
});
