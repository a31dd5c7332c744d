import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocket } from 'node:dgram';
import { getEventListeners, once as emitted } from 'node:events';
import test from 'ava';
import { Ok, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/index.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { coapGet } from '../../hal/node/coap-get.ts';
import { coapRead } from '../../hal/node/coap-small.ts';
import { openCoapServer } from '../../hal/node/coap-server.ts';
import { update } from '../../hal/node/coap.ts';
import type { ChannelEvents } from '../../hal/node/coap.ts';
import { udpConnect } from '../../hal/node/udp.ts';
import { serveCoap } from '../../publisher/index.ts';
import { boardOf, imageOf, packOf } from '../serial/_rig.ts';

const first = packOf(imageOf(6, 1), 1);
const second = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
const folder = mkdtempSync(join(tmpdir(), 'flipside-coap-'));
const bin = /[0-9a-f]{32}\.bin/.exec(Buffer.from(second.envelope).toString('latin1'))![0];
mkdirSync(join(folder, 'fw'));
writeFileSync(join(folder, 'fw', 'update.suit'), second.envelope);
writeFileSync(join(folder, 'fw', bin), second.payload);
writeFileSync(join(folder, 'small.txt'), 'small');
writeFileSync(`${folder}.secret`, 'secret');

const quick = { ...TIMING, roundTrip: 10, floor: 20, patience: 500 };
const once = { attempts: 0, first: 1, longest: 1, progress: 1 };

const stagedOf = (board: Board): boolean => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status.phase === Phase.Staged;
};

test('a whole update from a folder that is served, over loopback', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.teardown(() => server.close());
  const board = boardOf(first);
  const sent: number[] = [];
  const delivery = await update(liveOf(board).agent!, {
    envelopeUrl: `${server.url}fw/update.suit`,
    alive: (bytes) => sent.push(bytes) > 0,
  });
  t.is(delivery.code, Ok);
  t.true(stagedOf(board));
  t.is(delivery.bytesSent, second.envelope.length + second.payload.length);
  t.true(sent.length > 10);
});

test('it is stopped: by a signal, before and meanwhile, and by a board that is gone', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.teardown(() => server.close());
  const envelopeUrl = `${server.url}fw/update.suit`;
  const { agent } = liveOf(boardOf(first));
  t.is((await update(agent!, { envelopeUrl, signal: AbortSignal.abort() })).code, Err.Cancelled);
  const stop = new AbortController();
  const meanwhile = update(agent!, { envelopeUrl, signal: stop.signal, blocks: { szx: 0, window: 1 } });
  setImmediate(() => stop.abort());
  t.is((await meanwhile).code, Err.Cancelled);
  t.is((await update(agent!, { envelopeUrl, alive: (bytes) => bytes < 2000 })).code, Err.Cancelled);
  t.is((await update(agent!, { envelopeUrl })).code, Ok, 'and goes on afterwards');
});

test('nothing of what has ended hangs on a signal that lives on, and a way that opens too late is closed', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.teardown(() => server.close());
  const { signal } = new AbortController();
  const { agent } = liveOf(boardOf(first));
  t.is((await update(agent!, { envelopeUrl: `${server.url}fw/update.suit`, signal })).code, Ok);
  const small = placeNew();
  uriRead(small, `${server.url}small.txt`);
  t.is((await coapRead(small, 100, { signal })).code, Ok);
  t.is(getEventListeners(signal, 'abort').length, 0);

  const stop = new AbortController();
  let closed = 0;
  const open = async () => {
    stop.abort();
    await new Promise((later) => setImmediate(later));
    return { send: () => undefined, close: () => (closed += 1) };
  };
  t.is((await coapRead(small, 100, { signal: stop.signal, open })).code, Err.Cancelled);
  await new Promise((later) => setTimeout(later, 20));
  t.is(closed, 1);
});

// name, URL, code, cause
const NOWHERE: readonly (readonly [string, (port: number) => string, number, number])[] = [
  ['no such file', (port) => `coap://127.0.0.1:${port}/none`, Err.SourceRefused, Err.CoapRefused],
  ['nobody there', () => 'coap://127.0.0.1:9/x', Err.SourceLost, Err.CoapTimeout],
  ['no such name', () => 'coap://name.invalid/x', Err.SourceLost, Err.SourceLost],
  ['no such scheme here', () => 'coaps://127.0.0.1/x', Err.SchemeRefused, Err.SchemeRefused],
  ['a scheme of nobody', () => 'gopher://127.0.0.1/x', Err.SchemeRefused, Err.SchemeRefused],
  ['no URL', () => 'fw/update.suit', Err.UriMalformed, Err.UriMalformed],
];

for (const [name, urlOf, code, cause] of NOWHERE) {
  test(`${name}: ${code}`, async (t) => {
    const server = await serveCoap({ folder, port: 0 });
    t.teardown(() => server.close());
    const { agent } = liveOf(boardOf(first));
    const delivery = await update(agent!, { envelopeUrl: urlOf(server.port), timing: quick, retry: once });
    t.deepEqual([delivery.code, delivery.cause], [code, cause]);
    t.is(delivery.refusal, cause === Err.CoapRefused ? Code.NotFound : 0);
  });
}

/** A channel that does nothing to what it carries. */
const channelTo =
  (port: number, closeAfter = Infinity) =>
  (_host: string, _port: number, events: ChannelEvents) => {
    let count = 0;
    const link = udpConnect('127.0.0.1', port, (bytes) => {
      if (count++ < closeAfter) events.received(bytes, 0, bytes.length);
      if (count === closeAfter) events.closed(Err.CoapTimeout, 'over');
    });
    void link.then(() => events.opened());
    return {
      send: (bytes: Uint8Array, length: number) => void link.then((open) => open.send(bytes, length)),
      close: () => void link.then((open) => open.close()),
    };
  };

test('coaps goes over a secure channel; one that breaks is opened anew', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.teardown(() => server.close());
  let opened = 0;
  const board = boardOf(first);
  const delivery = await update(liveOf(board).agent!, {
    envelopeUrl: 'coaps://example.com/fw/update.suit',
    retry: { attempts: 3, first: 1, longest: 1, progress: 4096 },
    secure: (...given) => channelTo(server.port, opened++ === 0 ? 10 : Infinity)(...given),
  });
  t.is(delivery.code, Ok);
  t.true(stagedOf(board));
  t.is(opened, 2);
  t.is(delivery.faults, 1);
});

test('where the configuration says coaps, a payload over coap is not fetched', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.teardown(() => server.close());
  const delivery = await update(liveOf(boardOf(first)).agent!, {
    envelopeUrl: 'coaps://example.com/fw/update.suit',
    payloadUrl: `${server.url}fw/${bin}`,
    secure: channelTo(server.port),
  });
  t.is(delivery.code, Err.SchemeRefused);
});

// path, code: what of a folder is served
const PATHS: readonly (readonly [string, number])[] = [
  ['small.txt', Ok],
  ['fw/update.suit', Ok],
  ['fw', Err.CoapRefused],
  ['', Err.CoapRefused],
  [`%2e%2e/${folder.split('/').pop()}.secret`, Err.CoapRefused],
  [`fw%2f..%2f..%2f${folder.split('/').pop()}.secret`, Err.CoapRefused],
  ['fw//update.suit', Err.CoapRefused],
  ['small.txt%00', Err.CoapRefused],
];

for (const [path, code] of PATHS) {
  test(`served: "${path.slice(0, 24)}": ${code}`, async (t) => {
    const server = await serveCoap({ folder, port: 0 });
    t.teardown(() => server.close());
    const got = await coapGet(`${server.url}${path}`, 10_000, quick);
    t.is(got.code, code);
    if (path === 'small.txt') t.is(Buffer.from(got.bytes).toString(), 'small');
    t.is(got.bytes.length > 0, code === Ok);
  });
}

// trusted, code, whether it is more than three times the request
const STRANGER: readonly (readonly [boolean, number, boolean])[] = [
  [false, Code.Unauthorized, false],
  [true, Code.Content, true],
];
for (const [trusted, code, long] of STRANGER)
  test(`a stranger that does not echo, trusted ${trusted}: ${long ? 'a whole block' : 'at most three times its bytes'}`, async (t) => {
    const server = await serveCoap({ folder, port: 0, trusted });
    t.teardown(() => server.close());
    const socket = createSocket('udp4');
    t.teardown(() => socket.close());
    const request = Buffer.concat([Buffer.from('40011234b2', 'hex'), Buffer.from('fw'), Buffer.from([0x0b])]);
    const whole = Buffer.concat([request, Buffer.from('update.suit')]);
    socket.send(whole, server.port, '127.0.0.1');
    const [answer] = (await emitted(socket, 'message')) as [Buffer];
    t.is(answer[1], code);
    t.is(answer.length > 3 * whole.length, long, `${answer.length} bytes`);
  });

test('one resource: longer than is taken, over another protocol, from nobody', async (t) => {
  const server = await serveCoap({ folder, port: 0 });
  t.is((await coapGet(`${server.url}small.txt`, 4, quick)).code, Err.CoapTooLong);
  t.is((await coapGet('http://127.0.0.1/', 4, quick)).code, Err.SchemeRefused);
  t.is((await coapGet('coap://name.invalid/', 4, quick)).code, Err.SourceLost);
  await server.close();
  t.is((await coapGet(`${server.url}small.txt`, 4, quick)).code, Err.CoapTimeout);
});

test('a port that is taken is said so', async (t) => {
  const server = await openCoapServer({ port: 0, serve: () => undefined });
  t.teardown(() => server.close());
  await t.throwsAsync(serveCoap({ folder, port: server.port }), { message: /EADDRINUSE/ });
});
