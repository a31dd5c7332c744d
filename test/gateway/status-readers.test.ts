/** Who listens to the events: one that does not read is dropped, and holds up nobody. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { DeviceRecord } from '../../gateway/contract.ts';
import { openEvents } from '../../gateway/status/events.ts';
import type { Events } from '../../gateway/status/events.ts';

/** Of one event; and bytes by which one that does not read is dropped, whatever the kernel takes for it. */
const EVENT = 65_536;
const BYTES_MOST = 256 * 1024 * 1024;

interface Scene {
  readonly events: Events;
  /** How often the groups were asked for. */
  asked(): number;
  readonly port: number;
  /** One event more, and a turn for the sockets. */
  change(): Promise<void>;
}

const scene = async (t: ExecutionContext, linger?: number): Promise<Scene> => {
  let count = 0;
  const events = openEvents({
    line: ({ id }) => ({ id, filling: 'x'.repeat(EVENT) }),
    groups: () => ({ count: ++count }),
    status: () => ({}),
    now: () => 0,
    gather: 1,
    pulse: 3_600_000,
    linger,
  });
  const server = createServer(({ headers }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (!events.add(response, headers['last-event-id'] as string | undefined)) response.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    events.close();
    server.closeAllConnections();
    server.close();
  });
  const change = async (): Promise<void> => {
    events.changed({ id: 'lamp' } as DeviceRecord);
    await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { events, asked: () => count, port: (server.address() as AddressInfo).port, change };
};

const reader = async (t: ExecutionContext, { port, events }: Scene, lastId = ''): Promise<Socket> => {
  const before = events.readers();
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  const last = lastId === '' ? '' : `Last-Event-ID: ${lastId}\r\n`;
  socket.write(`GET /api/events HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`);
  while (events.readers() === before) await new Promise((resolve) => setTimeout(resolve, 1));
  return socket;
};

test('a reader that does not read is dropped; one that does goes on', async (t) => {
  const here = await scene(t);
  let got = 0;
  const quick = await reader(t, here);
  quick.on('data', (bytes: Buffer) => (got += bytes.length));
  const slow = await reader(t, here);
  slow.pause();
  t.is(here.events.readers(), 2);
  let sent = 0;
  while (here.events.readers() === 2 && sent < BYTES_MOST) {
    await here.change();
    sent += EVENT;
  }
  t.is(here.events.readers(), 1, `after ${sent} bytes nobody was dropped`);
  t.true(sent >= 262_144, `dropped after ${sent} bytes: sooner than that it was not slow`);
  // What is dropped is cut, and not left to wait for ever.
  slow.resume();
  await once(slow, 'close');
  const before = got;
  await here.change();
  while (got < before + EVENT) await once(quick, 'data');
  t.is(here.events.readers(), 1);
});

test('one that goes away is forgotten; there is a most', async (t) => {
  const here = await scene(t);
  const first = await reader(t, here);
  for (let others = 0; others < 63; others++) await reader(t, here);
  const over = connect(here.port, '127.0.0.1');
  over.on('error', () => undefined);
  over.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  over.resume();
  await once(over, 'close');
  t.is(here.events.readers(), 64);
  first.destroy();
  while (here.events.readers() === 64) await new Promise((resolve) => setTimeout(resolve, 1));
  t.is(here.events.readers(), 63);
});

/** What comes, until it fits. */
const heard = async (socket: Socket, fits: RegExp): Promise<string> => {
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
  while (!fits.test(text)) await once(socket, 'data');
  return text;
};

// linger, what one who comes back is told, whether anything was computed meanwhile
const left: readonly (readonly [number | undefined, RegExp, boolean])[] = [
  [undefined, /event: hello[^]*event: devices/, true],
  [0, /event: reset/, false],
];
for (const [linger, told, computed] of left) {
  test(`nobody listens, linger ${linger}: who comes back is told ${told}`, async (t) => {
    const here = await scene(t, linger);
    const first = await reader(t, here);
    const [, id = ''] = /^id: (\S+)$/m.exec(await heard(first, /event: hello/)) ?? [];
    t.not(id, '');
    first.destroy();
    while (here.events.readers() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const before = here.asked();
    for (let changes = 0; changes < 5; changes++) await here.change();
    await new Promise((resolve) => setTimeout(resolve, 5));
    t.is(here.asked() > before, computed);
    const again = await reader(t, here, id);
    t.regex(await heard(again, told), told);
  });
}
