import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { EndpointOptions } from '../../hal/coap/contract.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { writePayload } from '../../hal/coap/writer.ts';
import { bare, peerOf } from './_rig.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface ServerCase {
  readonly name: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly served: number;
  readonly options?: Partial<EndpointOptions>;
}

const SERVER: readonly ServerCase[] = [
  {
    name: 'confirmable: answered in the acknowledgement',
    in: ['41011234bb'],
    out: ['61451234bbff6869'],
    served: 1,
  },
  {
    name: 'not confirmable: answered by a message of its own',
    in: ['51011234bb'],
    out: ['51450001bbff6869'],
    served: 1,
  },
  {
    name: 'repeated: answered the same, and not served again',
    in: ['41021234bb', '41021234bb', '41021234bb'],
    out: ['61451234bbff6869', '61451234bbff6869', '61451234bbff6869'],
    served: 1,
  },
  {
    name: 'repeated, its answer too long to keep: GET is served again',
    in: ['41011234bb', '41011234bb'],
    out: ['61451234bbff6869', '61451234bbff6869'],
    served: 2,
    options: { rememberedSize: 4 },
  },
  {
    name: 'repeated, its answer too long to keep: POST is not',
    in: ['41021234bb', '41021234bb'],
    out: ['61451234bbff6869'],
    served: 1,
    options: { rememberedSize: 4 },
  },
  { name: 'a ping: reset', in: ['40001234'], out: ['70001234'], served: 0 },
  { name: 'malformed and confirmable: reset', in: ['40011234ff'], out: ['70001234'], served: 0 },
  { name: 'malformed and not confirmable: nothing', in: ['50011234ff'], out: [], served: 0 },
  { name: 'another version: nothing', in: ['80011234'], out: [], served: 0 },
  { name: 'a request in an acknowledgement: nothing', in: ['60011234'], out: [], served: 0 },
  {
    name: 'a reserved class, confirmable: reset',
    in: ['40e11234', '40211235'],
    out: ['70001234', '70001235'],
    served: 0,
  },
  {
    name: 'an acknowledgement and a reset of nothing: nothing',
    in: ['60001234', '70001234'],
    out: [],
    served: 0,
  },
  {
    name: 'an answer that does not fit: 5.00',
    in: ['41011234bb'],
    out: ['61a01234bb'],
    served: 1,
    options: { replySize: 6 },
  },
];

for (const row of SERVER) {
  test(`server: ${row.name}`, (t) => {
    let served = 0;
    const rig = bare({
      serve: (_, reply) => {
        served++;
        reply.code = Code.Content;
        writePayload(reply.writer, bytes('hi'), 0, 2);
      },
      ...row.options,
    });
    for (const datagram of row.in) rig.receive(datagram);
    t.deepEqual(rig.out, [...row.out]);
    t.is(served, row.served);
  });
}

test('server: without serve() a request is refused, and one that nothing was done for is 5.01', (t) => {
  const none = bare();
  none.receive('41011234bb');
  none.receive('51011235bb');
  t.deepEqual(none.out, ['70001234']);
  const idle = bare({ serve: () => undefined });
  idle.receive('41011234bb');
  t.deepEqual(idle.out, ['61a11234bb']);
});

test('server: an id is another message after the lifetime of an exchange, and from another peer', (t) => {
  let served = 0;
  const rig = bare({
    serve: () => {
      served++;
    },
  });
  rig.receive('40021234', 0);
  rig.receive('40021234', 246_999);
  t.is(served, 1);
  rig.receive('40021234', 247_000);
  t.is(served, 2);
  rig.receive('40021234', 247_001, peerOf());
  t.is(served, 3);
});

// confirmable, what comes for it, what its sender is told
const LATER: readonly (readonly [string, boolean, string, readonly number[]])[] = [
  ['acknowledged', true, '60000001', [0]],
  ['reset', true, '70000001', [Err.CoapReset]],
  ['never acknowledged', true, '', [Err.CoapTimeout]],
  ['without confirmation', false, '', [0]],
];

for (const [name, confirmable, answer, told] of LATER) {
  test(`server: an answer that was put off: ${name}`, (t) => {
    const settled: number[] = [];
    const rig = bare({
      serve: (_, reply) => {
        reply.code = Code.Empty;
      },
    });
    rig.receive('41021234bb');
    rig.receive('41021234bb');
    t.deepEqual(rig.out, ['60001234', '60001234'], 'acknowledged, and again where it is repeated');
    const handle = rig.endpoint.respond(
      {
        peer: rig.peer,
        code: Code.Changed,
        confirmable,
        token: Uint8Array.of(0xbb),
        tokenLength: 1,
        binding: null,
        id: 0,
        write: () => undefined,
        settled: (code) => settled.push(code),
      },
      0,
    );
    t.true(handle >= 0);
    t.is(rig.out[2], confirmable ? '41440001bb' : '51440001bb');
    if (answer !== '') rig.receive(answer);
    for (let now = 0; now < 100_000; now += 500) rig.endpoint.tick(now);
    t.deepEqual(settled, [...told]);
  });
}

// header of the request, of its answer
const HELD: readonly (readonly [string, string, string])[] = [
  ['a confirmable one: the answer is its acknowledgement', '41021234bb', '61441234bb'],
  ['one without confirmation: a message of its own', '51021234bb', '51440002bb'],
];
for (const [name, asked, wanted] of HELD)
  test(`server: nothing goes out before a held answer; ${name}`, (t) => {
    const settled: number[] = [];
    let served = 0;
    const rig = bare({
      serve: (_, reply) => {
        served++;
        reply.code = Code.Empty;
        reply.held = true;
      },
    });
    rig.receive(asked);
    rig.receive(asked);
    t.deepEqual([rig.out, served], [[], 1], 'nor for what comes again meanwhile');
    rig.endpoint.respond(
      {
        peer: rig.peer,
        code: Code.Changed,
        confirmable: false,
        token: Uint8Array.of(0xbb),
        tokenLength: 1,
        binding: null,
        ...(asked.startsWith('4') ? { acknowledges: 0x1234 } : {}),
        id: 0,
        write: () => undefined,
        settled: (code) => settled.push(code),
      },
      0,
    );
    t.deepEqual([rig.out, settled], [[wanted], [0]]);
    rig.receive(asked);
    t.deepEqual(
      [rig.out.slice(1), served],
      [asked.startsWith('4') ? [wanted] : [], 1],
      'and again for what comes again',
    );
    t.is(rig.endpoint.tick(1e6), Infinity);
  });

test('server: a reset of what is not under way is told, for it ends an observation', (t) => {
  const ids: number[] = [];
  const rig = bare({ reset: (_, id) => ids.push(id) });
  rig.receive('70004321');
  t.deepEqual(ids, [0x4321]);
});
