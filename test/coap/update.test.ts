import test from 'ava';
import { Ok, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/index.ts';
import { activate, liveOf, restart, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import type { LinkOptions } from '../../bootloader-sim/link/link.ts';
import { blockNew, blockRead, writeBlock } from '../../hal/coap/block.ts';
import type { Incoming, Reply } from '../../hal/coap/contract.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import type { CoapReceiver, CoapUpdateOptions } from '../../hal/coap/update-options.ts';
import { coapUpdateStop } from '../../hal/coap/update.ts';
import { writePayload, writeUint } from '../../hal/coap/writer.ts';
import { boardOf, imageOf, packOf } from '../serial/_rig.ts';
import { pathOf, serveFiles, updateOver } from './_update.ts';
import type { Over } from './_update.ts';

const first = packOf(imageOf(6, 1), 1);
const second = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
const near = packOf(imageOf(6, 2, [1, 4]), 2);
const uri = (packed: typeof first): string => {
  const text = Buffer.from(packed.envelope).toString('latin1');
  return `/fw/${/[0-9a-f]{32}\.bin/.exec(text)?.[0] ?? ''}`;
};
const filesOf = (packed: typeof first): Record<string, Uint8Array> => ({
  '/fw/update.suit': packed.envelope,
  [uri(packed)]: packed.payload,
});

const staged = (board: Board): boolean => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status.phase === Phase.Staged;
};

const erasesOf = (board: Board): number =>
  Object.values(board.flash.devices).reduce((sum, device) => sum + device.erases, 0);

const running = (board: Board): number => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status.sequence;
};

test('the manifest names the payload', (t) => {
  t.regex(uri(second), /^\/fw\/[0-9a-f]{32}\.bin$/);
});

// What the link does, window, blocks held, szx. Shares are of each direction.
const LINKS: readonly (readonly [name: string, link: Partial<LinkOptions>, window: number, szx: number])[] = [
  ['nothing wrong', {}, 1, 6],
  ['nothing wrong, in a window of 4', {}, 4, 6],
  ['blocks of 64 bytes, as on 6LoWPAN', {}, 4, 2],
  ['loses 5 %', { loss: 0.05 }, 4, 6],
  ['loses 20 %', { loss: 0.2 }, 1, 4],
  ['repeats half of all', { repeat: 0.5 }, 4, 6],
  ['reorders a third', { reorder: 0.33, jitter: 50 }, 4, 6],
  ['alters 2 %', { corrupt: 0.02 }, 2, 4],
  ['all of it', { loss: 0.05, repeat: 0.1, reorder: 0.1, jitter: 30 }, 4, 5],
  ['a second from end to end', { delay: 1000, loss: 0.05 }, 4, 6],
];

for (const [name, link, window, szx] of LINKS) {
  test(`a whole update over a link that: ${name}`, (t) => {
    for (let seed = 1; seed <= 3; seed++) {
      const board = boardOf(first);
      const over = updateOver({
        board,
        link: { ...link, seed },
        serve: serveFiles(filesOf(second)),
        options: { blocks: { szx, window, held: 1, token: new Uint8Array(0) } },
      });
      // Altered bytes are for the agent to find: it refuses them, and is offered the same again.
      let tries = 1;
      over.run();
      let last: Over = over;
      while (link.corrupt !== undefined && last.update.code < 0 && tries < 20) {
        t.true(
          last.update.code <= Err.EnvelopeTooShort || last.update.code === Err.BadState,
          String(last.update.code),
        );
        tries++;
        last = updateOver({
          board,
          link: { ...link, seed: seed * 100 + tries },
          serve: serveFiles(filesOf(second)),
        });
        last.run();
      }
      t.true(last.update.ended, `seed ${seed}`);
      t.is(last.update.code, Ok, `seed ${seed}, cause ${last.update.cause}`);
      t.true(staged(board), `seed ${seed}`);
      const faults = over.pair.link.counts;
      for (const kind of ['loss', 'repeat', 'reorder', 'corrupt'] as const) {
        const count = {
          loss: faults.lost,
          repeat: faults.repeated,
          reorder: faults.reordered,
          corrupt: faults.corrupted,
        };
        if ((link[kind] ?? 0) >= 0.02 && szx < 6) t.true(count[kind] > 0, `${kind} happened`);
      }
      t.is(activate(board), Ok);
    }
  });
}

test('what is in flash already is not fetched: blocks that both images share', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, serve: serveFiles(filesOf(near)) });
  over.run();
  t.is(over.update.code, Ok);
  t.true(staged(board));
  t.true(over.update.download.received < 4 * 4096, `${over.update.download.received} bytes`);
});

test('broken off and begun anew: it goes on with what is missing', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, link: { delay: 100 }, serve: serveFiles(filesOf(second)) });
  over.run(1500);
  t.false(over.update.ended);
  const before = over.update.download.received;
  t.true(before > 8000, `${before} bytes came`);
  coapUpdateStop(over.update);
  t.is(over.update.code, Err.Cancelled);
  restart(board);
  run(board, { until: 1 });
  const again = updateOver({ board, serve: serveFiles(filesOf(second)) });
  again.run();
  t.is(again.update.code, Ok);
  const { received } = again.update.download;
  t.true(received + 4096 < second.payload.length, `${received} of ${second.payload.length}`);
});

test('the link is dead for a minute: it waits, and goes on where it was', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, link: { delay: 200 }, serve: serveFiles(filesOf(second)) });
  over.run(1000);
  const { faults } = over.pair.link;
  faults.loss = 1;
  over.run(60_000);
  t.true(over.update.faults > 0, 'it was noticed');
  t.false(over.update.ended);
  faults.loss = 0;
  const before = over.update.download.received;
  t.true(before > 0);
  over.run();
  t.is(over.update.code, Ok);
  t.true(
    over.update.download.received < second.payload.length + 8 * 1024,
    'nothing is fetched twice but a few blocks',
  );
});

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
    'another ETag each time',
    onPayload((incoming, reply, count) => {
      writeUint(reply.writer, Option.ETag, count + 1);
      reply.code = Code.Content;
      const number = blockOf(incoming);
      writeBlock(reply.writer, Option.Block2, number, true, 6);
      writePayload(reply.writer, second.payload, number * 1024, number * 1024 + 1024);
    }),
    Err.SourceChanged,
    Err.CoapChanged,
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
