/** The check-in: its bytes, what is made of orders, and a wake over CoAP against the gateway's server. */
import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Claims, Orders, Permission } from '../../gateway/contract.ts';
import { readCheckIn, writeOrders } from '../../gateway/downstream/check-in.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import {
  Act,
  actOf,
  CHECK_IN_MAX,
  checkInWrite,
  ordersNew,
  ordersRead,
  WAKE_BOUNDS,
  wakeAfter,
  wakeRetry,
} from '../../hal/check-in/index.ts';
import { checkInOver } from '../../hal/node/check-in.ts';
import { coapGet } from '../../hal/node/coap-get.ts';
import { IDLE } from './_orders.ts';

const bytesOf = (least: number, most: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: least, maxLength: most });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('what is written of a check-in is what is read of it, and it fits', (t) => {
  const facts = fc.record(
    {
      report: bytesOf(1, 512),
      battery: fc.nat(100),
      profile: fc.stringMatching(/^[ -~]{1,32}$/),
      anchors: fc.array(bytesOf(1, 32), { maxLength: 8 }),
      sleeps: fc.nat(31536000),
      staged: bytesOf(32, 32),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(facts, (one) => {
      const room = new Uint8Array(CHECK_IN_MAX);
      const length = checkInWrite(room, one);
      t.true(length > 0);
      const { report, anchors, staged, ...rest } = one;
      t.deepEqual(readCheckIn(room.slice(0, length)), {
        report,
        claims: {
          ...rest,
          ...(anchors === undefined ? {} : { anchors: anchors.map(hex) }),
          ...(staged === undefined ? {} : { staged: hex(staged) }),
        },
      });
      for (const cut of [0, 1, length - 1]) t.is(readCheckIn(room.slice(0, cut)), undefined);
    }),
  );
});

test('orders are read as they were written; cut or spoilt ones are refused', (t) => {
  const permission = fc.constantFrom<Permission>('skip', 'attempt', 'forced');
  const orders = fc.record({
    time: fc.nat(),
    wake: fc.nat(),
    path: fc.option(fc.constant(`r/${'a'.repeat(64)}/update.suit`), { nil: undefined }),
    download: permission,
    update: permission,
    cancel: fc.boolean(),
    statement: fc.option(fc.constant('s/2b5e-9'), { nil: undefined }),
  });
  const number = { skip: 0, attempt: 1, forced: 2 };
  fc.assert(
    fc.property(orders, (one: Orders) => {
      const bytes = writeOrders(one);
      const read = ordersNew();
      t.is(ordersRead(read, bytes, 0, bytes.length), 0);
      t.deepEqual(read, {
        ...one,
        path: one.path ?? '',
        statement: one.statement ?? '',
        download: number[one.download],
        update: number[one.update],
      });
      for (let cut = 0; cut < bytes.length; cut++)
        t.is(ordersRead(read, bytes, 0, cut), Err.SourceMalformed, `cut ${cut} of ${hex(bytes)}`);
    }),
  );
});

for (const path of ['/r/x', 'r//x', '../x', 'r/..', 'r/', 'http://h/x', 'r/a b'])
  test(`a path that leads elsewhere is refused: ${path}`, (t) => {
    const bytes = Buffer.concat([Buffer.from([0xa2, 0, 1, 3, 0x60 + path.length]), Buffer.from(path)]);
    t.is(ordersRead(ordersNew(), bytes, 0, bytes.length), Err.SourceMalformed);
  });

const P = 'r/x/update.suit';
// phase, trial, held, orders, act
const ACTS: readonly (readonly [number, boolean, string, object, number])[] = [
  [Phase.Idle, false, '', { path: P, download: 1 }, Act.Fetch],
  [Phase.Idle, false, '', { path: P, download: 0 }, Act.Nothing],
  [Phase.Idle, true, '', { path: P, download: 2 }, Act.Nothing],
  [Phase.Staged, false, P, { path: P, download: 1, update: 1 }, Act.Activate],
  [Phase.Staged, false, P, { path: P, download: 1, update: 0 }, Act.Nothing],
  [Phase.Staged, false, 'r/y/update.suit', { path: P, download: 1, update: 1 }, Act.Fetch],
  [Phase.Staged, false, P, { cancel: true, path: P }, Act.Cancel],
  [Phase.Activated, false, P, { cancel: true }, Act.Nothing],
  [Phase.Idle, false, '', { cancel: true }, Act.Nothing],
];
for (const [phase, trial, held, orders, act] of ACTS)
  test(`in phase ${phase}, trial ${trial}, held "${held}", ${JSON.stringify(orders)}: ${act}`, (t) => {
    t.is(actOf({ ...ordersNew(), ...orders }, { phase, trial, held }), act);
  });

test('a wake is bounded, and never sooner than was said', (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 0.999, noNaN: true }), (wake, random) => {
      const { least, most, jitter } = WAKE_BOUNDS;
      const seconds = wakeAfter(wake, WAKE_BOUNDS, random);
      t.true(seconds >= Math.min(Math.max(wake || 3600, least), most) && seconds <= most * (1 + jitter));
    }),
  );
  t.deepEqual(
    [1, 2, 3, 99].map((failures) => wakeRetry(failures, WAKE_BOUNDS, 0)),
    [30, 60, 120, 3600],
  );
});

const file = Uint8Array.from({ length: 3001 }, (_, i) => (i * 7) & 255);
const digest = createHash('sha256').update(file).digest('hex');

test('a wake over CoAP: Echo is answered, orders are taken, files come in blocks', async (t) => {
  const seen: [string, Claims][] = [];
  const warned: string[] = [];
  const down = await openCoapDown({
    port: 0,
    insecureCoap: true,
    warn: (words) => warned.push(words),
    saved: () => Promise.resolve(),
    desk: {
      checkIn: (id, _report, claims) => {
        seen.push([id, claims]);
        return id === 'known' ? IDLE : undefined;
      },
      orders: () => IDLE,
      file: (path) => (path === `r/x/update.suit` ? { digest, size: file.length } : undefined),
      read: (_, offset, into) => {
        into.set(file.subarray(offset, offset + into.length));
        return into.length;
      },
      device: () => undefined,
      release: () => undefined,
      feedback: () => false,
      ended: () => undefined,
    },
  });
  const agent = {
    offerBegin: () => 0,
    push: () => 0,
    poll: () => 0,
    wanted: () => 0,
    uri: () => 0,
    activate: () => 0,
    cancel: () => 0,
    status: () => 0,
    report: () => 0,
  };
  try {
    t.is(warned.length, 1);
    const facts = { battery: 42 };
    const done = await checkInOver({ agent, url: down.url, device: 'known', facts, random: () => 0 });
    t.like(done, { code: 0, wake: 600, exchanges: 1, activated: false });
    t.deepEqual(seen, [['known', { battery: 42, link: 'coap', authenticated: false }]]);
    const other = await checkInOver({ agent, url: down.url, device: 'other', random: () => 0 });
    t.like(other, { code: Err.CoapRefused, refusal: 0x83, exchanges: 0, wake: 30 });
    const got = await coapGet(`${down.url}r/x/update.suit`, 4000);
    t.deepEqual([got.code, hex(got.bytes)], [0, hex(file)]);
    t.is((await coapGet(`${down.url}r/x/none`, 4000)).refusal, 0x84);
  } finally {
    await down.close();
  }
});

test('CoAP in the open has to be asked for', async (t) => {
  await t.throwsAsync(
    openCoapDown({
      insecureCoap: false,
      warn: () => undefined,
      saved: () => Promise.resolve(),
      desk: undefined as never,
      port: 0,
    }),
    { instanceOf: RangeError },
  );
});
