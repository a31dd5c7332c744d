/** hawkBit, a gateway, a simulated board behind it: from the assignment to the word that closes it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createBoard, liveOf, provision, restart, tick } from '../../bootloader-sim/index.ts';
import type { Behaviour, Board } from '../../bootloader-sim/index.ts';
import { configLoad } from '../../gateway/config/config.ts';
import { devicesSave } from '../../gateway/config/devices.ts';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { openReporter } from '../../hal/identity/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { checkInMemory, checkInOver } from '../../hal/node/check-in.ts';
import type { CheckedIn, CheckInMemory } from '../../hal/node/check-in.ts';
import { nodeIdentity } from '../../hal/node/index.ts';
import {
  anchorOf,
  anchorRecord,
  anchorText,
  classIdentifier,
  keyParse,
  pack,
  slotImage,
  vendorIdentifier,
} from '../../publisher/index.ts';
import { reportKeyText } from '../../publisher/report-key.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import type { FakeDdi } from '../hawkbit/_server.ts';
import { seededPem } from '../publisher/_keys.ts';
import { imageOf } from '../serial/_rig.ts';

const DEVICE = 'lamp-1';
const PATIENCE = 30_000;
const WAKES = 40;
const vendor = vendorIdentifier('example.com');
const classId = classIdentifier(vendor, 'lamp');
const key = keyParse(seededPem(1), 'key');
const secret = new Uint8Array(32).fill(9);
const keyId = Uint8Array.of(1);
const HMAC = 5;

const packed = (
  image: Uint8Array,
  sequence: number,
): { envelope: Uint8Array; payload: Uint8Array; name: string } => {
  const { envelope, bundle } = pack({ image, sequence, vendor, classId, keys: [key] });
  const name = /[0-9a-f]{32}\.bin/.exec(Buffer.from(envelope).toString('latin1'))![0];
  return { envelope, payload: bundle.subarray(envelope.length), name };
};

const first = imageOf(6, 1);
const second = imageOf(6, 2, [1, 3]);

const boardNew = (behaviour: Behaviour): Board => {
  const images = { [createHash('sha256').update(second).digest('hex')]: behaviour };
  const board = createBoard({
    profile: boardProfile('tiny'),
    config: { vendor, classId, anchors: [anchorRecord(anchorOf(key))] },
    behaviours: { images },
  });
  const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
  const { envelope } = packed(first, 1);
  provision(board, 0, slotImage({ image: first, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  return board;
};

interface Scene {
  readonly server: FakeDdi;
  readonly gateway: Gateway;
  readonly board: Board;
  readonly memory: CheckInMemory;
  wake(): Promise<CheckedIn>;
  /** Wakes, runs and restarts it as an application would, until it holds. */
  live(what: string, holds: () => boolean): Promise<void>;
  told(): string[];
}

const gatewayNew = async (t: ExecutionContext, server: FakeDdi): Promise<Gateway> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
  writeFileSync(join(folder, 'owner.anchor.json'), anchorText(anchorOf(key)));
  const reportKey = reportKeyText({ algorithm: 'hmac-256', keyId, key: secret });
  devicesSave(join(folder, 'devices.json'), [{ id: DEVICE, group: '', reportKey: 'sealed' }]);
  writeFileSync(
    join(folder, 'gateway.json'),
    JSON.stringify({
      version: 1,
      folder: 'state',
      anchors: ['owner.anchor.json'],
      upstream: { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') },
      allowPrivate: ['127.0.0.1'],
      coap: { port: 0, insecure: true },
      status: { port: 0 },
    }),
  );
  const gateway = await openGateway({
    config: configLoad(join(folder, 'gateway.json')),
    secrets: { version: 1, upstreamToken: 'secret', devices: { [DEVICE]: { reportKey } } },
    warn: () => undefined,
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
  const board = boardNew(behaviour);
  const memory = checkInMemory();
  let counter = 0;
  const reporter = openReporter({
    identity: nodeIdentity({ device: keyId, keys: [{ kind: 'HMAC', keyId, secret }] }),
    algorithm: HMAC,
    keyId,
    device: new TextEncoder().encode(DEVICE),
    counter: { next: () => ++counter },
  });
  const wake = (): Promise<CheckedIn> =>
    checkInOver({
      agent: liveOf(board).agent!,
      url: gateway.coap!,
      device: DEVICE,
      memory,
      ...(reports ? { reporter } : {}),
    });
  const told = (): string[] =>
    server.told.flatMap(({ body }) =>
      body.status === undefined ? [] : [`${body.status.execution} ${body.status.result.finished}`],
    );
  const live = async (what: string, holds: () => boolean): Promise<void> => {
    const end = Date.now() + PATIENCE;
    for (let wakes = 0; !holds(); wakes++) {
      if (wakes > WAKES && Date.now() > end) throw new Error(`${what}: never; told ${told().join(', ')}`);
      const { activated } = await wake();
      if (activated) restart(board);
      for (let ticks = 0; ticks < 20; ticks++) tick(board, liveOf(board));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  return { server, gateway, board, memory, wake, live, told };
};

/** What closed the action. */
const closing = ({ told }: FakeDdi): NonNullable<FakeDdi['told'][number]['body']['status']> => {
  const [status] = told.flatMap(({ body }) => (body.status?.execution === 'closed' ? [body.status] : []));
  if (status === undefined) throw new Error('nothing closed it');
  return status;
};

const { envelope, payload, name } = packed(second, 2);
const files = { 'update.suit': envelope, [name]: payload };

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
  const stranger = keyParse(seededPem(2), 'key');
  const { server, wake, told } = await scene(t, { kind: 'healthy' });
  const forged = pack({ image: second, sequence: 2, vendor, classId, keys: [stranger] });
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
