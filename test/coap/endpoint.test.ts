import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Request } from '../../hal/coap/contract.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writePayload, writeUint } from '../../hal/coap/writer.ts';
import { bare, pairOf, peerOf, requestOf } from './_rig.ts';

/**
 * A conversation as a client has it. `>`: goes out; `<`: comes in, at that millisecond; `told`: what the caller is told
 * by then; `tick`: calls tick() at that millisecond.
 */
type Step =
  | readonly ['>', string]
  | readonly ['<', string, number?]
  | readonly ['told', string]
  | readonly ['tick', number];

const request = '41010001aa';
const retransmitted = (times: number): Step[] => Array.from({ length: times }, () => ['>', request] as const);

const CLIENT: readonly (readonly [name: string, steps: readonly Step[], options?: Partial<Request>])[] = [
  [
    'a piggybacked answer',
    [
      ['>', request],
      ['<', '61450001aa ff 6869'],
      ['told', '2.05 hi'],
    ],
  ],
  [
    'a separate answer: acknowledged, and again when it is repeated',
    [
      ['>', request],
      ['<', '60000001', 10],
      ['<', '41451234aa ff 6869', 500],
      ['>', '60001234'],
      ['told', '2.05 hi'],
      ['<', '41451234aa ff 6869', 900],
      ['>', '60001234'],
      ['told', '2.05 hi'],
    ],
  ],
  [
    'a separate answer without the acknowledgement before it',
    [
      ['>', request],
      ['<', '41451234aa', 500],
      ['>', '60001234'],
      ['told', '2.05'],
      ['tick', 99999],
    ],
  ],
  [
    'a separate answer that asks for no confirmation',
    [
      ['>', request],
      ['<', '60000001', 10],
      ['<', '51451234aa', 500],
      ['told', '2.05'],
    ],
  ],
  [
    'a reset',
    [
      ['>', request],
      ['<', '70000001'],
      ['told', String(Err.CoapReset)],
      ['tick', 99999],
    ],
  ],
  [
    'a refusal is an answer',
    [
      ['>', request],
      ['<', '61840001aa'],
      ['told', '4.04'],
    ],
  ],
  // 750, then x 3, x 2 and x 1.5 of it: CoCoA's back-off.
  [
    'no answer: sent four times more, then given up',
    [
      ['>', request],
      ['tick', 749],
      ['tick', 750],
      ...retransmitted(1),
      ['tick', 2999],
      ['tick', 3000],
      ...retransmitted(1),
      ['tick', 7500],
      ...retransmitted(1),
      ['tick', 14250],
      ...retransmitted(1),
      ['tick', 24374],
      ['told', ''],
      ['tick', 24375],
      ['told', String(Err.CoapTimeout)],
    ],
  ],
  [
    'acknowledged, and never answered; acknowledged over and over meanwhile',
    [
      ['>', request],
      ['<', '60000001', 10],
      ['<', '60000001', 30000],
      ['<', '60000001', 60000],
      ['tick', 60009],
      ['told', ''],
      ['tick', 60010],
      ['told', String(Err.CoapTimeout)],
    ],
  ],
  [
    'no confirmation asked for: not repeated, and waited for as long',
    [
      ['>', '51010001aa'],
      ['tick', 59999],
      ['told', ''],
      ['tick', 60000],
      ['told', String(Err.CoapTimeout)],
    ],
    { confirmable: false },
  ],
  // An answer that is none is passed over, and the right one still taken.
  [
    'wrong token in an acknowledgement',
    [
      ['>', request],
      ['<', '61450001ab'],
      ['told', ''],
      ['<', '61450001aa'],
      ['told', '2.05'],
    ],
  ],
  [
    'wrong message id in an acknowledgement',
    [
      ['>', request],
      ['<', '61450002aa'],
      ['told', ''],
      ['<', '61450001aa'],
      ['told', '2.05'],
    ],
  ],
  [
    'a longer token that begins alike',
    [
      ['>', request],
      ['<', '62450001aa00'],
      ['told', ''],
      ['<', '61450001aa'],
      ['told', '2.05'],
    ],
  ],
  [
    'wrong token in a separate answer: reset',
    [
      ['>', request],
      ['<', '41451234ab'],
      ['>', '70001234'],
      ['told', ''],
    ],
  ],
  [
    'a code that is no answer',
    [
      ['>', request],
      ['<', '61e10001aa'],
      ['told', ''],
    ],
  ],
  [
    'an answer in a reset',
    [
      ['>', request],
      ['<', '71450001aa'],
      ['told', ''],
    ],
  ],
  [
    'a critical option that is not known',
    [
      ['>', request],
      ['<', '61450001aa 90'],
      ['told', String(Err.CoapOption)],
    ],
  ],
  [
    'an elective one that is not known',
    [
      ['>', request],
      ['<', '61450001aa a0'],
      ['told', '2.05'],
    ],
  ],
];

for (const [name, steps, options = {}] of CLIENT) {
  test(`client: ${name}`, (t) => {
    const rig = bare({ random: () => 0 }, { roundTrip: 250 });
    const { request: asked, told } = requestOf(rig.peer, options);
    t.true(rig.endpoint.request(asked, 0) >= 0);
    for (const step of steps) {
      if (step[0] === '>') t.is(rig.out.shift(), step[1]);
      else if (step[0] === '<') rig.receive(step[1], step[2] ?? 0);
      else if (step[0] === 'tick') rig.endpoint.tick(step[1]);
      else t.is(told.join(', '), step[1]);
    }
    t.deepEqual(rig.out, [], 'nothing more went out');
  });
}

test('client: an answer from elsewhere is nobody’s', (t) => {
  const rig = bare();
  const { request: asked, told } = requestOf(rig.peer);
  rig.endpoint.request(asked, 0);
  rig.receive('61450001aa', 0, peerOf());
  rig.receive('41451234aa', 0, peerOf());
  t.deepEqual(told, []);
  t.deepEqual(rig.out, [request, '70001234']);
  t.is(rig.endpoint.counts.strays, 2);
});

test('client: tokens are new each time, and a generator that is stuck gives different ones all the same', (t) => {
  const rig = bare({ outgoing: [32, 32, 32], random: () => 0.5 });
  for (let i = 0; i < 3; i++) rig.endpoint.request(requestOf(rig.peer, { tokenLength: 0 }).request, 0);
  const tokens = rig.out.map((out) => out.slice(8));
  t.deepEqual(tokens, ['80808080', '81808080', '82808080']);
});

test('client: what there is room for, and what not', (t) => {
  const rig = bare({ outgoing: [16, 64] });
  const long = (size: number) =>
    requestOf(rig.peer, { write: (w) => writePayload(w, new Uint8Array(size), 0, size) });
  t.is(rig.endpoint.request(long(65).request, 0), Err.CoapTooLong);
  t.true(rig.endpoint.request(long(40).request, 0) >= 0);
  t.is(rig.endpoint.request(long(40).request, 0), Err.CoapTooLong);
  t.true(rig.endpoint.request(long(4).request, 0) >= 0);
  t.is(rig.endpoint.request(long(4).request, 0), Err.CoapBusy);
  t.is(rig.out.length, 2);
});

test('client: what is cancelled is not told, nor sent again; a handle that has ended does no harm', (t) => {
  const rig = bare({ outgoing: [32] });
  const first = requestOf(rig.peer);
  const handle = rig.endpoint.request(first.request, 0);
  rig.endpoint.cancel(handle);
  t.is(rig.endpoint.tick(1e6), Infinity);
  rig.receive('61450001aa');
  const second = requestOf(rig.peer);
  rig.endpoint.request(second.request, 0);
  rig.endpoint.cancel(handle);
  rig.receive('61450002aa');
  t.deepEqual([first.told, second.told], [[], ['2.05']]);
});

test('client: from an answer the next request may be made, in the same buffer', (t) => {
  const rig = bare({ outgoing: [32] });
  const second = requestOf(rig.peer);
  const first = requestOf(rig.peer, {
    answered: () => t.true(rig.endpoint.request(second.request, 5) >= 0),
  });
  rig.endpoint.request(first.request, 0);
  rig.receive('61450001aa', 5);
  rig.receive('61450002aa', 9);
  t.deepEqual(second.told, ['2.05']);
});

// Of the Observe option in what comes, at that millisecond, and whether it is told. RFC 7641 3.4.
const FRESH: readonly (readonly [sequence: number, at: number, told: boolean])[] = [
  [10, 0, true],
  [11, 10, true],
  [11, 20, false],
  [10, 30, false],
  [0x800009, 40, true],
  [0x7fffff, 50, false],
  [5, 60, true],
  [4, 70, false],
  [4, 128_061, true],
];

test('client: notifications are told while they are fresh; the observation ends with an answer that is none', (t) => {
  const rig = bare();
  const { request: asked, told } = requestOf(rig.peer, {
    observe: true,
    write: (w) => writeUint(w, Option.Observe, 0),
  });
  const handle = rig.endpoint.request(asked, 0);
  rig.out.length = 0;
  let id = 0x1000;
  for (const [sequence, at, wanted] of FRESH) {
    const before = told.length;
    const option =
      sequence < 0x100 ? `61${sequence.toString(16).padStart(2, '0')}` : `63${sequence.toString(16)}`;
    rig.receive(`4145${(id++).toString(16)}aa${option}`, at);
    t.is(told.length - before, wanted ? 1 : 0, `${sequence} at ${at}`);
    t.is(rig.out.shift(), `6000${(id - 1).toString(16)}`, 'each is acknowledged');
  }
  t.is(rig.endpoint.tick(1e9), Infinity, 'it stays for as long as the server likes');
  rig.receive('4184 2000 aa', 200_000);
  t.is(told.at(-1), '4.04');
  rig.receive('4145 2001 aa 61 09', 200_001);
  t.deepEqual(rig.out, ['60002000', '70002001'], 'ended: what comes then is reset');
  rig.endpoint.cancel(handle);
});

test('client: an observation that is given up is reset at its next notification, confirmable or not', (t) => {
  const rig = bare();
  const { request: asked, told } = requestOf(rig.peer, { observe: true });
  const handle = rig.endpoint.request(asked, 0);
  rig.receive('61450001aa 60', 0);
  rig.endpoint.cancel(handle);
  rig.out.length = 0;
  rig.receive('5145 3000 aa 61 02', 10);
  rig.receive('5145 3001 aa', 10);
  t.deepEqual(rig.out, ['70003000']);
  t.deepEqual(told, ['2.05']);
});

test('client: what was overtaken is sent again before its time-out', (t) => {
  const rig = bare({ outgoing: [32, 32, 32] }, { roundTrip: 1000 });
  for (const token of [1, 2, 3])
    rig.endpoint.request(requestOf(rig.peer, { token: Uint8Array.of(token) }).request, 0);
  rig.out.length = 0;
  rig.receive('6145000202', 100);
  // SRTT 100 and RTTVAR 50 of the one sample: lost when it is older than 150.
  t.is(rig.endpoint.tick(100), 150);
  rig.endpoint.tick(150);
  t.deepEqual(rig.out, ['4101000101'], 'the first only: the third was sent behind the one answered');
});

test('an endpoint without a buffer cannot be opened', (t) => {
  const none = { transmit: () => undefined, random: () => 0, outgoing: [] };
  t.throws(() => openEndpoint(none), { instanceOf: RangeError });
});

test('over a link that loses, repeats, reorders and alters, each request is served just once, and answered', (t) => {
  const served: string[] = [];
  let faults = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const pair = pairOf(
      { seed, loss: 0.15, repeat: 0.2, reorder: 0.2, corrupt: 0, delay: 40, jitter: 20 },
      {},
      {
        serve: (incoming, reply) => {
          const { bytes: from, payload, end } = incoming.message;
          served.push(`${seed}: ${from.subarray(payload, end).toString()}`);
          reply.code = Code.Changed;
        },
      },
    );
    const told: string[][] = [];
    for (let i = 0; i < 10; i++) {
      const one = requestOf(pair.serverPeer, {
        method: Code.Post,
        tokenLength: 0,
        write: (w) => writePayload(w, Uint8Array.of(i), 0, 1),
      });
      pair.client.request(one.request, pair.now);
      pair.run(() => one.told.length > 0);
      told.push(one.told);
    }
    t.deepEqual(
      told,
      Array.from({ length: 10 }, () => ['2.04']),
      `seed ${seed}`,
    );
    const { lost, repeated, reordered } = pair.link.counts;
    faults += Math.min(lost, repeated, reordered);
  }
  t.deepEqual([...new Set(served)], served, 'none is served twice');
  t.is(served.length, 200);
  t.true(faults > 20, 'there were faults of each kind');
});
