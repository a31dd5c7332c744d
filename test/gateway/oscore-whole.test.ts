/** From `gateway enrol` to the word that closes the action, all under OSCORE; the gateway is restarted on the way. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { configLoad } from '../../gateway/config/config.ts';
import { devicesLoad } from '../../gateway/config/devices.ts';
import { secretsLoad } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { openReporter } from '../../hal/identity/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import type { CheckInOptions } from '../../hal/node/check-in.ts';
import { keyStoreOpen, nodeIdentity, openLedgerFile } from '../../hal/node/identity/index.ts';
import { fileSequence, fileSequenceCreate, nodeAead, storedContext } from '../../hal/node/oscore.ts';
import { oscoreProtection } from '../../hal/oscore/index.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { deviceNew, deviceStatus, deviceWake, gatewayWritten, packed, UPSTREAM_TOKEN } from './_world.ts';

const ID = 'lamp-1';
const HMAC = 5;
const PATIENCE = 60_000;
const quick = { ...TIMING, roundTrip: 50, floor: 100, retransmits: 6, patience: 2000 };
const factory = packed(1);
const next = packed(2, [1, 3, 4]);
const cli = join(import.meta.dirname, '../../publisher/cli.js');
const GATEWAY = new TextEncoder().encode('gateway');

interface Site {
  readonly folder: string;
  at(name: string): string;
  run(...args: string[]): {
    readonly status: number | null;
    readonly stderr: string;
    readonly stdout: string;
  };
}

/** A folder with a device's store, and a gateway that has enrolled it. */
const siteOf = (t: ExecutionContext, fields: object): Site => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-oscore-whole-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  gatewayWritten(folder, [], fields as Record<string, unknown>);
  const env = { ...process.env, NO_COLOR: '1' };
  const run: Site['run'] = (...args) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', env });
  const site = { folder, at: (name: string) => join(folder, name), run };
  const hex = Buffer.from(ID).toString('hex');
  const store = ['--key-file', 'lamp.key'];
  const seal = ['--key-file', 'gateway.key'];
  const steps = [
    ['identity', 'create', '--out', ID, '--device', hex, '--algorithm', 'hmac-256', ...store],
    [
      'gateway',
      'enrol',
      'gateway.json',
      ID,
      '--report-key',
      `${ID}.report-key.json`,
      '--oscore',
      'half.json',
      ...seal,
    ],
    ['identity', 'add', `${ID}.identity`, '--oscore', 'half.json', ...store],
  ];
  for (const step of steps) {
    const { status, stderr } = run(...step);
    if (status !== 0) throw new Error(`${step.join(' ')}: ${stderr}`);
  }
  return site;
};

const gatewayAt = async (
  { at }: Site,
  port = 0,
  warn: (words: string) => void = () => undefined,
): Promise<Gateway> => {
  const config = configLoad(at('gateway.json'));
  const secrets = secretsLoad(config.secrets, { keyFile: at('gateway.key') });
  return openGateway({
    config: { ...config, coap: { ...config.coap!, port } },
    secrets: { ...secrets, upstreamToken: UPSTREAM_TOKEN },
    warn,
    pace: { least: 0.02, settle: 0 },
  });
};

/** What the device has in its store, as its drivers take it. */
const keysOf = ({
  at,
}: Site): Pick<CheckInOptions, 'reporter'> & { coap: NonNullable<CheckInOptions['coap']> } => {
  const content = keyStoreOpen(at(`${ID}.identity`), { keyFile: at('lamp.key') });
  const identity = nodeIdentity(content);
  const sequence = at('lamp.sequence');
  fileSequenceCreate(sequence);
  const context = storedContext(identity, GATEWAY, fileSequence(sequence));
  return {
    reporter: openReporter({
      identity,
      algorithm: HMAC,
      keyId: content.keys.find(({ kind }) => kind === 'HMAC')!.keyId,
      device: content.device,
      counter: openLedgerFile(at('lamp.ledger')),
    }),
    coap: { protection: oscoreProtection({ aead: nodeAead(), contexts: [context] }), timing: quick },
  };
};

test('a device checks in, fetches, updates and reports under OSCORE, and does not notice a gateway that restarts', async (t) => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  server.sleep = '00:00:00';
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const site = siteOf(t, { upstream, coap: { port: 0 } });
  const warned: string[] = [];
  let gateway = await gatewayAt(site, 0, (words) => warned.push(words));
  t.teardown(() => gateway.close());
  const url = gateway.coap!;
  const port = Number(new URL(url).port);
  const device = deviceNew(ID, factory, [[next, { kind: 'healthy' }]]);
  const { reporter, coap } = keysOf(site);
  let restarts = 0;
  let again: Promise<void> = Promise.resolve();
  const alive = (bytes: number): boolean => {
    if (bytes < next.envelope.length + 200 || restarts > 0) return true;
    restarts++;
    again = gateway.close().then(async () => {
      gateway = await gatewayAt(site, port);
    });
    return true;
  };
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
  t.deepEqual([restarts, fetches], [1, 1], 'it was restarted, and the fetch went on');
  t.deepEqual(warned, [], 'nothing is in the open');
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
