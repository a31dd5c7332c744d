/** A stock client, and our own over a pty. Left out, with a word, where Python or its package is not there. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { servedBoard } from '../serial/_served.ts';

/** Where .ci/run puts the package; else whatever python3 there is. */
const python = process.env['FLIPSIDE_PEER_PYTHON'] ?? 'python3';
const script = join(process.cwd(), 'test/serial/peer.py');
const has = (code: string): boolean => spawnSync(python, ['-c', code]).status === 0;

const run = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(python, [script, ...args]);
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.on('close', (status) => (status === 0 ? resolve(out) : reject(new Error(err))));
  });

interface Said {
  readonly smpclient: string;
  readonly first: number[];
  readonly second: number[];
  readonly up: number;
  readonly after: unknown;
  readonly again: string;
  readonly confirmUnbooted: string;
}

test('smpclient: uploads, is interrupted, goes on, jumps over what is there; test, reset, confirmed', async (t) => {
  if (!has('import smpclient, serial')) {
    t.log(`${python} has no smpclient: left out`);
    t.pass();
    return;
  }
  const board = servedBoard(60, 'nrf52840');
  await board.start();
  t.teardown(() => board.stop());
  const said = JSON.parse(await run([board.socket, board.bundle])) as Said;
  t.log(`smpclient ${said.smpclient}: ${said.up} bytes up for a bundle of ${board.bundleBytes}`);
  t.is(said.second.at(-1), board.bundleBytes);
  t.is(said.second[0], said.first.at(-1), 'the same sha: goes on where it was');
  const jumps = said.second.filter((off, at) => off - (said.second[at - 1] ?? off) > 512);
  t.true(jumps.length > 5, 'jumps forward over blocks that are copied');
  t.true(said.up < board.bundleBytes * 0.75);
  t.deepEqual(said.after, [[0, '2', true]]);
  t.is(said.confirmUnbooted, '32');
  t.is(said.again, 'flipside -76');
});

test('flipside serial over a pty, which stty sets', async (t) => {
  if (!has('import pty')) {
    t.log(`${python} is not there: left out`);
    t.pass();
    return;
  }
  const board = servedBoard(12, 'tiny');
  await board.start();
  const bridge = spawn(python, [script, board.socket, 'pty']);
  t.teardown(async () => {
    bridge.kill();
    await board.stop();
  });
  const name = await new Promise<string>((resolve) =>
    bridge.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())),
  );
  const installed = await board.flipside('serial', 'install', board.bundle, '--port', name);
  t.is(installed.status, 0, installed.stderr);
  t.is(installed.rows[0]?.['outcome'], 'confirmed');
});
