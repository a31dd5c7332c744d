import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, liveOf, run } from '../../bootloader-sim/index.ts';
import { blockNew, blockRead, writeBlock } from '../../hal/coap/block.ts';
import type { Incoming, Reply } from '../../hal/coap/contract.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import type { CoapReceiver, CoapUpdateOptions } from '../../hal/coap/update-options.ts';
import { writePayload, writeUint } from '../../hal/coap/writer.ts';
import { boardOf, imageOf, packOf } from '../serial/_rig.ts';
import { erasesOf, filesOf, first, running, second, staged, uri } from './_release.ts';
import { pathOf, serveFiles, updateOver } from './_update.ts';

type Serve = (incoming: Incoming, reply: Reply) => void;
const honest = serveFiles(filesOf(second));
const onPayload =
  (other: (incoming: Incoming, reply: Reply, count: number) => void): (() => Serve) =>
  () => {
    let count = 0;
    return (incoming, reply) =>
      pathOf(incoming) === uri(second) ? other(incoming, reply, count++) : honest(incoming, reply);
  };
const refuse =
  (code: number): (() => Serve) =>
  () =>
  (_, reply) => {
    reply.code = code;
  };

/** The manifest of such a release, for all that the driver is told. */
const elsewhere =
  (where: string) =>
  (agent: CoapReceiver): Partial<CoapUpdateOptions> => ({
    agent: {
      offerBegin: (whole) => agent.offerBegin(whole),
      push: (bytes, from, to) => agent.push(bytes, from, to),
      poll: () => agent.poll(),
      wanted: (range) => agent.wanted(range),
      uri: (into) => new TextEncoder().encodeInto(where, into).written,
    },
  });

const blockOf = ({ message }: Incoming): number => {
  const block = blockNew();
  blockRead(block, message, Option.Block2);
  return block.number;
};

/** The block that is asked for, with an ETag of that number. */
const tagged = (incoming: Incoming, reply: Reply, count: number, bytes: Uint8Array): void => {
  const from = blockOf(incoming) * 1024;
  reply.code = Code.Content;
  writeUint(reply.writer, Option.ETag, count + 1);
  writeBlock(reply.writer, Option.Block2, blockOf(incoming), from + 1024 < bytes.length, 6);
  writePayload(reply.writer, bytes, from, Math.min(from + 1024, bytes.length));
};

// name, server, code, what led to it, whether flash may have been erased. Each must end.
type Bad = readonly [
  name: string,
  serve: () => Serve,
  code: number,
  cause: number,
  erases: boolean,
  options?: (agent: CoapReceiver) => Partial<CoapUpdateOptions>,
];
const BAD: readonly Bad[] = [
  ['4.04', refuse(Code.NotFound), Err.SourceRefused, Err.CoapRefused, false],
  ['5.00 for ever', refuse(Code.InternalServerError), Err.SourceRefused, Err.CoapRefused, false],
  ['5.03 for ever', refuse(Code.ServiceUnavailable), Err.SourceBusy, Err.CoapRefused, false],
  ['4.01 for ever', refuse(Code.Unauthorized), Err.SourceRefused, Err.CoapRefused, false],
  ['says nothing but that it will', refuse(Code.Empty), Err.SourceSlow, Err.SourceSlow, false],
  [
    'an envelope that never ends',
    () => (incoming, reply) => {
      reply.code = Code.Content;
      writeBlock(reply.writer, Option.Block2, blockOf(incoming), true, 6);
      writePayload(reply.writer, new Uint8Array(1024).fill(0x41), 0, 1024);
    },
    Err.Envelope,
    Err.Envelope,
    false,
  ],
  [
    'another file as the envelope',
    () => serveFiles({ '/fw/update.suit': second.payload }),
    Err.Envelope,
    Err.Envelope,
    false,
  ],
  [
    'half an envelope',
    () => serveFiles({ '/fw/update.suit': second.envelope.subarray(0, 200) }),
    Err.EnvelopeTooShort,
    Err.EnvelopeTooShort,
    false,
  ],
  [
    'an envelope that was altered',
    () => serveFiles({ '/fw/update.suit': second.envelope.map((one, at) => (at === 300 ? one ^ 1 : one)) }),
    Err.ManifestDigest,
    Err.ManifestDigest,
    false,
  ],
  [
    'no payload',
    () => serveFiles({ '/fw/update.suit': second.envelope }),
    Err.SourceRefused,
    Err.CoapRefused,
    true,
  ],
  [
    'half a payload',
    () => serveFiles({ ...filesOf(second), [uri(second)]: second.payload.subarray(0, 9000) }),
    Err.PayloadTooShort,
    Err.PayloadTooShort,
    true,
  ],
  [
    'a payload that was altered',
    () =>
      serveFiles({
        ...filesOf(second),
        [uri(second)]: second.payload.map((one, at) => (at === 9000 ? one ^ 1 : one)),
      }),
    Err.BlockDigest,
    Err.BlockDigest,
    true,
  ],
  [
    'the same block over and over',
    onPayload((_, reply) => {
      reply.code = Code.Content;
      writeBlock(reply.writer, Option.Block2, 0, true, 6);
      writePayload(reply.writer, second.payload, 0, 1024);
    }),
    Err.SourceMalformed,
    Err.CoapBlock,
    true,
  ],
  [
    'another ETag each time, and other bytes, for ever',
    onPayload((incoming, reply, count) => {
      tagged(incoming, reply, count, blockOf(incoming) > 8 ? first.payload : second.payload);
    }),
    Err.SourceChanged,
    Err.BlockDigest,
    true,
  ],
  [
    'a payload on another host',
    () => honest,
    Err.OriginRefused,
    Err.OriginRefused,
    true,
    elsewhere('coap://elsewhere/x'),
  ],
  [
    'a payload over another protocol',
    () => honest,
    Err.SchemeRefused,
    Err.SchemeRefused,
    true,
    elsewhere('http://server/x'),
  ],
  [
    'a host that is not found',
    () => honest,
    Err.SourceLost,
    Err.SourceLost,
    false,
    () => ({ connect: (_, found) => found(null) }),
  ],
  [
    'a host that is looked for, for ever',
    () => honest,
    Err.SourceLost,
    Err.SourceLost,
    false,
    () => ({ connect: () => undefined }),
  ],
];

for (const [name, serve, code, cause, erases, options] of BAD) {
  test(`a server with: ${name}: ends with ${code}, and the board runs on`, (t) => {
    const board = boardOf(first);
    liveOf(board);
    const before = erasesOf(board);
    const over = updateOver({ board, serve: serve(), options: options?.(liveOf(board).agent!) ?? {} });
    const end = over.run(7_200_000);
    t.true(over.update.ended, `still at it after ${end} ms`);
    t.deepEqual([over.update.code, over.update.cause], [code, cause]);
    if (!erases) t.is(erasesOf(board), before, 'nothing is erased before there is a manifest');
    t.false(staged(board));
    t.is(running(board), 1);
    const sane = updateOver({ board, serve: honest });
    sane.run();
    t.is(sane.update.code, Ok, 'once the network is sane, it takes the update');
    t.true(staged(board));
  });
}

// What lets it go to another host: what the driver is told, by the configuration or by leave of it.
const LEAVE: readonly (readonly [name: string, options: Partial<CoapUpdateOptions>, uri: string])[] = [
  ['the host is on the list', { hosts: ['elsewhere'] }, 'coap://elsewhere'],
  ['the manifest may name any', { manifestHost: true }, 'coap://elsewhere:99'],
  ['the configuration names the payload', { payload: `coap://elsewhere${uri(second)}` }, 'coap://nowhere'],
];

for (const [name, leave, where] of LEAVE) {
  test(`a payload on another host is fetched: ${name}`, (t) => {
    const board = boardOf(first);
    const hosts: string[] = [];
    const over = updateOver({
      board,
      serve: honest,
      options: {
        ...elsewhere(`${where}${uri(second)}`)(liveOf(board).agent!),
        ...leave,
        connect: (place, found) => {
          hosts.push(place.host);
          found(over.pair.serverPeer);
        },
      },
    });
    over.run();
    t.is(over.update.code, Ok);
    t.deepEqual(hosts, ['server', 'elsewhere']);
  });
}

test('another ETag each time, and the right bytes: they are proven, and it goes on', (t) => {
  const board = boardOf(first);
  const serve = onPayload((incoming, reply, count) => tagged(incoming, reply, count, second.payload))();
  const over = updateOver({ board, serve });
  over.run();
  t.is(over.update.code, Ok);
  t.true(over.update.download.changes > 10);
  t.is(over.update.faults, 0);
});

test('what is served under the same names is replaced meanwhile: it begins anew, and takes the new one', (t) => {
  const third = packOf(imageOf(6, 3, [0, 1, 2, 3, 4, 5]), 3);
  const board = boardOf(first);
  const name = uri(second);
  let count = 0;
  const over = updateOver({
    board,
    serve: (incoming, reply) => {
      const now = count++ < 12 ? second : third;
      const path = pathOf(incoming);
      if (path === '/fw/update.suit') tagged(incoming, reply, now === second ? 1 : 2, now.envelope);
      else if (path === name || path === uri(third))
        tagged(incoming, reply, now === second ? 1 : 2, now.payload);
      else reply.code = Code.NotFound;
    },
  });
  over.run();
  t.is(over.update.code, Ok);
  t.is(over.update.faults, 1);
  t.is(activate(board), Ok);
  run(board, { until: 'settled' });
  t.is(running(board), 3);
});

test('5.03 with a Max-Age: it waits so long before it asks again', (t) => {
  const board = boardOf(first);
  let asked = 0;
  const over = updateOver({
    board,
    serve: (incoming, reply) => {
      if (asked++ > 0) honest(incoming, reply);
      else {
        reply.code = Code.ServiceUnavailable;
        writeUint(reply.writer, Option.MaxAge, 20);
      }
    },
  });
  over.run(19_000);
  t.is(asked, 1);
  over.run();
  t.is(over.update.code, Ok);
});

test('a server that trickles is given up', (t) => {
  const board = boardOf(first);
  const over = updateOver({
    board,
    link: { delay: 29_000 },
    timing: { roundTrip: 60_000 },
    serve: honest,
    options: { blocks: { szx: 0, window: 1, held: 1, token: new Uint8Array(0) } },
  });
  const end = over.run(7_200_000);
  t.deepEqual([over.update.code, over.update.cause], [Err.SourceSlow, Err.SourceSlow]);
  t.true(end < 3_600_000);
});
