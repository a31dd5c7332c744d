/** From `gateway enrol` to the word that closes the action, all under OSCORE; the gateway is killed on the way. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { devicesLoad } from '../../gateway/config/devices.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { gatewayAt, ID, keysOf, siteOf } from './_oscore-site.ts';
import { deviceNew, deviceStatus, deviceWake, packed } from './_world.ts';

const PATIENCE = 60_000;
const factory = packed(1);
const next = packed(2, [1, 3, 4]);
const program = join(import.meta.dirname, '_oscore-child.js');

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  said(): string;
}

const gatewayRun = async (folder: string, port: number): Promise<Running> => {
  const child = spawn(process.execPath, [program, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the gateway does not start: ${said}`);
  });
  const [url] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  return { child, url: url.toString().trim(), said: () => said };
};

test('a device checks in, fetches, updates and reports under OSCORE, and does not notice a gateway that is killed', async (t) => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  server.sleep = '00:00:00';
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const site = siteOf(t, { upstream, coap: { port: 0 } });
  let gateway = await gatewayRun(site.folder, 0);
  t.teardown(() => gateway.child.kill('SIGKILL'));
  const { url } = gateway;
  const port = Number(new URL(url).port);
  const device = deviceNew(ID, factory, [[next, { kind: 'healthy' }]]);
  const { reporter, coap } = keysOf(site);
  const ends: unknown[] = [];
  let again: Promise<void> = Promise.resolve();
  const killed = async (): Promise<void> => {
    const ended = once(gateway.child, 'exit');
    gateway.child.kill('SIGKILL');
    ends.push((await ended)[1]);
    gateway = await gatewayRun(site.folder, port);
  };
  const alive = (bytes: number): boolean => {
    if (bytes < next.envelope.length + 200 || kills > 0) return true;
    kills++;
    again = killed();
    return true;
  };
  let kills = 0;
  server.assign({ id: '7', files: next.files });
  const told = (): string[] => server.told.map(({ body }) => body.status?.execution ?? '');
  let fetches = 0;
  for (const end = Date.now() + PATIENCE; !told().includes('closed');) {
    if (Date.now() > end) throw new Error(`never; told ${told().join(', ')}`);
    const woken = await deviceWake(device, url, {
      reporter,
      coap: { ...coap, alive, blocks: { szx: 3, window: 1 } },
    });
    await again;
    t.is(woken.code, 0);
    if (woken.fetched !== undefined) fetches++;
    await new Promise((done) => setTimeout(done, 30));
  }
  const closing = server.told.find(({ body }) => body.status?.execution === 'closed')!.body.status!;
  t.is(closing.result.finished, 'success');
  t.true(closing.details!.some((line) => line.startsWith('report:')));
  t.is(deviceStatus(device).sequence, 2);
  t.deepEqual([ends, fetches], [['SIGKILL'], 1], 'it was killed, and the fetch went on');
  t.is(gateway.said(), '', 'nothing is in the open, nothing is to be warned of');
});

test('what enrol and add leave on the disk: no secret in plain sight but the half that is for the device', async (t) => {
  const site = siteOf(t, { upstream: { kind: 'hawkbit', url: 'http://127.0.0.1:1/DEFAULT/controller/v1' } });
  const half = JSON.parse(readFileSync(site.at('half.json'), 'utf8')) as Record<string, string>;
  t.like(half, { version: 1, type: 'OSCORE key', device: ID, senderId: '00', recipientId: '' });
  t.is(statSync(site.at('half.json')).mode & 0o777, 0o600);
  const secret = half['masterSecret']!;
  t.is(secret.length, 32);
  for (const name of ['gateway.secrets', 'devices.json', `${ID}.identity`]) {
    const bytes = readFileSync(site.at(name));
    t.false(bytes.includes(secret), name);
    t.false(bytes.includes(Buffer.from(secret, 'hex')), name);
  }
  t.deepEqual(
    devicesLoad(site.at('devices.json')).map(({ id }) => id),
    [ID],
  );
});

const seal = ['--key-file', 'gateway.key'];
const enrol = ['gateway', 'enrol', 'gateway.json', ID, '--report-key', `${ID}.report-key.json`];
const add = ['identity', 'add', `${ID}.identity`, '--key-file', 'lamp.key', '--oscore'];

test('refused: a half that is there, a half for another, what is no half; a key that went has no context left', async (t) => {
  const site = siteOf(t, {
    upstream: { kind: 'hawkbit', url: 'http://127.0.0.1:1/DEFAULT/controller/v1' },
    coap: { port: 0 },
  });
  const refused = (args: string[], status: number, words: RegExp): void => {
    const ran = site.run(...args);
    t.is(ran.status, status, ran.stderr);
    t.regex(ran.stderr, words);
  };
  refused(
    [...enrol, '--replace', '--oscore', 'half.json', ...seal],
    3,
    /half\.json: --oscore: the file exists already/,
  );
  refused([...add, `${ID}.report-key.json`], 1, /type: no OSCORE key of version 1\. Give the file that/);
  const other = ['--report-key', `${ID}.report-key.json`, '--oscore', 'other.json', ...seal];
  t.is(site.run('gateway', 'enrol', 'gateway.json', 'lamp-2', ...other).status, 0);
  refused([...add, 'other.json'], 1, /other\.json: device: is for lamp-2, and the store of 6c616d702d31/);
  t.is(site.run(...enrol, '--replace', ...seal).status, 0);
  t.is(site.run('gateway', 'revoke', 'gateway.json', 'lamp-2', ...seal).status, 0);
  const message =
    /coap: no device has a security context, and CoAP in the open was not asked for\. Give devices a key/;
  await t.throwsAsync(gatewayAt(site), { message });
});

test('a device whose key the gateway does not have is refused in time, and sleeps', async (t) => {
  const site = siteOf(t, {
    upstream: { kind: 'hawkbit', url: 'http://127.0.0.1:1/DEFAULT/controller/v1' },
    coap: { port: 0 },
  });
  const before = keysOf(site);
  t.is(site.run(...enrol, '--replace', '--oscore', 'new.json', ...seal).status, 0);
  const gateway = await gatewayAt(site);
  t.teardown(() => gateway.close());
  const device = deviceNew(ID, factory);
  const stale = await deviceWake(device, gateway.coap!, { ...before, random: () => 0 });
  t.like(stale, { code: Err.ProtectionMissing, exchanges: 0, wake: 30 });
  const open = await deviceWake(device, gateway.coap!, { random: () => 0 });
  t.like(open, { code: Err.CoapRefused, refusal: 0x81, exchanges: 0 });
});
