import test from 'ava';
import fc from 'fast-check';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { LinkOptions } from '../../bootloader-sim/link/link.ts';
import { answerBytes } from '../../hal/coap/answer.ts';
import { blockNew, blockRead, writeBlock } from '../../hal/coap/block.ts';
import type { EndpointOptions, Incoming, Reply } from '../../hal/coap/contract.ts';
import {
  downloadNew,
  downloadRead,
  downloadResume,
  DownloadState,
  downloadStop,
} from '../../hal/coap/download.ts';
import type { Download, DownloadOptions } from '../../hal/coap/download.ts';
import { echoFresh, echoGuardNew } from '../../hal/coap/echo.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import { pairOf, shareOf } from './_rig.ts';
import type { Pair } from './_rig.ts';

const contentOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

interface Fetch {
  readonly pair: Pair;
  readonly download: Download;
  readonly got: Uint8Array;
  /** Reads a range to its end. */
  read(offset: number, length: number): void;
}

interface Setup {
  readonly link?: Partial<LinkOptions>;
  readonly options?: Partial<DownloadOptions>;
  readonly serve?: (incoming: Incoming, reply: Reply) => void;
  readonly szx?: number;
  /** Bytes that the sink takes at each call; default all. */
  readonly takes?: (most: number) => number;
  readonly client?: Partial<EndpointOptions>;
}

const fetchOf = (content: Uint8Array, setup: Setup = {}): Fetch => {
  const got = new Uint8Array(content.length);
  const full = (incoming: Incoming, reply: Reply): void =>
    answerBytes(
      incoming,
      reply,
      { code: Code.Content, format: 42, observe: -1 },
      content,
      content.length,
      setup.szx ?? 6,
    );
  const pair = pairOf(
    { seed: 1, delay: 5, ...setup.link },
    setup.client ?? {},
    { serve: setup.serve ?? full },
    { roundTrip: 20 },
  );
  const download = downloadNew(
    {
      endpoint: pair.client,
      name: (w) => writeText(w, Option.UriPath, 'fw'),
      take: (bytes, from, to, offset) => {
        const taken = setup.takes?.(to - from) ?? to - from;
        got.set(bytes.subarray(from, from + Math.max(0, taken)), offset);
        return taken;
      },
      szx: 6,
      window: 1,
      held: 1,
      strict: true,
      token: new Uint8Array(0),
      ...setup.options,
    },
    pair.serverPeer,
  );
  // Half a second of work for each time that the sink took less.
  pair.beside = (now) => {
    if (download.state === DownloadState.Paused) downloadResume(download, now);
    return download.state === DownloadState.Paused ? now + 500 : Infinity;
  };
  return {
    pair,
    download,
    got,
    read: (offset, length) => {
      downloadRead(download, offset, length, pair.now);
      pair.run(() => download.state === DownloadState.Ended);
    },
  };
};

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

// szx of the client, of the server; window; blocks held; length of the resource; requests that it takes
const WAYS: readonly (readonly [
  szx: number,
  serverSzx: number,
  window: number,
  held: number,
  length: number,
  requests: number,
])[] = [
  [6, 6, 1, 1, 10_000, 10],
  [2, 6, 1, 1, 1000, 16],
  [0, 6, 1, 1, 100, 7],
  [6, 2, 1, 1, 1000, 16],
  [6, 6, 4, 3, 10_000, 10],
  [6, 6, 4, 1, 10_000, 10],
  [6, 4, 4, 1, 10_000, 40],
  [6, 6, 1, 1, 1024, 1],
  [6, 6, 1, 1, 7, 1],
  [6, 6, 1, 1, 0, 1],
];

for (const [szx, serverSzx, window, held, length, requests] of WAYS) {
  test(`${length} bytes, szx ${szx} of ${serverSzx}, window ${window}, held ${held}: ${requests} requests`, (t) => {
    const content = contentOf(length);
    const fetch = fetchOf(content, { options: { szx, window, held }, szx: serverSzx });
    fetch.read(0, window > 1 ? length : Infinity);
    t.is(fetch.download.code, Ok);
    t.is(fetch.download.next, length);
    t.true(equal(fetch.got, content));
    t.is(fetch.download.requests, requests);
    t.is(fetch.download.dropped, 0);
  });
}

test('a window takes a round trip for so many blocks, once the size of blocks is settled', (t) => {
  const content = contentOf(9 * 1024);
  const timeOf = (window: number): number => {
    const fetch = fetchOf(content, { link: { delay: 100 }, options: { window, held: 1 } });
    fetch.read(0, content.length);
    t.true(equal(fetch.got, content));
    return fetch.pair.now;
  };
  t.is(timeOf(1), 9 * 200);
  t.is(timeOf(4), 3 * 200);
});

test('ranges that begin and end anywhere, one after the other', (t) => {
  const content = contentOf(50_000);
  const fetch = fetchOf(content, { options: { window: 4, held: 1 } });
  for (const [offset, length] of [
    [5000, 3000],
    [8000, 1],
    [8001, 10_000],
    [40_000, 10_000],
    [0, 5000],
    [18_001, 21_999],
  ] as const)
    fetch.read(offset, length);
  t.is(fetch.download.code, Ok);
  t.true(equal(fetch.got, content));
});

test('any link, any sizes, a sink that takes what it likes: the bytes come, in order', (t) => {
  const setups = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    loss: fc.constantFrom(0, 0.05, 0.15),
    repeat: fc.constantFrom(0, 0.2),
    reorder: fc.constantFrom(0, 0.3),
    szx: fc.integer({ min: 3, max: 6 }),
    serverSzx: fc.integer({ min: 2, max: 6 }),
    window: fc.integer({ min: 1, max: 6 }),
    held: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 12_000 }),
    from: fc.double({ min: 0, max: 0.99, noNaN: true }),
    greed: fc.constantFrom(0.3, 1),
  });
  let faults = 0;
  fc.assert(
    fc.property(
      setups,
      ({ seed, loss, repeat, reorder, szx, serverSzx, window, held, length, from, greed }) => {
        const content = contentOf(length);
        const share = shareOf(seed);
        const fetch = fetchOf(content, {
          link: { seed, loss, repeat, reorder, delay: 30, jitter: 10 },
          options: { szx, window, held },
          szx: serverSzx,
          takes: (most) => (share() < greed ? most : Math.floor(share() * most)),
        });
        let offset = Math.floor(from * length);
        fetch.got.set(content.subarray(0, offset));
        // A link that loses a sixth may lose one message five times.
        for (let attempt = 0; attempt < 5 && offset < length; attempt++) {
          fetch.read(offset, length - offset);
          offset = fetch.download.next;
        }
        t.is(fetch.download.code, Ok);
        t.true(equal(fetch.got, content));
        const { lost, repeated, reordered } = fetch.pair.link.counts;
        faults += lost + repeated + reordered;
      },
    ),
    { numRuns: 150 },
  );
  t.true(faults > 500);
});

// name, what the server answers to block `number` of three, how it ends
type Lie = (number: number, reply: Reply, content: Uint8Array) => void;
const piece = (reply: Reply, number: number, more: boolean, szx: number, payload: number): void => {
  reply.code = Code.Content;
  writeBlock(reply.writer, Option.Block2, number, more, szx);
  writePayload(reply.writer, new Uint8Array(1100), 0, payload);
};
const LIES: readonly (readonly [string, Lie, number])[] = [
  ['refuses', (_, reply) => (reply.code = Code.NotFound), Err.CoapRefused],
  ['another block', (n, reply) => piece(reply, n + 1, true, 6, 1024), Err.CoapBlock],
  ['the first block for ever', (_, reply) => piece(reply, 0, true, 6, 1024), Err.CoapBlock],
  ['larger blocks than asked for', (n, reply) => piece(reply, n, true, 6, 1024), Err.CoapBlock],
  ['a block with more in it than it says', (n, reply) => piece(reply, n, true, 2, 65), Err.CoapBlock],
  ['a block with less in it that is not the last', (n, reply) => piece(reply, n, true, 2, 63), Err.CoapBlock],
  ['a last block that is too long', (n, reply) => piece(reply, n, false, 2, 65), Err.CoapBlock],
  [
    'szx 7',
    (_, reply) => {
      reply.code = Code.Content;
      writeOption(reply.writer, Option.Block2, Uint8Array.of(0x0f), 0, 1);
    },
    Err.CoapBlock,
  ],
  [
    'all at once, and too much',
    (_, reply) => {
      reply.code = Code.Content;
      writePayload(reply.writer, new Uint8Array(1100), 0, 1100);
    },
    Err.CoapBlock,
  ],
  [
    'without blocks in the middle',
    (n, reply, content) => {
      if (n === 0) piece(reply, 0, true, 2, 64);
      else {
        reply.code = Code.Content;
        writePayload(reply.writer, content, 0, 64);
      }
    },
    Err.CoapBlock,
  ],
  ['2.03', (_, reply) => (reply.code = Code.Valid), Err.CoapBlock],
  [
    'a critical option',
    (_, reply) => {
      reply.code = Code.Content;
      writeUint(reply.writer, 65001, 1);
    },
    Err.CoapOption,
  ],
  [
    'another ETag for each block',
    (n, reply) => {
      writeUint(reply.writer, Option.ETag, n + 1);
      piece(reply, n, true, 2, 64);
    },
    Err.CoapChanged,
  ],
  [
    'an ETag of 9 bytes',
    (n, reply) => {
      writeOption(reply.writer, Option.ETag, new Uint8Array(9), 0, 9);
      piece(reply, n, true, 2, 64);
    },
    Err.CoapChanged,
  ],
  [
    'Echo for ever',
    (_, reply) => {
      reply.code = Code.Unauthorized;
      writeUint(reply.writer, Option.Echo, 7);
    },
    Err.CoapRefused,
  ],
  ['an empty acknowledgement, and nothing more', (_, reply) => (reply.code = Code.Empty), Err.CoapTimeout],
];

for (const [name, lie, code] of LIES) {
  test(`a server that answers: ${name}: ends with ${code}`, (t) => {
    const content = contentOf(200);
    const fetch = fetchOf(content, {
      options: { szx: 2 },
      serve: (incoming, reply) => {
        const block = blockNew();
        blockRead(block, incoming.message, Option.Block2);
        lie(block.number, reply, content);
      },
    });
    fetch.read(0, 200);
    t.is(fetch.download.code, code);
    t.true(fetch.pair.now < 300_000);
  });
}

test('a server that gives a new Echo each time is asked again, and not for ever by one that never takes it', (t) => {
  let asked = 0;
  const content = contentOf(100);
  const guard = echoGuardNew(shareOf(3), 1e9, 4);
  const fetch = fetchOf(content, {
    serve: (incoming, reply) => {
      asked++;
      if (echoFresh(guard, incoming, reply))
        answerBytes(incoming, reply, { code: Code.Content, format: 42, observe: -1 }, content, 100, 2);
    },
    options: { szx: 2 },
  });
  fetch.read(0, 100);
  t.is(fetch.download.code, Ok);
  t.true(equal(fetch.got, content));
  t.is(asked, 3, 'once more for the first block; the value goes with the next');
});

test('a resource that is shorter than the range, asked for ahead: its end is found, and no refusal', (t) => {
  const content = contentOf(2500);
  const fetch = fetchOf(content, { options: { window: 4, held: 1 } });
  fetch.read(0, 20_000);
  t.is(fetch.download.code, Ok);
  t.is(fetch.download.next, 2500);
  t.true(equal(fetch.got, content));
});

test('a sink that refuses ends it with its code, and nothing is under way any more', (t) => {
  const content = contentOf(9000);
  const fetch = fetchOf(content, { options: { window: 4 }, takes: () => Err.BlockDigest });
  fetch.read(0, 9000);
  t.is(fetch.download.code, Err.BlockDigest);
  t.is(fetch.pair.client.tick(fetch.pair.now), Infinity);
});

test('stopped, it asks for nothing and takes nothing', (t) => {
  const content = contentOf(9000);
  const fetch = fetchOf(content, { options: { window: 4 }, takes: () => t.fail() as never });
  downloadRead(fetch.download, 0, 9000, 0);
  downloadStop(fetch.download);
  fetch.pair.run(() => false);
  t.is(fetch.download.state, DownloadState.Idle);
});

test('with a token that is pinned all blocks have it, one at a time', (t) => {
  const content = contentOf(5000);
  const tokens = new Set<string>();
  const fetch = fetchOf(content, {
    options: { window: 4, token: Uint8Array.of(1, 2, 3) },
    serve: (incoming, reply) => {
      tokens.add(
        Buffer.from(incoming.message.token.subarray(0, incoming.message.tokenLength)).toString('hex'),
      );
      answerBytes(incoming, reply, { code: Code.Content, format: 42, observe: -1 }, content, 5000, 6);
    },
  });
  fetch.read(0, 5000);
  t.true(equal(fetch.got, content));
  t.deepEqual([...tokens], ['010203']);
});

test('the endpoint has less room than the window: it goes on with what there is', (t) => {
  const content = contentOf(9000);
  const fetch = fetchOf(content, { options: { window: 4 }, client: { outgoing: [64, 64] } });
  fetch.read(0, 9000);
  t.is(fetch.download.code, Ok);
  t.true(equal(fetch.got, content));
});
