import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import test from 'ava';
import { servedBoard } from './_served.ts';

test('flipside serial: install, status, confirm, reset; the same again is refused', async (t) => {
  const board = servedBoard(12, 'tiny');
  await board.start();
  t.teardown(() => board.stop());
  const port = ['--port', `unix:${board.socket}`, '--timeout', '500'];
  const installed = await board.flipside('serial', 'install', board.bundle, ...port);
  t.is(installed.status, 0, installed.stderr);
  const row = installed.rows[0]!;
  t.deepEqual([row['outcome'], row['sequence'], row['trial']], ['confirmed', 2, false]);
  t.is((row['sent'] as number) + (row['saved'] as number), board.bundleBytes);
  t.true((row['saved'] as number) > 7 * 4096, 'blocks that are shared are not sent');
  const status = await board.flipside('serial', 'status', ...port);
  t.deepEqual([status.rows[0]?.['running'], status.rows[0]?.['event']], ['B', 'Confirmed']);
  t.is((await board.flipside('serial', 'confirm', ...port)).status, 0);
  const again = await board.flipside('serial', 'install', board.bundle, ...port);
  t.is(again.status, 1);
  t.regex(again.stderr, /-76 AlreadyRunning/);
  const back = await board.flipside('serial', 'revert', ...port);
  t.deepEqual([back.rows[0]?.['sequence'], back.rows[0]?.['event']], [1, 'Manual']);
});

/** A plug between the two ends: counts what goes to the board, and calls `onBytes`. */
const plug = async (to: string, onBytes: (all: number) => void): Promise<{ server: Server; at: string }> => {
  const at = `${to}-plug`;
  let all = 0;
  const server = createServer((near) => {
    const far = connect(to);
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    near.on('data', (bytes) => {
      all += bytes.length;
      far.write(bytes);
      onBytes(all);
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  return { server, at };
};

test('the board is killed and comes back: the same command goes on and ends well', async (t) => {
  const board = servedBoard(60, 'nrf52840');
  await board.start();
  let kills = 0;
  const { server, at } = await plug(board.socket, (all) => {
    if (kills > 0 || all < 60_000) return;
    kills++;
    void board.stop().then(() => board.start());
  });
  t.teardown(async () => {
    server.close();
    await board.stop();
  });
  const ran = await board.flipside('serial', 'install', board.bundle, '--port', `unix:${at}`, '--stage-only');
  t.is(ran.status, 0, ran.stderr);
  t.is(kills, 1);
  const row = ran.rows[0]!;
  t.is(row['outcome'], 'staged');
  t.true((row['reopened'] as number) > 0);
  t.true((row['blocksKept'] as number) > 5, 'what was in flash is not sent again');
});

const WRONG: readonly (readonly [string, string[], number])[] = [
  ['no port', [], 2],
  ['a port that is not there', ['--port', '/dev/not-there'], 3],
  ['a file that is no port', ['--port', '/dev/null'], 3],
  ['a socket that nobody listens on', ['--port', 'tcp:127.0.0.1:1'], 3],
];

for (const [name, args, exit] of WRONG) {
  test(`${name}: exit ${exit}`, async (t) => {
    const board = servedBoard(1, 'tiny');
    t.is((await board.flipside('serial', 'status', ...args)).status, exit);
  });
}
