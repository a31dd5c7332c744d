/** Over real sockets: the client by itself, and the command. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { optionFirst, optionNext } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeText } from '../../hal/coap/writer.ts';
import { Registration } from '../../hal/lwm2m/index.ts';
import type { Lwm2mOptions } from '../../hal/lwm2m/index.ts';
import { fetchOver, keepFile, openCoapServer, runLwm2m } from '../../hal/node/index.ts';
import type { CoapServer } from '../../hal/node/index.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import { factory } from '../bootloader-sim/_real.ts';
import { image } from './_world.ts';

interface Listening {
  readonly server: CoapServer;
  readonly lines: string[];
  /** The next request whose line holds. */
  heard(line: string): Promise<void>;
}

const listen = async (): Promise<Listening> => {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const server = await openCoapServer({
    port: 0,
    serve({ message }, reply) {
      const path: string[] = [];
      const { cursor } = message;
      for (let there = optionFirst(cursor, message); there; there = optionNext(cursor)) {
        const text = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to)).toString();
        if (cursor.number === Option.UriPath) path.push(text);
      }
      lines.push(path.join('/'));
      reply.code = path.length === 1 ? Code.Created : Code.Changed;
      if (path.length === 1)
        for (const part of ['rd', '7']) writeText(reply.writer, Option.LocationPath, part);
      for (const wake of waiting.splice(0)) wake();
    },
  });
  return {
    server,
    lines,
    async heard(line) {
      while (!lines.includes(line)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
};

const uriOf = ({ port }: CoapServer): string => `coap://127.0.0.1:${port}`;

test('a client on sockets registers, updates, and is gone when it is closed', async (t) => {
  const { server, heard } = await listen();
  const board = factory(image(1));
  const states: number[] = [];
  const options: Omit<Lwm2mOptions, 'connect' | 'random'> = {
    endpoint: 'lamp',
    factory: [{ uri: uriOf(server) }],
    device: { firmwareVersion: () => '1', reboot: () => Code.MethodNotAllowed },
    firmware: { agent: liveOf(board).agent!, restart: () => undefined },
    onState: (state) => states.push(state),
  };
  const running = runLwm2m(options);
  await heard('rd');
  running.client.wake(0);
  running.poke();
  while (running.client.state() !== Registration.Registered)
    await new Promise((resolve) => setTimeout(resolve, 10));
  running.client.wake(performance.now());
  running.poke();
  await heard('rd/7');
  t.deepEqual(states, [Registration.Waiting, Registration.Registering, Registration.Registered]);
  running.close();
  await server.close();
});

test('a server of coaps cannot be reached without secure channels, and a URI that is none never', async (t) => {
  const board = factory(image(1));
  for (const uri of ['coaps://127.0.0.1:1', 'http://127.0.0.1', 'coap:', '']) {
    const states: number[] = [];
    const running = runLwm2m({
      endpoint: 'lamp',
      factory: [{ uri }],
      device: { firmwareVersion: () => '1', reboot: () => Code.MethodNotAllowed },
      firmware: { agent: liveOf(board).agent!, restart: () => undefined },
      onState: (state) => states.push(state),
    });
    running.poke();
    while (states.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    t.deepEqual(states, [Registration.Waiting, Registration.Waiting], uri);
    running.close();
  }
});

// what the board allows, where a server sends it, and the code
const PLACES: readonly (readonly [readonly string[] | undefined, string, number])[] = [
  [['origin.example'], 'coap://elsewhere.example/2.suit', Err.OriginRefused],
  [['origin.example'], 'http://origin.example:8080/2.suit', Err.OriginRefused],
  [['https://origin.example'], 'http://origin.example/2.suit', Err.OriginRefused],
  [[], 'http://origin.example/2.suit', Err.OriginRefused],
  [['origin.example'], 'file:///etc/passwd', Err.SchemeRefused],
  [undefined, 'http://user@origin.example/', Err.UriMalformed],
];

test('a server sends the device where the board allows it, or nowhere', (t) => {
  const { agent } = liveOf(factory(image(1)));
  for (const [from, uri, code] of PLACES) {
    const told: number[] = [];
    const port = fetchOver(agent!, (end) => told.push(end), from === undefined ? {} : { from });
    t.is(port.begin(uri), code, uri);
    t.deepEqual(told, []);
  }
});

test('a fetch from a place that is allowed comes to its end, and one that was cancelled says nothing', async (t) => {
  const { server } = await listen();
  const { agent } = liveOf(factory(image(1)));
  const uri = `${uriOf(server)}/2.suit`;
  const told = await new Promise<number>((resolve) => {
    fetchOver(agent!, resolve, { from: [`127.0.0.1:${server.port}`] }).begin(uri);
  });
  t.true(told < 0, `${told}: what this server answers is no envelope`);
  const late: number[] = [];
  const port = fetchOver(agent!, (code) => late.push(code));
  port.begin(uri);
  port.cancel();
  await new Promise<number>((resolve) => {
    fetchOver(agent!, resolve).begin(uri);
  });
  t.deepEqual(late, []);
  await server.close();
});

test('a file keeps what was kept last, and nothing of what does not fit', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-keep-'));
  const keep = keepFile(join(folder, 'kept'));
  const into = new Uint8Array(4);
  t.is(keep.load(into), 0);
  keep.save(Uint8Array.of(1, 2, 3));
  keep.save(Uint8Array.of(4, 5));
  t.is(keep.load(into), 2);
  t.deepEqual([...into.subarray(0, 2)], [4, 5]);
  keep.save(new Uint8Array(5));
  t.is(keep.load(into), 0);
  rmSync(folder, { recursive: true });
});

test('flipside sim lwm2m registers a board, and ends when it is told to', async (t) => {
  const { server, heard } = await listen();
  const folder = mkdtempSync(join(tmpdir(), 'flipside-sim-'));
  const flipside = (args: readonly string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, ['dist/publisher/cli.js', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
    new Promise((resolve) => child.once('exit', resolve));
  const key = join(folder, 'key');
  const board = join(folder, 'board');
  writeFileSync(join(folder, 'one.js'), 'device.every(() => device.watchdog.feed());');
  t.is(await ended(flipside(['keygen', '--out', key])), 0);
  const product = ['--vendor', 'example.com', '--class', 'lamp'];
  const image1 = join(folder, 'one.js');
  const packed = ['pack', image1, '--key', `${key}.pem`, ...product, '--sequence', '1', '--out', folder];
  t.is(await ended(flipside([...packed, '--format', 'framed'])), 0);
  const create = ['sim', 'create', board, '--anchor', `${key}.anchor.json`, ...product];
  t.is(await ended(flipside([...create, '--image', image1, '--envelope', join(folder, 'update.suit')])), 0);
  const child = flipside(['sim', 'lwm2m', board, '--server', uriOf(server), '--endpoint', 'lamp-7']);
  let said = '';
  child.stderr!.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  await heard('rd');
  while (!said.includes('Registered')) await new Promise((resolve) => setTimeout(resolve, 20));
  const end = ended(child);
  child.kill('SIGTERM');
  t.is(await end, 0, said);
  t.regex(said, /firmware: Idle, result 0/);
  await server.close();
  rmSync(folder, { recursive: true });
});
