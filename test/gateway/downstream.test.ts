/** The gateway towards devices: what the desk tells, and how little who hides his address gets. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import test from 'ava';
import type {
  DeviceRecord,
  Gate,
  Inventory,
  Orders,
  Release,
  WorkRecord,
  WorkState,
} from '../../gateway/contract.ts';
import { openDesk } from '../../gateway/desk.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import { Ok } from '../../agent/codes.ts';
import { checkInWrite, CHECK_IN_MAX, ORDERS_MAX } from '../../hal/check-in/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { coapPost } from '../../hal/node/coap-small.ts';
import { relayLosing } from './_relay.ts';

const ID = 'a'.repeat(64);
const RELEASE: Release = {
  id: ID,
  manifestDigest: 'b'.repeat(64),
  vendor: undefined,
  classId: undefined,
  sequence: 2,
  securityVersion: 1,
  envelope: { name: 'update.suit', digest: ID, size: 4096 },
  payloads: [],
};
const source = { envelope: { url: 'http://h/u.suit', name: 'u.suit', sizeMax: 4096 }, files: [] };
const WORK = { id: '7', source, download: 'forced', update: 'attempt', title: 'app 2' } as const;

const deskOf = (
  state: WorkState,
  kind: Gate['kind'],
  cancelling = false,
  release: string | undefined = ID,
) => {
  const record: WorkRecord = {
    work: WORK,
    state,
    release,
    manifestDigest: undefined,
    since: 0,
    code: 0,
    words: '',
    cancelling,
  };
  let device: DeviceRecord = {
    id: 'd1',
    group: 'g',
    vendor: undefined,
    classId: undefined,
    report: undefined,
    reportAt: 0,
    claims: undefined,
    lastSeen: 0,
    nextWake: 0,
    work: record,
    refusedReports: 0,
    refusal: '',
  };
  const inventory: Inventory = {
    device: (id) => (id === 'd1' ? device : undefined),
    devices: () => [device],
    checkedIn: (_id, _report, claims) => {
      device = { ...device, claims };
      return { device, verified: false, refusal: '' };
    },
    wanted: () => undefined,
    moved: (_id, to, code, words) => {
      device = { ...device, work: { ...device.work!, state: to, code, words } };
      return true;
    },
    watch: () => () => undefined,
    follow: () => () => undefined,
    setting: () => undefined,
    settings: () => [],
    keep: () => undefined,
    saved: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const desk = openDesk({
    inventory,
    rollout: { gate: () => ({ kind, whom: [], words: 'why' }) },
    releases: { find: (id) => (id === ID ? RELEASE : undefined) },
    store: { find: (digest) => ({ digest, size: 4096 }), read: () => 0 },
  });
  return { desk, state: () => device.work!.state };
};

type Row = readonly [WorkState, Gate['kind'], boolean, WorkState, boolean, Orders['update'], boolean, number];
// state, gate, cancelling, then: state, path there, update, cancel, wake
const TOLD: readonly Row[] = [
  ['waiting', 'open', false, 'offered', true, 'attempt', false, 60],
  ['waiting', 'after', false, 'waiting', false, 'skip', false, 60],
  ['waiting', 'paused', false, 'waiting', false, 'skip', false, 3600],
  ['waiting', 'stopped', false, 'waiting', false, 'skip', false, 3600],
  ['offered', 'paused', false, 'offered', true, 'skip', false, 60],
  ['staged', 'open', false, 'staged', true, 'attempt', false, 60],
  ['staged', 'stopped', false, 'staged', true, 'skip', false, 3600],
  ['trial', 'open', false, 'trial', false, 'skip', false, 60],
  ['success', 'open', false, 'success', false, 'skip', false, 3600],
  ['waiting', 'open', true, 'cancelled', false, 'skip', false, 3600],
  ['offered', 'open', true, 'offered', false, 'skip', true, 60],
];
for (const [state, gate, cancelling, then, path, update, cancel, wake] of TOLD)
  test(`${state}, gate ${gate}${cancelling ? ', cancelling' : ''}: ${then}, wake in ${wake} s`, (t) => {
    const { desk, state: now } = deskOf(state, gate, cancelling);
    const orders = desk.checkIn('d1', undefined, { link: 'coap', authenticated: false }, 5000);
    t.like(orders, { time: 5, wake, cancel, update, path: path ? `r/${ID}/update.suit` : undefined });
    t.is(now(), then);
  });

test('no path before the release is there, none to a stranger, none sooner than its calendar', (t) => {
  const claims = { link: 'coap', authenticated: false };
  t.is(deskOf('fetching', 'open', false, '').desk.checkIn('d1', undefined, claims, 0)?.path, undefined);
  t.is(deskOf('waiting', 'open').desk.checkIn('d2', undefined, claims, 0), undefined);
  t.is(deskOf('waiting', 'open').desk.checkIn('d1', undefined, { ...claims, sleeps: 900 }, 0)?.wake, 900);
});

test('who has not echoed gets at most three times what it sent, and no check-in is looked at', async (t) => {
  const { desk, state } = deskOf('waiting', 'open');
  const down = await openCoapDown({
    port: 0,
    insecureCoap: true,
    warn: () => undefined,
    saved: () => Promise.resolve(),
    desk,
  });
  const socket = createSocket('udp4');
  try {
    const segment = (text: string, first: boolean): Buffer =>
      Buffer.concat([Buffer.from([(first ? 0xb0 : 0) | text.length]), Buffer.from(text)]);
    const ask = async (method: number, parts: readonly string[]): Promise<readonly [number, Buffer]> => {
      const path = parts.map((part, i) => segment(part, i === 0));
      const datagram = Buffer.concat([Buffer.from([0x40, method, 0x12, 0x30 + method]), ...path]);
      socket.send(datagram, down.port, '127.0.0.1');
      const [answer] = (await once(socket, 'message')) as [Buffer];
      return [datagram.length, answer];
    };
    const [sent, core] = await ask(1, ['.well-known', 'core']);
    t.true(core.length <= 3 * sent && core[1] === 0x81, `${core.length} for ${sent}`);
    const [, posted] = await ask(2, ['c', 'd1']);
    t.is(posted[1], 0x81);
    t.is(state(), 'waiting');
  } finally {
    socket.close();
    await down.close();
  }
});

test('an answer to a check-in that is lost is sent again, and the check-in is acted on once', async (t) => {
  const { desk } = deskOf('waiting', 'open');
  let checkIns = 0;
  const counting: typeof desk = {
    checkIn(...given) {
      checkIns++;
      return desk.checkIn(...given);
    },
    orders: (...given) => desk.orders(...given),
    file: (path) => desk.file(path),
    read: (...given) => desk.read(...given),
    device: (id) => desk.device(id),
    release: (id) => desk.release(id),
    feedback: (...given) => desk.feedback(...given),
    ended: (id) => desk.ended(id),
  };
  const saved = (): Promise<void> => Promise.resolve();
  const down = await openCoapDown({
    port: 0,
    insecureCoap: true,
    warn: () => undefined,
    saved,
    desk: counting,
  });
  const CHANGED = 0x44;
  const relay = await relayLosing(down.port, ({ bytes, lost }) => bytes[1] === CHANGED && lost < 2);
  t.teardown(async () => {
    relay.close();
    await down.close();
  });
  const place = placeNew();
  uriRead(place, `coap://127.0.0.1:${relay.port}/c/d1`);
  const room = new Uint8Array(CHECK_IN_MAX);
  const body = room.slice(0, checkInWrite(room, {}));
  const timing = { ...TIMING, roundTrip: 50, floor: 100, patience: 5000 };
  const answer = await coapPost(place, body, ORDERS_MAX, { timing });
  t.is(answer.code, Ok);
  t.is(relay.lost(), 2, 'the fault has fired');
  t.is(checkIns, 1);
  t.true(Buffer.from(answer.bytes).includes(`r/${ID}/update.suit`));
});
