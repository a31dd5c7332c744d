import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { baseNew, baseRead, deploymentNew, deploymentRead, TEXT_MAX } from '../../hal/hawkbit/index.ts';
import { DdiLink } from '../../hal/node/hawkbit.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { fakeDdi } from './_server.ts';

const linkTo = (url: string, more: object = {}): DdiLink =>
  new DdiLink({ url, token: 'secret', kind: 'target', ...more });

test('from the base to the end of an action, by links alone', async (t) => {
  const server = await fakeDdi();
  const link = linkTo(server.url);
  try {
    server.assign({ id: '7', files: { 'update.suit': new Uint8Array([1]) } });
    const base = baseNew();
    t.is(baseRead(base, (await link.ask('GET', link.place)).text), 0);
    t.is(base.sleep, 5);
    const deployment = deploymentNew();
    const at = link.follow(base.deployment);
    t.is(deploymentRead(deployment, (await link.ask('GET', at)).text, false), 0);
    t.is(deployment.artifacts[deployment.envelope]!.filename, 'update.suit');
    const feedback = link.follow(`${base.deployment.split('?')[0]}/feedback`);
    const closed = JSON.stringify({ status: { execution: 'closed', result: { finished: 'success' } } });
    t.is((await link.ask('POST', feedback, closed)).status, 200);
    t.is((await link.ask('POST', feedback, closed)).status, 410);
    t.is(server.told.length, 2);
  } finally {
    link.close();
    await server.close();
  }
});

test('the token is shown to its origin, and to no other', async (t) => {
  const server = await fakeDdi();
  const other = await fakeDdi();
  const place = placeNew();
  uriRead(place, other.url);
  const closed = linkTo(server.url);
  const open = linkTo(server.url, { hosts: [new URL(other.url).host] });
  try {
    await t.throwsAsync(closed.ask('GET', place), { message: /not allowed/ });
    t.is(other.asked.length, 0);
    t.is((await open.ask('GET', place)).status, 401);
    t.is(other.asked[0]!.authorization, '');
    t.throws(() => closed.follow('https://elsewhere/x'), { message: /not the configured host/ });
  } finally {
    closed.close();
    open.close();
    await server.close();
    await other.close();
  }
});

test('what a server asks for, and what it may not send', async (t) => {
  const server = await fakeDdi();
  const link = linkTo(server.url);
  try {
    server.instead.set('', { status: 429, headers: { 'retry-after': '17' }, text: 'x' });
    const busy = await link.ask('GET', link.place);
    t.deepEqual([busy.status, busy.retryAfter, busy.text], [429, 17, '']);
    server.instead.set('', { status: 200, text: ' '.repeat(TEXT_MAX + 1) });
    const error = await t.throwsAsync(link.ask('GET', link.place));
    t.is((error as Error & { code: number }).code, Err.SourceMalformed);
  } finally {
    link.close();
    await server.close();
  }
});

for (const [what, options] of [
  ['a token with a line in it', { token: 'a\r\nb' }],
  ['an empty token', { token: '' }],
  ['an address of CoAP', { url: 'coap://h/T/controller/v1/d' }],
  ['no address', { url: 'nowhere' }],
] as const) {
  test(`wired wrongly: ${what}`, (t) => {
    t.throws(() => linkTo('http://h/T/controller/v1/d', options), { name: 'HttpError' });
  });
}

test('a server that gives a byte now and then, for ever, is left in time', async (t) => {
  let closed = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 20).unref();
    response.once('close', () => {
      closed = true;
      clearInterval(drip);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const link = linkTo(`http://127.0.0.1:${port}/DEFAULT/controller/v1/lamp-1`, { timeout: 1500 });
  try {
    const error = await t.throwsAsync(link.ask('GET', link.place), { message: /too slowly/ });
    t.is((error as { code?: unknown }).code, Err.SourceSlow);
    while (!closed) await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    link.close();
    server.closeAllConnections();
    server.close();
  }
});
