/** The gateway's CoAP side under OSCORE: who a device is, and what is refused, row by row. */
import test from 'ava';
import fc from 'fast-check';
import { DeviceContexts } from '../../gateway/downstream/oscore.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../hal/coap/estimate.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { checkInOf, enrolled, HandMade, optionOf, plainOf, readMessage } from './_oscore.ts';
import type { Enrolled } from './_oscore.ts';
import { challenged, known, numbersFile, rigOf } from './_oscore-rig.ts';

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

test('whatever is made of a sealed datagram, nothing is served of it, and no more is answered than came', (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const device = new HandMade(one);
  let [served, life, refused] = [0, 0, 0];
  let out: Uint8Array[] = [];
  const contexts = new DeviceContexts({
    contexts: [{ device: 'd1', key: one.gatewayKey }],
    numbers: { next: () => ++life },
    each: 4,
    open: false,
  });
  const peer = { estimate: estimateNew(TIMING) };
  const endpoint = openEndpoint({
    serve: (_, reply) => {
      served++;
      reply.code = Code.Content;
    },
    transmit: (_, bytes, length) => out.push(bytes.slice(0, length)),
    random: () => 0,
    outgoing: [1200],
    protection: contexts,
    rememberedSize: 1152,
  });
  const take = (bytes: Uint8Array): Uint8Array | undefined => {
    out = [];
    endpoint.receive(peer, bytes.slice(), 0, bytes.length, 0);
    return out[0];
  };
  const challenge = device.opened(take(device.sealed({ path: 'time', method: Code.Get }))!)!;
  const echo = optionOf(challenge, Option.Echo);
  take(device.sealed({ path: 'time', method: Code.Get, echo }));
  t.is(served, 1);
  // Behind the token, which nothing proves.
  const behind = 5;
  const spoilt = (bytes: Uint8Array, [at, bits, cut]: readonly [number, number, boolean]): Uint8Array => {
    const place = behind + (at % (bytes.length - behind));
    return cut ? bytes.slice(0, place) : bytes.map((byte, i) => (i === place ? byte ^ bits : byte));
  };
  const how = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean());
  fc.assert(
    fc.property(fc.oneof(how, fc.uint8Array({ maxLength: 200 })), (one) => {
      // With a message id that nobody had: one that was answered is answered again.
      if (one instanceof Uint8Array) one.fill(0xff, 2, 3);
      const sealed = device.sealed({ path: 'c/d1', payload });
      const datagram = one instanceof Uint8Array ? one : spoilt(sealed, one);
      const answer = take(datagram);
      refused++;
      t.is(served, refused, 'of what was spoilt nothing is served, and of each whole one behind it');
      t.true((answer?.length ?? 0) <= Math.max(4, datagram.length));
      t.truthy(device.opened(take(device.sealed({ path: 'c/d1', payload }))!));
    }),
    { numRuns: 500 },
  );
});
