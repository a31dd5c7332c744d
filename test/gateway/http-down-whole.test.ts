/** hawkBit, a gateway, a board behind it over TLS: the driver's own way to check in, with its token and its authority. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { liveOf, restart, tick } from '../../bootloader-sim/index.ts';
import { tokenHash } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { checkInOver } from '../../hal/node/check-in.ts';
import type { CheckedIn, CheckInOptions } from '../../hal/node/check-in.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import type { FakeDdi } from '../hawkbit/_server.ts';
import { authority, tokenOf } from './_http-down.ts';
import { deviceNew, gatewayWritten, packed } from './_world.ts';
import type { Device } from './_world.ts';

const ID = 'lamp-1';
const PATIENCE = 30_000;
const factory = packed(1);
const next = packed(2, [1, 3]);
const certificateAt = (name: string): string => resolve(`test/http/certificates/${name}.pem`);

const gatewayOf = async (t: ExecutionContext, server: FakeDdi, http: object): Promise<Gateway> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-http-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const written = gatewayWritten(folder, [{ id: ID }], { upstream, coap: undefined, http });
  written.secrets.devices[ID]!.tokenHash = tokenHash(tokenOf(ID));
  const gateway = await openGateway({ ...written, pace: { least: 0.02, settle: 0 } });
  t.teardown(() => gateway.close());
  return gateway;
};

const serverOf = async (t: ExecutionContext): Promise<FakeDdi> => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  server.sleep = '00:00:00';
  return server;
};

const wake = ({ board, memory, reporter }: Device, more: Partial<CheckInOptions>): Promise<CheckedIn> =>
  checkInOver({ agent: liveOf(board).agent!, url: '', device: ID, memory, reporter, ...more });

test('an update over TLS: checked in by token, fetched by ranges, confirmed, and the server hears it', async (t) => {
  const server = await serverOf(t);
  const http = { port: 0, cert: certificateAt('server'), key: certificateAt('server.key') };
  const gateway = await gatewayOf(t, server, http);
  t.regex(gateway.http ?? '', /^https:\/\/127\.0\.0\.1:\d+\/$/);
  t.is(gateway.coap, undefined);
  const device = deviceNew(ID, factory, [[next, { kind: 'healthy' }]]);
  server.assign({ id: '7', files: next.files });
  const told = (): string[] => server.told.map(({ body }) => body.status?.execution ?? '');
  const fetched: number[] = [];
  for (const end = Date.now() + PATIENCE; !told().includes('closed');) {
    if (Date.now() > end) throw new Error(`never; told ${told().join(', ')}`);
    const done = await wake(device, { url: gateway.http!, token: tokenOf(ID), http: { ca: authority } });
    t.is(done.code, 0);
    if (done.fetched !== undefined) fetched.push(done.fetched.bytesSent);
    if (done.activated) restart(device.board);
    for (let ticks = 0; ticks < 20; ticks++) tick(device.board, liveOf(device.board));
    await new Promise((done) => setTimeout(done, 30));
  }
  const closing = server.told.find(({ body }) => body.status?.execution === 'closed')!.body.status!;
  t.is(closing.result.finished, 'success');
  t.true(closing.details!.some((line) => line.startsWith('report:')));
  t.is(fetched.length, 1);
  t.true(fetched[0]! > 0 && fetched[0]! < next.payload.length + next.envelope.length, `${fetched[0]} bytes`);
});

// what the device has, code, refusal
const REFUSED: readonly (readonly [string, Partial<CheckInOptions>, number, number])[] = [
  ['no token', { http: { ca: authority } }, Err.SourceRefused, 401],
  ['another token', { token: tokenOf('lamp-2'), http: { ca: authority } }, Err.SourceRefused, 401],
  ['another authority', { token: tokenOf(ID) }, Err.SourceUntrusted, 0],
];
for (const [what, more, code, refusal] of REFUSED)
  test(`a device with ${what} gets nothing: ${code}`, async (t) => {
    const server = await serverOf(t);
    const http = { port: 0, cert: certificateAt('server'), key: certificateAt('server.key') };
    const gateway = await gatewayOf(t, server, http);
    const device = deviceNew(ID, factory);
    const done = await wake(device, { url: gateway.http!, ...more });
    t.like(done, { code, refusal, exchanges: 0, orders: undefined });
  });

test('a gateway that never ends its answer is left in time', async (t) => {
  const { createServer } = await import('node:http');
  const slow = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/cbor' });
    const drip = setInterval(() => response.write('a'), 20).unref();
    response.once('close', () => clearInterval(drip));
  });
  await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done));
  t.teardown(() => slow.close());
  const { port } = slow.address() as { port: number };
  const options = { url: `http://127.0.0.1:${port}/`, http: { timeout: 400 } };
  const done = await wake(deviceNew(ID, factory), options);
  t.like(done, { exchanges: 0, fetched: undefined });
  t.true([Err.SourceLost, Err.SourceMalformed].includes(done.code as never), String(done.code));
});
