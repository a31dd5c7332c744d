import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'ava';
import { freePorts } from '../../bench/net/ports.ts';

const HOST = '127.0.0.1';
const FIRST = 20_000;
const COUNT = 3;
const SPAN = 12_000 - COUNT + 1;

/** Draws these first ports, one after the other. */
const drawing = (ports: number[]): (() => number) => {
  const left = [...ports];
  return () => (left.shift()! - FIRST + 0.5) / SPAN;
};

const TAKEN = {
  async TCP(port: number) {
    const server = createServer().listen(port, HOST);
    await once(server, 'listening');
    return () => server.close();
  },
  async UDP(port: number) {
    const socket = createSocket('udp4').bind(port, HOST);
    await once(socket, 'listening');
    return () => socket.close();
  },
};

for (const [name, take] of Object.entries(TAKEN)) {
  test(`a row of ports with one that is taken (${name}) is passed over, and let go`, async (t) => {
    const first = (await freePorts(2 * COUNT))[0]!;
    const second = first + COUNT;
    const free = await take(first + 1);
    t.deepEqual(await freePorts(COUNT, drawing([first, second])), [second, second + 1, second + 2]);
    free();
    t.deepEqual(await freePorts(COUNT, drawing([first])), [first, first + 1, first + 2]);
  });
}

test('where all are taken, the error says between which', async (t) => {
  const [first] = await freePorts(1);
  const free = await TAKEN.TCP(first!);
  const draw = (): number => (first! - FIRST + 0.5) / 12_000;
  await t.throwsAsync(freePorts(1, draw), { message: 'no 1 free ports in a row between 20000 and 32000' });
  free();
});
