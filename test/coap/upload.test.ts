import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import type { LinkOptions } from '../../bootloader-sim/link/link.ts';
import { writeBlock } from '../../hal/coap/block.ts';
import { bodyAnswer, bodyEnd, bodyNew, bodyTake, Take } from '../../hal/coap/body.ts';
import type { Incoming, Reply } from '../../hal/coap/contract.ts';
import { echoFresh, echoGuardNew } from '../../hal/coap/echo.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { uploadNew, uploadSend, uploadStop } from '../../hal/coap/upload.ts';
import { writeText } from '../../hal/coap/writer.ts';
import { pairOf, shareOf, textOf } from './_rig.ts';

interface Sent {
  readonly told: readonly string[];
  readonly taken: Uint8Array;
  readonly requests: number;
}

interface Setup {
  readonly szx?: number;
  readonly serverSzx?: number;
  readonly link?: Partial<LinkOptions>;
  readonly tag?: Uint8Array;
  readonly serve?: (incoming: Incoming, reply: Reply) => void;
  readonly room?: number;
}

const contentOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 13) & 0xff);

const send = (length: number, setup: Setup = {}): Sent => {
  const body = bodyNew(100_000, setup.serverSzx ?? 6);
  let parts: Uint8Array[] = [];
  let requests = 0;
  const taking = (incoming: Incoming, reply: Reply): void => {
    const { bytes, payload, end } = incoming.message;
    const take = bodyTake(body, incoming, reply);
    if (take === Take.Refused) return;
    if (take === Take.Block) {
      if (body.first) parts = [];
      parts.push(bytes.slice(payload, end));
    }
    bodyAnswer(body, reply, Code.Changed);
    if (take === Take.Block && body.last) bodyEnd(body);
  };
  const pair = pairOf(
    { seed: 1, delay: 10, ...setup.link },
    { outgoing: [setup.room ?? 1152] },
    {
      serve: (incoming, reply) => {
        requests++;
        (setup.serve ?? taking)(incoming, reply);
      },
    },
    { roundTrip: 30 },
  );
  const told: string[] = [];
  const upload = uploadNew({
    endpoint: pair.client,
    peer: pair.serverPeer,
    method: Code.Post,
    name: (w) => writeText(w, Option.UriPath, 'report'),
    szx: setup.szx ?? 6,
    tag: setup.tag ?? new Uint8Array(0),
    done: (message) => told.push(textOf(message).trim()),
    failed: (code) => told.push(`${code} ${upload.refusal}`),
  });
  const code = uploadSend(upload, contentOf(length), length, 0);
  if (code < 0) told.push(String(code));
  pair.run(() => told.length > 0);
  return { told, taken: Buffer.concat(parts), requests };
};

// length, szx of ours, of the server, requests
const WAYS: readonly (readonly [number, number, number, number])[] = [
  [0, 6, 6, 1],
  [10, 6, 6, 1],
  [1024, 6, 6, 1],
  [1025, 6, 6, 2],
  [5000, 6, 6, 5],
  [1000, 2, 6, 16],
  [2000, 6, 4, 5],
];

for (const [length, szx, serverSzx, requests] of WAYS) {
  test(`${length} bytes, szx ${szx} to ${serverSzx}: ${requests} requests`, (t) => {
    const sent = send(length, { szx, serverSzx });
    t.deepEqual([...sent.told], ['2.04']);
    t.deepEqual(Buffer.from(sent.taken), Buffer.from(contentOf(length)));
    t.is(sent.requests, requests);
  });
}

test('over any link it comes whole, or is said not to', (t) => {
  let whole = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.integer({ min: 2, max: 6 }),
      (seed, length, szx) => {
        const link = { seed, loss: 0.1, repeat: 0.1, reorder: 0.2, jitter: 10 };
        const sent = send(length, { szx, link, tag: Uint8Array.of(seed & 0xff) });
        t.is(sent.told.length, 1);
        if (sent.told[0] !== '2.04') return;
        whole++;
        t.deepEqual(Buffer.from(sent.taken), Buffer.from(contentOf(length)));
      },
    ),
    { numRuns: 60 },
  );
  t.true(whole > 50);
});

const answer = (code: number, block?: readonly [number, boolean, number]) => (_: Incoming, reply: Reply) => {
  reply.code = code;
  if (block) writeBlock(reply.writer, Option.Block1, ...block);
};

// name, server, length, what is told
const BAD: readonly (readonly [string, (incoming: Incoming, reply: Reply) => void, number, string])[] = [
  ['refuses', answer(Code.Forbidden), 5000, `${Err.CoapRefused} ${Code.Forbidden}`],
  [
    '4.13 with no smaller size',
    answer(Code.RequestEntityTooLarge, [0, true, 6]),
    5000,
    `${Err.CoapRefused} ${Code.RequestEntityTooLarge}`,
  ],
  ['is content with the first block', answer(Code.Changed), 5000, `${Err.CoapBlock} 0`],
  ['wants more when there is none', answer(Code.Continue, [0, true, 6]), 10, `${Err.CoapBlock} 0`],
  ['says nothing of blocks', answer(Code.Continue), 5000, `${Err.CoapBlock} 0`],
];

for (const [name, serve, length, told] of BAD) {
  test(`a server that ${name}`, (t) => {
    t.deepEqual([...send(length, { serve }).told], [told]);
  });
}

test('4.13 with a smaller size: begun anew with it', (t) => {
  const sizes: number[] = [];
  const body = bodyNew(100_000, 6);
  const sent = send(2000, {
    serve: (incoming, reply) => {
      const length = incoming.message.end - incoming.message.payload;
      sizes.push(length);
      if (length > 256) answer(Code.RequestEntityTooLarge, [0, true, 4])(incoming, reply);
      else if (bodyTake(body, incoming, reply) !== Take.Refused) bodyAnswer(body, reply, Code.Changed);
    },
  });
  t.deepEqual([...sent.told], ['2.04']);
  t.deepEqual(sizes.slice(0, 3), [1024, 256, 256]);
});

test('a server that asks for Echo gets it', (t) => {
  const guard = echoGuardNew(shareOf(1), 1e9, 4);
  const sent = send(10, {
    serve: (incoming, reply) => {
      if (echoFresh(guard, incoming, reply)) reply.code = Code.Changed;
    },
  });
  t.deepEqual([...sent.told], ['2.04']);
  t.is(sent.requests, 2);
});

test('without a buffer for a block nothing is sent', (t) => {
  t.deepEqual([...send(5000, { room: 200 }).told], [String(Err.CoapTooLong)]);
});

test('stopped, nothing is told', (t) => {
  const pair = pairOf({ seed: 1 }, { outgoing: [1152] }, {});
  const upload = uploadNew({
    endpoint: pair.client,
    peer: pair.serverPeer,
    method: Code.Put,
    name: () => undefined,
    szx: 6,
    tag: new Uint8Array(0),
    done: () => t.fail(),
    failed: () => t.fail(),
  });
  t.is(uploadSend(upload, new Uint8Array(10), 10, 0), 0);
  uploadStop(upload);
  t.is(pair.client.tick(1e9), Infinity);
});
