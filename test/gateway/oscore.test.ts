/** The gateway's CoAP side under OSCORE: who a device is, and what is refused, row by row. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Claims, Desk, Orders } from '../../gateway/contract.ts';
import { NUMBERS_EACH, oscoreNumbersOpen, oscoreSecretNew } from '../../gateway/config/oscore.ts';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import type { Secrets } from '../../gateway/config/secrets.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import { DeviceContexts } from '../../gateway/downstream/oscore.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import type { CoapServer } from '../../hal/node/coap-server.ts';
import { openLedgerFile } from '../../hal/node/identity/index.ts';
import { checkInOf, enrolled, HandMade, optionOf, plainOf, readMessage, wireTo } from './_oscore.ts';
import type { Enrolled, Wire } from './_oscore.ts';

const IDLE: Orders = {
  time: 1_800_000_000,
  wake: 600,
  path: undefined,
  download: 'skip',
  update: 'skip',
  cancel: false,
  statement: undefined,
};
const work = mkdtempSync(join(tmpdir(), 'flipside-oscore-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));
let files = 0;
const numbersFile = (): string => join(work, `${files++}.numbers`);

interface Seen {
  readonly id: string;
  readonly claims: Claims;
}

interface Rig {
  readonly server: CoapServer;
  readonly contexts: DeviceContexts;
  readonly seen: Seen[];
  wire(): Wire;
}

interface RigOptions {
  readonly numbers?: string | (() => number);
  readonly open?: boolean;
}

/** A gateway that knows these devices; `x` is known, too, and has no context. */
const rigOf = async (
  t: ExecutionContext,
  devices: readonly Enrolled[],
  { numbers = numbersFile(), open = false }: RigOptions = {},
): Promise<Rig> => {
  const seen: Seen[] = [];
  const known = [...devices.map(({ device }) => device), 'x'];
  const desk: Desk = {
    checkIn: (id, _report, claims) => {
      if (!known.includes(id)) return undefined;
      seen.push({ id, claims });
      return IDLE;
    },
    orders: () => IDLE,
    file: () => undefined,
    read: () => 0,
    device: () => undefined,
    release: () => undefined,
    feedback: () => false,
    ended: () => undefined,
  };
  const contexts = new DeviceContexts({
    contexts: devices.map(({ device, gatewayKey }) => ({ device, key: gatewayKey })),
    numbers: typeof numbers === 'string' ? openLedgerFile(numbers) : { next: numbers },
    each: NUMBERS_EACH,
    open,
  });
  const server = await openCoapDown({
    desk,
    contexts,
    saved: () => Promise.resolve(),
    port: 0,
    insecureCoap: open,
    warn: () => undefined,
  });
  t.teardown(() => server.close());
  return {
    server,
    contexts,
    seen,
    wire() {
      const wire = wireTo(server.port);
      t.teardown(() => wire.socket.close());
      return wire;
    },
  };
};

/** Asks once, gets the challenge, and has the value that it brings. */
const challenged = async (t: ExecutionContext, wire: Wire, device: HandMade): Promise<Uint8Array> => {
  const answer = device.opened(await wire.ask(device.sealed({ path: 'time', method: Code.Get })));
  t.is(answer?.code, Code.Unauthorized);
  return optionOf(answer!, Option.Echo)!;
};

/** Has shown that it is fresh, so that the window is there. */
const known = async (t: ExecutionContext, wire: Wire, device: HandMade): Promise<void> => {
  const echo = await challenged(t, wire, device);
  const answer = device.opened(await wire.ask(device.sealed({ path: 'time', method: Code.Get, echo })));
  t.is(answer?.code, Code.Content);
};

test('a device checks in under its context, once challenged, and is authenticated by it', async (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const { seen, wire } = await rigOf(t, [one]);
  const device = new HandMade(one);
  const link = wire();
  const first = device.opened(await link.ask(device.sealed({ path: 'c/d1', payload: checkInOf(40) })));
  t.is(first?.code, Code.Unauthorized);
  t.deepEqual(seen, [], 'not looked at before it is fresh');
  const echo = optionOf(first!, Option.Echo)!;
  for (const battery of [41, 42]) {
    const payload = checkInOf(battery);
    const answer = device.opened(await link.ask(device.sealed({ path: 'c/d1', payload, echo })));
    t.is(answer?.code, Code.Changed);
    t.deepEqual(seen.pop(), { id: 'd1', claims: { battery, link: 'coap+oscore', authenticated: true } });
  }
});

type Hostile = (given: {
  readonly mine: HandMade;
  readonly other: HandMade;
  readonly stranger: HandMade;
}) => Uint8Array;

const payload = checkInOf(50);
const altered = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte));

// what is sent, code of the answer, whether that comes under the context of the sender
const HOSTILE: readonly (readonly [string, Hostile, number, boolean])[] = [
  ['a check-in in the open', () => plainOf({ path: 'c/d1', payload }), Code.Unauthorized, false],
  ['a resource in the open', () => plainOf({ path: 'time', method: Code.Get }), Code.Unauthorized, false],
  [
    'discovery in the open',
    () => plainOf({ path: '.well-known/core', method: Code.Get }),
    Code.Unauthorized,
    false,
  ],
  [
    'a context that nobody knows',
    ({ stranger }) => stranger.sealed({ path: 'c/d1', payload }),
    Code.Unauthorized,
    false,
  ],
  ["another device's context", ({ other }) => other.sealed({ path: 'c/d1', payload }), Code.Forbidden, true],
  ['a check-in as nobody', ({ mine }) => mine.sealed({ path: 'c/d9', payload }), Code.Forbidden, true],
  ['an altered one', ({ mine }) => altered(mine.sealed({ path: 'c/d1', payload })), Code.BadRequest, false],
  [
    'one cut short',
    ({ mine }) => mine.sealed({ path: 'c/d1', payload }).slice(0, -3),
    Code.BadRequest,
    false,
  ],
  [
    'no check-in',
    ({ mine }) => mine.sealed({ path: 'c/d1', payload: Uint8Array.of(0xff) }),
    Code.BadRequest,
    true,
  ],
  ['a path of nothing', ({ mine }) => mine.sealed({ path: 'r/none', method: Code.Get }), Code.NotFound, true],
];
for (const [what, make, code, inside] of HOSTILE)
  test(`refused: ${what}`, async (t) => {
    const [one, two, three] = enrolled('d1', 'd2', 'd3') as [Enrolled, Enrolled, Enrolled];
    const { seen, wire } = await rigOf(t, [one, two]);
    const [mine, other, stranger] = [one, two, three].map((each) => new HandMade(each)) as [
      HandMade,
      HandMade,
      HandMade,
    ];
    const link = wire();
    await known(t, link, mine);
    await known(t, link, other);
    const datagram = make({ mine, other, stranger });
    const answer = await link.ask(datagram);
    t.deepEqual(seen, []);
    if (inside) {
      const found = [mine, other].map((each) => each.opened(answer)).find((each) => each !== undefined);
      t.is(found?.code, code);
    } else {
      t.is(readMessage(answer).code, code);
      t.true(answer.length <= datagram.length, 'no more than it brought');
    }
    const good = mine.opened(await link.ask(mine.sealed({ path: 'c/d1', payload })));
    t.is(good?.code, Code.Changed, 'and it disturbs nobody');
    t.is(seen.length, 1);
  });

test('a datagram that comes again does not check in again, from where it came or from elsewhere', async (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const { seen, wire, contexts } = await rigOf(t, [one]);
  const device = new HandMade(one);
  const link = wire();
  await known(t, link, device);
  const datagram = device.sealed({ path: 'c/d1', payload });
  const answer = await link.ask(datagram);
  t.deepEqual(await link.ask(datagram), answer, 'a retransmission has the same answer');
  const refused = readMessage(await wire().ask(datagram));
  t.is(refused.code, Code.Unauthorized);
  t.is(optionOf(refused, Option.Oscore), undefined);
  t.is(seen.length, 1);
  t.is(
    [...contexts.refused.values()].reduce((sum, count) => sum + count, 0),
    2,
    'the first challenge, and this',
  );
});

test('after a restart nothing that was recorded is taken, and no number of the gateway comes twice', async (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const numbers = numbersFile();
  const device = new HandMade(one);
  const recorded: Uint8Array[] = [];
  const pivs: string[] = [];
  for (let life = 0; life < 5; life++) {
    const { seen, wire } = await rigOf(t, [one], { numbers });
    for (const datagram of recorded) {
      const answer = readMessage(await wire().ask(datagram));
      t.is(answer.code, Code.Changed, 'a challenge, protected: its code outside is that of any');
      pivs.push(Buffer.from(optionOf(answer, Option.Oscore)!).toString('hex'));
    }
    t.deepEqual(seen, []);
    const link = wire();
    const echo = await challenged(t, link, device);
    const datagram = device.sealed({ path: 'c/d1', payload, echo });
    t.is(device.opened(await link.ask(datagram))?.code, Code.Changed);
    t.is(seen.length, 1);
    recorded.push(datagram);
  }
  t.is(pivs.length, 10, 'each life is sent what all before it took');
  t.is(new Set(pivs).size, pivs.length);
});

test('numbers that the disk does not give: 5.03; when it gives them again, the device goes on', async (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  let [given, broken] = [0, true];
  const { wire } = await rigOf(t, [one], { numbers: () => (broken ? -1 : ++given) });
  const device = new HandMade(one);
  const link = wire();
  const refused = readMessage(await link.ask(device.sealed({ path: 'time', method: Code.Get })));
  t.is(refused.code, Code.ServiceUnavailable);
  broken = false;
  await known(t, link, device);
});

test('in the open beside OSCORE: only for who has no context, and strangers get little', async (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const { seen, wire } = await rigOf(t, [one], { open: true });
  const link = wire();
  const first = readMessage(await link.ask(plainOf({ path: 'c/x', payload })));
  t.is(first.code, Code.Unauthorized);
  const echo = optionOf(first, Option.Echo)!;
  const open = async (path: string): Promise<number> =>
    readMessage(await link.ask(plainOf({ path, payload, echo }))).code;
  t.is(await open('c/x'), Code.Changed);
  t.is(await open('c/d1'), Code.Unauthorized, 'that device has a key to show');
  t.deepEqual(
    seen.map(({ id, claims }) => [id, claims.link, claims.authenticated]),
    [['x', 'coap', false]],
  );
  const device = new HandMade(one);
  await known(t, link, device);
  const answer = device.opened(await link.ask(device.sealed({ path: 'c/d1', payload })));
  t.is(answer?.code, Code.Changed);
  t.is(seen[1]?.claims.authenticated, true);
});

/** The blocks of a check-in, of 16 bytes. */
const blocksOf = (bytes: Uint8Array): { readonly block1: number; readonly payload: Uint8Array }[] =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) => ({
    block1: (at << 4) | (16 * (at + 1) < bytes.length ? 8 : 0),
    payload: bytes.subarray(16 * at, 16 * at + 16),
  }));

/** Of some blocks: anchors and profile tell one from the other throughout. */
const longCheckIn = (mark: number): Uint8Array => {
  const profile = Buffer.from(String.fromCharCode(mark).repeat(32));
  return Buffer.concat([Buffer.from([0xa3, 0, 1, 2, 0x18, mark, 3, 0x78, 32]), profile]);
};

test('blocks of two devices in the open, interleaved, with one token and the same message ids, are kept apart', async (t) => {
  const { seen, wire } = await rigOf(t, [], { open: true });
  const links = [wire(), wire()];
  const ask = async (at: number, plain: Parameters<typeof plainOf>[0]) =>
    readMessage(await links[at]!.ask(plainOf(plain)));
  const echoes = await Promise.all(
    links.map(async (_, at) => optionOf(await ask(at, { path: 'c/x', payload }), Option.Echo)),
  );
  const bodies = [longCheckIn(66), longCheckIn(67)].map(blocksOf);
  const codes: number[] = [];
  for (const [number] of bodies[0]!.entries())
    for (const at of [0, 1]) {
      const answer = await ask(at, {
        path: 'c/x',
        echo: echoes[at],
        id: 9 + number,
        ...bodies[at]![number]!,
      });
      codes.push(answer.code);
    }
  t.deepEqual(codes, [...Array<number>(4).fill(Code.Continue), Code.Changed, Code.Changed]);
  t.deepEqual(
    seen.map(({ claims }) => [claims.battery, claims.profile]),
    [66, 67].map((mark) => [mark, String.fromCharCode(mark).repeat(32)]),
  );
});

test('blocks of two devices under OSCORE from one address are kept apart by their contexts', async (t) => {
  const pair = enrolled('d1', 'd2') as [Enrolled, Enrolled];
  const { seen, wire } = await rigOf(t, pair);
  const link = wire();
  const devices = pair.map((one) => new HandMade(one));
  for (const device of devices) await known(t, link, device);
  const bodies = [longCheckIn(66), longCheckIn(67)].map(blocksOf);
  const codes: (number | undefined)[] = [];
  for (const [number] of bodies[0]!.entries())
    for (const [at, device] of devices.entries()) {
      const path = `c/d${at + 1}`;
      codes.push(device.opened(await link.ask(device.sealed({ path, ...bodies[at]![number]! })))?.code);
    }
  t.deepEqual(codes, [...Array<number>(4).fill(Code.Continue), Code.Changed, Code.Changed]);
  t.deepEqual(
    seen.map(({ id, claims }) => [id, claims.battery]),
    [
      ['d1', 66],
      ['d2', 67],
    ],
  );
});

test('ids of contexts: short, each once, and the gap of one that left is filled', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 600 }), (draws) => {
      const secrets: Secrets = { version: 1, devices: {} };
      draws.forEach((draw, at) => {
        const ids = Object.keys(secrets.devices);
        if (draw === 0 && ids.length > 0) delete secrets.devices[ids[at % ids.length]!];
        else secrets.devices[`d${at}`] = { oscore: oscoreSecretNew(secrets) };
      });
      const found = Object.values(secrets.devices).map(({ oscore }) => oscore!.recipientId);
      t.is(new Set(found).size, found.length);
      t.true(found.every((id) => id.length === 2 || found.length > 200));
    }),
    { numRuns: 20 },
  );
});

test('two devices under one id are refused', (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const key = one.gatewayKey;
  const contexts = ['a', 'b'].map((device) => ({ device, key }));
  t.throws(() => new DeviceContexts({ contexts, numbers: { next: () => 1 }, each: 4, open: false }), {
    message: 'a and b send under one id of OSCORE',
  });
});

test('numbers rise by the file or by the clock, whatever becomes of one of them', (t) => {
  const config = { folder: mkdtempSync(join(work, 'numbers-')) } as GatewayConfig;
  const file = join(config.folder, 'oscore.numbers');
  const start = Date.UTC(2026, 10, 27);
  const life = (now: number): number[] => {
    const ledger = oscoreNumbersOpen(config, now);
    return Array.from({ length: 100 }, () => ledger.next());
  };
  const given = life(start);
  const higher = (now: number): void => {
    const next = life(now);
    t.true(next[0]! > given.at(-1)!, `${next[0]} after ${given.at(-1)}`);
    given.push(...next);
  };
  const backup = readFileSync(file);
  higher(start + 1);
  higher(0);
  writeFileSync(file, backup);
  higher(start + 60_000);
  rmSync(file);
  higher(start + 120_000);
  t.deepEqual(
    given,
    [...given].sort((a, b) => a - b),
  );
  writeFileSync(file, 'altered');
  t.throws(() => life(start), { message: /are altered\. Look that the clock is right, and delete the file/ });
  rmSync(file);
  t.throws(() => life(0), {
    message: /are not there, and the clock says 1970-01-01T00:00:00\.000Z\. Set the clock/,
  });
  t.throws(() => life(Date.UTC(2300, 0)), { message: /Set the clock/ });
});
