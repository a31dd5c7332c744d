/** Clients of the HTTP side that lie, stall, send too much, or take too long; and what is said over DDI and is none. */
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { authority, authorizationOf, CBOR, checkInBytes, downOf, RELEASE, ROOT } from './_http-down.ts';
import type { Down } from './_http-down.ts';

const ID = 'lamp-1';
const lamp = authorizationOf(ID);
const JSON_BODY = { ...lamp, 'content-type': 'application/json' };
const PATH = `DEFAULT/controller/v1/${ID}`;
const BIG = 64 << 20;

const portOf = ({ url }: Down): number => Number(new URL(url).port);

/** Connected, and all that comes until it is closed. */
const open = (
  t: ExecutionContext,
  down: Down,
  secure = true,
): { socket: Socket; closed: Promise<string> } => {
  const at = { port: portOf(down), host: '127.0.0.1' };
  const socket = secure ? connectSecure({ ...at, ca: authority, servername: 'localhost' }) : connect(at);
  let came = '';
  socket.on('data', (bytes: Buffer) => (came += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(came)));
  return { socket, closed };
};

const HEAD = `POST /c/${ID} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${lamp.authorization}\r\nContent-Type: application/cbor\r\n`;
/** An honest client on a busy machine keeps to them; its handshake has its usual time. */
const FAST = { headers: 2000, request: 3000 };

// what is sent, and the status of what is answered before the connection is closed
const SLOW: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /^(HTTP\/1\.1 408 |$)/],
  ['half a request line', 'POST /c/la', /^HTTP\/1\.1 408 /],
  ['headers without an end', HEAD, /^HTTP\/1\.1 408 /],
  ['a body that does not come', `${HEAD}Content-Length: 100\r\n\r\n\xa1`, /^HTTP\/1\.1 408 /],
  ['chunks that do not end', `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`, /^HTTP\/1\.1 408 /],
];
for (const [what, sent, came] of SLOW)
  test(`who sends ${what} is cut off`, async (t) => {
    const down = await downOf(t, { bounds: FAST });
    const { socket, closed } = open(t, down);
    await once(socket, 'secureConnect');
    socket.write(sent, 'latin1');
    t.regex(await closed, came);
    t.is(down.inventory.device(ID)?.claims, undefined);
  });

test('who drips headers, a byte at a time, is cut off; others are served meanwhile', async (t) => {
  const down = await downOf(t, { bounds: { headers: 5000 } });
  const { socket, closed } = open(t, down);
  await once(socket, 'secureConnect');
  let at = 0;
  const drip = setInterval(() => socket.write(`${HEAD}X-Long: `[at++] ?? 'x'), 20);
  t.teardown(() => clearInterval(drip));
  t.is((await down.ask('POST', `c/${ID}`, { ...lamp, ...CBOR }, checkInBytes())).status, 200);
  t.regex(await closed, /^HTTP\/1\.1 408 /);
});

test('who begins no TLS is cut off', async (t) => {
  const down = await downOf(t, { bounds: { handshake: 300 } });
  const { closed } = open(t, down, false);
  t.is(await closed, '');
});

test('more connections than there may be are closed at once; when one ends, the next is served', async (t) => {
  for (const bounds of [{ connections: 3 }, { perAddress: 3 }]) {
    const down = await downOf(t, { bounds });
    const held = [open(t, down), open(t, down), open(t, down)];
    for (const { socket } of held) await once(socket, 'secureConnect');
    t.is(await open(t, down).closed, '', JSON.stringify(bounds));
    held[0]!.socket.destroy();
    await held[0]!.closed;
    let status = 0;
    for (let tries = 0; status !== 200 && tries < 100; tries++) {
      status = await down.ask('GET', 'time').then(
        (answer) => answer.status,
        () => 0,
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    t.is(status, 200, JSON.stringify(bounds));
  }
});

test('what is longer than is read of it is refused, whatever length it says', async (t) => {
  const down = await downOf(t);
  const post = { ...lamp, ...CBOR };
  t.is((await down.ask('POST', `c/${ID}`, post, new Uint8Array(1025))).status, 413);
  const { socket, closed } = open(t, down);
  await once(socket, 'secureConnect');
  socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  for (let i = 0; i < 64 && !socket.destroyed; i++) socket.write(chunk);
  t.regex(await closed, /^HTTP\/1\.1 413 /);
  const wide = await down.ask('GET', 'time', { 'x-wide': 'x'.repeat(9000) });
  t.is(wide.status, 431);
  t.is((await down.ask('POST', `c/${ID}`, post, new Uint8Array(0))).status, 400);
  t.is((await down.ask('POST', `c/${ID}`, post, checkInBytes().slice(0, 1))).status, 400);
  t.is((await down.ask('POST', `c/${ID}`, lamp, checkInBytes())).status, 415);
  t.is(
    (await down.ask('POST', `c/${ID}`, { ...lamp, 'content-type': 'text/plain' }, checkInBytes())).status,
    415,
  );
  t.is(down.inventory.device(ID)?.claims, undefined);
});

const began = (down: Down): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = { headers: lamp, ca: authority, agent: false as const };
    const request = httpsRequest(`${down.url}${ROOT}app.swu`, options, (response) => {
      response.pause();
      resolve(response);
    });
    request.on('error', reject);
    request.end();
  });

const rest = (response: IncomingMessage): Promise<{ readonly bytes: number; readonly whole: boolean }> =>
  new Promise((resolve) => {
    let bytes = 0;
    response.on('data', (part: Buffer) => (bytes += part.length));
    response.on('error', () => undefined);
    response.on('close', () => resolve({ bytes, whole: response.complete }));
    response.resume();
  });

const big = (down: Down): void => void down.files.set(RELEASE.payloads[0]!.digest, Buffer.alloc(BIG, 1));

test('who does not take what it asked for is cut off', async (t) => {
  const down = await downOf(t, { bounds: { silent: 300, rate: 1e9 } });
  big(down);
  const response = await began(down);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { bytes, whole } = await rest(response);
  t.false(whole);
  t.true(bytes < BIG, `${bytes}`);
});

test('who takes it slower than the least is cut off, though it takes some', async (t) => {
  const down = await downOf(t, { bounds: { silent: 400, rate: BIG } });
  big(down);
  const response = await began(down);
  response.on('error', () => undefined);
  let bytes = 0;
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()));
  const sip = setInterval(() => (bytes += (response.read(4096) as Buffer | null)?.length ?? 0), 20);
  t.teardown(() => clearInterval(sip));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  response.resume();
  await ended;
  t.true(bytes > 0);
  t.false(response.complete);
});

test('what would take longer than a timer holds at the least pace is sent, and not cut off at once', async (t) => {
  const down = await downOf(t, { bounds: { rate: 1e-6 } });
  big(down);
  const { bytes, whole } = await rest(await began(down));
  t.true(whole);
  t.is(bytes, BIG);
});

test('a file that goes missing on the way ends the connection, and is not filled up', async (t) => {
  const down = await downOf(t);
  big(down);
  const response = await began(down);
  t.is(response.headers['content-length'], String(BIG));
  down.files.delete(RELEASE.payloads[0]!.digest);
  const { bytes, whole } = await rest(response);
  t.false(whole);
  t.true(bytes > 0 && bytes < BIG, `${bytes}`);
});

test('who leaves in the middle troubles nobody', async (t) => {
  const down = await downOf(t);
  big(down);
  const responses = await Promise.all(Array.from({ length: 8 }, () => began(down)));
  for (const response of responses) response.on('error', () => undefined).destroy();
  t.is((await down.ask('HEAD', `${ROOT}app.swu`, lamp)).headers['content-length'], String(BIG));
  t.deepEqual(down.warned, []);
});

const feedback = (status: unknown): string => JSON.stringify({ id: '7', status });
const result = { finished: 'success' };
// path, method, body, status
const HOSTILE: readonly (readonly [string, string, string | undefined, number])[] = [
  [`${PATH}/deploymentBase/8`, 'GET', undefined, 404],
  [`${PATH}/deploymentBase/07`, 'GET', undefined, 404],
  [`${PATH}/deploymentBase/..%2f7`, 'GET', undefined, 404],
  [`${PATH}/installedBase/7`, 'GET', undefined, 404],
  ['DEFAULT/controller/v1/lamp-2', 'GET', undefined, 401],
  ['DEFAULT/controller/v1/stranger', 'GET', undefined, 401],
  ['DEFAULT/controller/v1/a%2fb', 'GET', undefined, 404],
  ['DE%20FAULT/controller/v1/lamp-1', 'GET', undefined, 404],
  [`DEFAULT/controller/v1/${'a'.repeat(60)}`, 'GET', undefined, 404],
  [`${PATH}/deploymentBase/8/feedback`, 'POST', feedback({ execution: 'closed', result }), 404],
  [
    `DEFAULT/controller/v1/lamp-2/deploymentBase/7/feedback`,
    'POST',
    feedback({ execution: 'closed', result }),
    401,
  ],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', 'no json', 400],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', '', 400],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', '[]', 400],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', '{"__proto__":{"status":1}}', 400],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', feedback({ execution: 'done', result }), 400],
  [
    `${PATH}/deploymentBase/7/feedback`,
    'POST',
    feedback({ execution: 'closed', result: { finished: 'yes' } }),
    400,
  ],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', feedback({ execution: 'closed', result, details: 'x' }), 400],
  [
    `${PATH}/deploymentBase/7/feedback`,
    'POST',
    feedback({ execution: 'closed', result, details: Array(101).fill('') }),
    400,
  ],
  [`${PATH}/deploymentBase/7/feedback`, 'POST', ' '.repeat(200_000), 413],
  [`${PATH}/configData`, 'PUT', '{}', 400],
  [`${PATH}/configData`, 'PUT', JSON.stringify({ data: { a: 1 } }), 400],
  [`${PATH}/configData`, 'PUT', JSON.stringify({ data: { a: 'x'.repeat(700) } }), 400],
  [
    `${PATH}/configData`,
    'PUT',
    JSON.stringify({ data: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, ''])) }),
    400,
  ],
  [`${PATH}/configData`, 'POST', JSON.stringify({ data: {} }), 404],
];
test('what a hostile client sends moves nothing', async (t) => {
  const down = await downOf(t);
  const workOf = () => down.inventory.device(ID)!.work!;
  down.assign(ID);
  down.assign('lamp-2');
  t.is((await down.ask('GET', PATH, lamp)).status, 200);
  for (const [path, method, body, status] of HOSTILE) {
    const answer = await down.ask(method, path, body === undefined ? lamp : JSON_BODY, body);
    t.is(answer.status, status, `${method} ${path} ${body?.slice(0, 80)}: ${answer.bytes}`);
  }
  const typed = { ...lamp, 'content-type': 'text/plain' };
  const body = feedback({ execution: 'closed', result });
  t.is((await down.ask('POST', `${PATH}/deploymentBase/7/feedback`, typed, body)).status, 415);
  t.is(workOf().state, 'offered');
  t.is(workOf().words, '');
  t.is(down.inventory.device('lamp-2')!.work!.state, 'ready');
  t.deepEqual(down.warned, []);
  const hostile = { data: { battery: '900', staged: 'x', profile: 'a\nb', sleeps: '-1', report: '!!' } };
  t.is((await down.ask('PUT', `${PATH}/configData`, JSON_BODY, JSON.stringify(hostile))).status, 200);
  t.like(down.inventory.device(ID)!.claims, { battery: undefined, staged: undefined, profile: undefined });
  t.is(down.inventory.device(ID)!.refusedReports, 0);
});
