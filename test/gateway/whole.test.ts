/** hawkBit, a gateway, a simulated board behind it: from the assignment to the word that closes it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { liveOf } from '../../bootloader-sim/index.ts';
import type { Behaviour, Board } from '../../bootloader-sim/index.ts';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { CheckedIn } from '../../hal/node/check-in.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import type { FakeDdi } from '../hawkbit/_server.ts';
import { deviceNew, deviceWake, gatewayWritten, packed, stranger } from './_world.ts';

const DEVICE = 'lamp-1';
const PATIENCE = 90_000;
const WAKES = 40;
const first = packed(1);
const second = packed(2, [1, 3]);

interface Scene {
  readonly server: FakeDdi;
  readonly gateway: Gateway;
  readonly board: Board;
  wake(): Promise<CheckedIn>;
  /** Wakes, runs and restarts it as an application would, until it holds. */
  live(what: string, holds: () => boolean): Promise<void>;
  told(): string[];
}

const gatewayNew = async (t: ExecutionContext, server: FakeDdi): Promise<Gateway> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const gateway = await openGateway({
    ...gatewayWritten(folder, [{ id: DEVICE }], { upstream, status: { port: 0 } }),
    pace: { least: 0.02, settle: 0 },
  });
  t.teardown(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return gateway;
};

const scene = async (t: ExecutionContext, behaviour: Behaviour, reports = true): Promise<Scene> => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  server.sleep = '00:00:00';
  const gateway = await gatewayNew(t, server);
  const device = deviceNew(DEVICE, first, [[second, behaviour]]);
  const { board } = device;
  const wake = (): Promise<CheckedIn> =>
    deviceWake(device, gateway.coap!, reports ? {} : { reporter: undefined });
  const told = (): string[] =>
    server.told.flatMap(({ body }) =>
      body.status === undefined ? [] : [`${body.status.execution} ${body.status.result.finished}`],
    );
  const live = async (what: string, holds: () => boolean): Promise<void> => {
    const end = Date.now() + PATIENCE;
    for (let wakes = 0; !holds(); wakes++) {
      if (wakes > WAKES && Date.now() > end) throw new Error(`${what}: never; told ${told().join(', ')}`);
      await wake();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  return { server, gateway, board, wake, live, told };
};

/** What closed the action. */
const closing = ({ told }: FakeDdi): NonNullable<FakeDdi['told'][number]['body']['status']> => {
  const [status] = told.flatMap(({ body }) => (body.status?.execution === 'closed' ? [body.status] : []));
  if (status === undefined) throw new Error('nothing closed it');
  return status;
};

const { envelope, payload, name, files } = second;

test('a healthy update: fetched once, proven, offered, confirmed; the server hears success from a proven report', async (t) => {
  const { server, live, told } = await scene(t, { kind: 'healthy' });
  server.assign({ id: '7', files });
  await live('success', () => told().includes('closed success'));
  t.is(told().filter((one) => one.startsWith('closed')).length, 1);
  const { details = [] } = closing(server);
  t.true(details.some((line) => line.startsWith('report:')));
  // The gateway fetched each file once, and the device nothing but from the gateway.
  const fetched = server.asked.filter(({ line }) => line.includes('/artifacts/'));
  t.is(fetched.length, 2, fetched.map(({ line }) => line).join('\n'));
});

test('an image that fails its check: the board goes back, the server hears failure with the reason', async (t) => {
  const { server, board, live, told } = await scene(t, { kind: 'failsCheck', ticks: 1 });
  server.assign({ id: '7', files });
  await live('failure', () => told().includes('closed failure'));
  t.false(told().includes('closed success'));
  const { code, details = [] } = closing(server);
  t.true((code ?? 0) < 0, details.join('; '));
  t.regex(details[0] ?? '', /the device went back: /);
  t.is(liveOf(board).agent !== undefined, true);
});

test('a device that proves nothing runs the update, and no success is told of it', async (t) => {
  const { server, live, told, board } = await scene(t, { kind: 'healthy' }, false);
  server.assign({ id: '7', files });
  let rounds = 0;
  await live('rounds', () => ++rounds > 25);
  t.false(
    told().some((one) => one.startsWith('closed')),
    told().join(', '),
  );
  t.true(told().includes('proceeding none'));
  t.truthy(liveOf(board).agent);
});

test('a bundle signed by nobody that the configuration names is not handed out', async (t) => {
  const { server, wake, told } = await scene(t, { kind: 'healthy' });
  const forged = packed(2, [1, 3], { signer: stranger });
  server.assign({ id: '7', files: { 'update.suit': forged.envelope, [name]: payload } });
  for (const end = Date.now() + PATIENCE; !told().includes('closed failure');) {
    if (Date.now() > end) throw new Error(`never; told ${told().join(', ')}`);
    const { orders } = await wake();
    t.is(orders?.path, '');
  }
  t.regex(closing(server).details![0]!, /it was not taken: /);
});

test('a payload that was altered on the way is not handed out', async (t) => {
  const { server, wake, told } = await scene(t, { kind: 'healthy' });
  const altered = payload.slice();
  altered[altered.length - 1]! ^= 1;
  server.assign({ id: '7', files: { 'update.suit': envelope, [name]: altered } });
  for (const end = Date.now() + PATIENCE; !told().includes('closed failure');) {
    if (Date.now() > end) throw new Error(`never; told ${told().join(', ')}`);
    const { orders } = await wake();
    t.is(orders?.path, '');
  }
});
