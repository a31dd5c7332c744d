/** hawkBit above the gateway: what it is told in a device's name, and what becomes of what it says. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openHawkbit } from '../../gateway/upstream/hawkbit.ts';
import type { HawkbitOptions } from '../../gateway/upstream/hawkbit.ts';
import type { Upstream } from '../../gateway/contract.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import type { FakeDdi } from '../hawkbit/_server.ts';
import { memoryInventory } from './_inventory.ts';
import type { MemoryInventory } from './_inventory.ts';

const PATIENCE = 90_000;
const files = { 'update.suit': Uint8Array.of(1, 2, 3), 'a.bin': Uint8Array.of(4) };

interface Scene {
  readonly server: FakeDdi;
  readonly inventory: MemoryInventory;
  readonly upstream: Upstream;
  /** Until it holds. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** execution and finished of what was told, in order. */
  told(): string[];
}

const scene = async (t: ExecutionContext, more: Partial<HawkbitOptions> = {}): Promise<Scene> => {
  const server = await fakeDdi();
  server.sleep = '00:00:00';
  const inventory = memoryInventory('lamp-1');
  const upstream = openHawkbit({
    inventory,
    url: server.url.replace(/\/lamp-1$/, ''),
    token: 'secret',
    least: 0.02,
    usual: 0.05,
    ...more,
  });
  t.teardown(async () => {
    await upstream.close();
    await server.close();
  });
  const told = (): string[] =>
    server.told.flatMap(({ path, body }) =>
      body.status === undefined
        ? []
        : [`${path.split('/')[1]} ${body.status.execution} ${body.status.result.finished}`],
    );
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (const end = Date.now() + PATIENCE; !holds();) {
      if (Date.now() > end)
        throw new Error(`${what}: never; told ${told().join(', ')}; ${upstream.state().trouble}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { server, inventory, upstream, until, told };
};

test('an assignment becomes work; each step is told once; success closes it, and only that', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t);
  server.assign({ id: '7', files });
  upstream.start();
  await until('work', () => inventory.device('lamp-1')?.work !== undefined);
  const { work } = inventory.device('lamp-1')!.work!;
  t.is(work.id, '7');
  t.is(work.source.envelope.authorization, 'GatewayToken secret');
  t.deepEqual(
    work.source.files.map(({ name }) => name),
    ['a.bin'],
  );
  await until('told that it waits', () => told().length === 1);
  const steps = ['offered', 'staged', 'trial', 'success'] as const;
  for (const state of steps) {
    const before = told().length;
    inventory.work({ state });
    await until(state, () => told().length > before);
  }
  t.deepEqual(told(), [
    'deploymentBase scheduled none',
    'deploymentBase proceeding none',
    'deploymentBase downloaded none',
    'deploymentBase proceeding none',
    'deploymentBase closed success',
  ]);
  // It is closed: asked again, nothing is told and nothing is taken back.
  const asked = server.asked.length;
  await until('asked again', () => server.asked.length > asked + 3);
  t.is(told().length, 5);
  t.deepEqual(
    inventory.wishes.map((one) => one?.id),
    ['7'],
  );
  t.true(server.asked.every(({ authorization }) => authorization === 'GatewayToken secret'));
});

test('what is not on the disk yet is not told', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t, { again: 0.02 });
  server.assign({ id: '7', files });
  upstream.start();
  await until('told that it waits', () => told().length === 1);
  inventory.trouble = new Error('the disk is full');
  inventory.work({ state: 'offered' });
  await until('it is tried', () => /the disk is full/.test(upstream.state().trouble));
  server.cancel();
  inventory.set({ claims: { link: 'coap', authenticated: false, profile: 'nb-iot' } });
  const [before, saves] = [server.told.length, inventory.saves];
  await until('it is tried again', () => inventory.saves > saves + 3);
  t.is(server.told.length, before);
  inventory.trouble = undefined;
  await until('told when it is there', () => told().includes('deploymentBase proceeding none'));
});

test('a check-in without news brings about no request', async (t) => {
  const { server, inventory, upstream, until } = await scene(t, { least: 3600 });
  upstream.start();
  await until('introduced', () => server.told.some(({ path }) => path === '/configData'));
  await until('quiet', () => upstream.state().lastContact > 0);
  const before = server.asked.length;
  for (let seen = 1; seen <= 20; seen++) inventory.set({ lastSeen: seen });
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.is(server.asked.length, before);
});

test('configData: group and profile, again when they change', async (t) => {
  const { server, inventory, upstream, until } = await scene(t);
  upstream.start();
  const data = (): (string | undefined)[] =>
    server.told.flatMap(({ path, body }) => (path === '/configData' ? [body.data?.['profile']] : []));
  await until('introduced', () => data().length === 1);
  inventory.set({ claims: { link: 'coap', authenticated: true, profile: 'esp32-c3' } });
  await until('again', () => data().length === 2);
  t.deepEqual(data(), [undefined, 'esp32-c3']);
});

test('what the server takes back before it began is cancelled, and told under cancelAction', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t);
  server.assign({ id: '7', files });
  upstream.start();
  await until('work', () => told().length === 1);
  server.cancel();
  await until('cancelled', () => told().includes('cancelAction closed success'));
  t.is(inventory.device('lamp-1')?.work?.state, 'cancelled');
});

test('what runs already is not taken back, and the server is told so', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t);
  server.assign({ id: '7', files });
  upstream.start();
  await until('work', () => told().length === 1);
  inventory.work({ state: 'trial' });
  await until('trial', () => told().length === 2);
  server.cancel();
  await until('rejected', () => told().includes('cancelAction rejected none'));
  t.is(inventory.device('lamp-1')?.work?.state, 'trial');
  t.false(told().includes('cancelAction closed success'));
});

test('a failure is told with its code and the report as it came', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t);
  server.assign({ id: '7', files });
  upstream.start();
  await until('work', () => told().length === 1);
  inventory.work({ state: 'reverted', code: -112, words: 'CheckFailed: mqtt connects' });
  await until('closed', () => told().includes('deploymentBase closed failure'));
  const { body } = server.told.at(-1)!;
  t.is(body.status?.code, -112);
  t.regex(body.status?.details?.[0] ?? '', /went back: CheckFailed: mqtt connects/);
});

test('the word of the owner is given only where the configuration says so', async (t) => {
  const silent = await scene(t);
  silent.server.ask({ id: '7', files });
  silent.upstream.start();
  await silent.until('asked', () => silent.server.asked.length > 6);
  t.is(silent.inventory.device('lamp-1')?.work, undefined);
  const given = await scene(t, { confirm: true });
  given.server.ask({ id: '7', files });
  given.upstream.start();
  await given.until('work', () => given.inventory.device('lamp-1')?.work !== undefined);
  t.true(given.server.told.some(({ body }) => body.confirmation === 'confirmed'));
});

const hostile: readonly (readonly [
  string,
  { status: number; headers?: Record<string, string>; text?: string },
  RegExp,
])[] = [
  ['no JSON', { status: 200, text: '{' }, /cannot be read/],
  ['a list', { status: 200, text: '[]' }, /cannot be read/],
  ['70 KB', { status: 200, text: 'x'.repeat(70_000) }, /more than 65536 bytes/],
  ['another token wanted', { status: 401 }, /HTTP 401/],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, /HTTP 302/],
  ['it does not know the device', { status: 404 }, /does not know the device/],
  ['overload', { status: 503 }, /HTTP 503/],
  [
    'a deployment elsewhere',
    {
      status: 200,
      text: JSON.stringify({ _links: { deploymentBase: { href: 'http://elsewhere.example.com/' } } }),
    },
    /not the configured host/,
  ],
];

for (const [name, answer, words] of hostile) {
  test(`the server answers ${name}: trouble in words, no work; taken when it is right again`, async (t) => {
    const { server, inventory, upstream, until } = await scene(t);
    server.assign({ id: '7', files });
    server.instead.set('', answer);
    upstream.start();
    await until('trouble', () => words.test(upstream.state().trouble));
    t.is(inventory.device('lamp-1')?.work, undefined);
    server.instead.clear();
    await until('work', () => inventory.device('lamp-1')?.work?.work.id === '7');
    await until('no trouble', () => upstream.state().trouble === '');
  });
}

test('an assignment without an envelope is closed with the reason', async (t) => {
  const { server, inventory, upstream, until, told } = await scene(t);
  server.assign({ id: '7', files: { 'a.bin': Uint8Array.of(4) } });
  upstream.start();
  await until('closed', () => told().includes('deploymentBase closed failure'));
  t.regex(
    server.told.at(-1)?.body.status?.details?.[0] ?? '',
    /^the gateway cannot take it: .*NothingToInstall/,
  );
  t.is(inventory.device('lamp-1')?.work, undefined);
});
