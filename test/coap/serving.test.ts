import test from 'ava';
import fc from 'fast-check';
import { answerBytes, refuseUnknown } from '../../hal/coap/answer.ts';
import { blockNew, blockRead, blockSize, BlockIs, szxOf, writeBlock } from '../../hal/coap/block.ts';
import { bodyAnswer, bodyEnd, bodyNew, bodyTake, Take } from '../../hal/coap/body.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writerNew, writeText, writeUint } from '../../hal/coap/writer.ts';
import { incomingOf, messageOf, none, replyNew } from './_messages.ts';
import { optionsOf, peerOf, textOf } from './_rig.ts';

test('sizes of blocks', (t) => {
  t.deepEqual([0, 1, 2, 3, 4, 5, 6].map(blockSize), [16, 32, 64, 128, 256, 512, 1024]);
  t.deepEqual([1, 16, 63, 64, 1023, 1024, 9999].map(szxOf), [0, 0, 1, 2, 5, 6, 6]);
});

// number, more, szx, bytes. RFC 7959 2.2.
const BLOCKS: readonly (readonly [number, boolean, number, string])[] = [
  [0, false, 0, ''],
  [0, true, 6, '0e'],
  [1, false, 2, '12'],
  [15, true, 6, 'fe'],
  [16, true, 6, '010e'],
  [4096, false, 6, '010006'],
  [0xfffff, true, 6, 'fffffe'],
];

for (const [number, more, szx, bytes] of BLOCKS) {
  test(`block ${number}, ${more ? 'more' : 'last'}, szx ${szx}: ${bytes}`, (t) => {
    const message = messageOf(Code.Get, (w) => writeBlock(w, Option.Block2, number, more, szx));
    const block = blockNew();
    t.is(blockRead(block, message, Option.Block2), BlockIs.There);
    t.deepEqual(block, { number, more, szx });
    t.is(blockRead(block, message, Option.Block1), BlockIs.Absent);
    t.deepEqual(optionsOf(Buffer.from(message.bytes.subarray(0, message.end)).toString('hex')), [
      [Option.Block2, bytes],
    ]);
  });
}

test('a block of szx 7, of four bytes, and one whose number is too large', (t) => {
  const block = blockNew();
  const seven = messageOf(Code.Get, (w) => writeOption(w, Option.Block2, Uint8Array.of(7), 0, 1));
  t.is(blockRead(block, seven, Option.Block2), BlockIs.Malformed);
  const four = messageOf(Code.Get, (w) => writeOption(w, Option.Block2, Uint8Array.of(1, 0, 0, 6), 0, 4));
  t.is(blockRead(block, four, Option.Block2), BlockIs.Malformed);
  const w = writerNew(new Uint8Array(20));
  writeBlock(w, Option.Block2, 0x100000, false, 0);
  t.true(w.overflow);
});

interface Put {
  readonly path?: string;
  readonly tag?: number;
  readonly size1?: number;
  /** number, more, szx; without, the body comes whole. */
  readonly block?: readonly [number, boolean, number];
  readonly payload: number;
}

const putOf = ({ path = 'fw', tag, size1, block, payload }: Put): Message =>
  messageOf(Code.Put, (w) => {
    writeText(w, Option.UriPath, path);
    if (block) writeBlock(w, Option.Block1, ...block);
    if (size1 !== undefined) writeUint(w, Option.Size1, size1);
    if (tag !== undefined) writeUint(w, Option.RequestTag, tag);
    writePayload(w, new Uint8Array(payload), 0, payload);
  });

const T = Take.Block;
const R = Take.Repeated;
const N = Take.Refused;

// name, and for each request: what is put, from which of two peers, at which second; what is to be done, the answer
type Scene = readonly [put: Put, peer: 0 | 1, seconds: number, take: number, answer: string];
const BODIES: readonly (readonly [name: string, scenes: readonly Scene[]])[] = [
  ['whole', [[{ payload: 100 }, 0, 0, T, '2.04']]],
  ['whole and empty', [[{ payload: 0 }, 0, 0, T, '2.04']]],
  [
    'in three blocks',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 1, T, '2.31'],
      [{ block: [2, false, 2], payload: 7 }, 0, 2, T, '2.04'],
    ],
  ],
  [
    'a block comes again, as its answer was lost',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ block: [0, true, 2], payload: 64 }, 0, 0, R, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 1, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 1, R, '2.31'],
    ],
  ],
  [
    'blocks become smaller on the way',
    [
      [{ block: [0, true, 6], payload: 1024 }, 0, 0, T, '2.31'],
      [{ block: [16, true, 2], payload: 64 }, 0, 1, T, '2.31'],
    ],
  ],
  ['begins in the middle', [[{ block: [3, true, 2], payload: 64 }, 0, 0, N, '4.08']]],
  [
    'a block is left out',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ block: [2, true, 2], payload: 64 }, 0, 1, N, '4.08'],
    ],
  ],
  [
    'to another path in between, from the same peer: that one it is now',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ path: 'other', block: [0, true, 2], payload: 64 }, 0, 1, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 1, N, '4.08'],
    ],
  ],
  [
    'with another Request-Tag',
    [
      [{ tag: 1, block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ tag: 2, block: [1, true, 2], payload: 64 }, 0, 1, N, '4.08'],
      [{ tag: 1, block: [1, true, 2], payload: 64 }, 0, 1, T, '2.31'],
      [{ block: [2, true, 2], payload: 64 }, 0, 1, N, '4.08'],
    ],
  ],
  [
    'from another peer: refused while the first is at it, taken when it is long gone',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 1, 1, N, '4.08'],
      [{ block: [0, true, 2], payload: 64 }, 1, 2, N, '5.03'],
      [{ block: [0, true, 2], payload: 64 }, 1, 300, T, '2.31'],
    ],
  ],
  [
    'begun anew by the same peer',
    [
      [{ block: [0, true, 2], payload: 64 }, 0, 0, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 1, T, '2.31'],
      [{ block: [0, true, 2], payload: 64 }, 0, 2, T, '2.31'],
      [{ block: [1, true, 2], payload: 64 }, 0, 3, T, '2.31'],
    ],
  ],
  ['a short block that is not the last', [[{ block: [0, true, 2], payload: 63 }, 0, 0, N, '4.00']]],
  ['a block that is too long', [[{ block: [0, false, 2], payload: 65 }, 0, 0, N, '4.00']]],
  ['more than is taken', [[{ payload: 1000, block: [10, false, 6] }, 0, 0, N, '4.13']]],
  [
    'says that it will be more than is taken',
    [[{ payload: 64, size1: 9001, block: [0, true, 2] }, 0, 0, N, '4.13']],
  ],
  ['a path that is longer than is kept', [[{ path: 'x'.repeat(120), payload: 4 }, 0, 0, N, '4.02']]],
];

for (const [name, scenes] of BODIES) {
  test(`a body: ${name}`, (t) => {
    const body = bodyNew(9000, 6);
    const peers = [peerOf(), peerOf()];
    let place = 0;
    for (const [put, peer, seconds, take, wanted] of scenes) {
      const { reply, read } = replyNew();
      const taken = bodyTake(body, incomingOf(putOf(put), peers[peer], seconds * 1000), reply);
      t.is(taken, take, JSON.stringify(put));
      if (take === T) {
        if (body.first) place = 0;
        t.is(body.offset, place);
        place += put.payload;
      }
      if (take !== N) bodyAnswer(body, reply, Code.Changed);
      if (take === T && body.last) bodyEnd(body);
      t.is(textOf(read()).trim(), wanted, JSON.stringify(put));
      const block = blockNew();
      t.is(blockRead(block, read(), Option.Block1), take !== N && put.block ? BlockIs.There : BlockIs.Absent);
    }
  });
}

test('a body: smaller blocks are asked for', (t) => {
  const body = bodyNew(9000, 3);
  const { reply, read } = replyNew();
  bodyTake(body, incomingOf(putOf({ block: [0, true, 6], payload: 1024 })), reply);
  bodyAnswer(body, reply, Code.Changed);
  const block = blockNew();
  blockRead(block, read(), Option.Block1);
  t.deepEqual(block, { number: 0, more: true, szx: 3 });
});

test('any sequence of blocks: what is taken is a stream without a gap', (t) => {
  const put = fc.record({
    number: fc.integer({ min: 0, max: 4 }),
    more: fc.boolean(),
    szx: fc.integer({ min: 0, max: 1 }),
    off: fc.constantFrom(0, 0, 0, -1, 1),
    peer: fc.constantFrom(0, 0, 1),
    tag: fc.constantFrom(undefined, 1),
  });
  fc.assert(
    fc.property(fc.array(put, { maxLength: 30 }), (puts) => {
      const body = bodyNew(100, 6);
      const peers = [peerOf(), peerOf()];
      let place = 0;
      for (const { number, more, szx, off, peer, tag } of puts) {
        const payload = Math.max(0, blockSize(szx) + off);
        const message = putOf({ block: [number, more, szx], payload, ...(tag === undefined ? {} : { tag }) });
        const { reply, read } = replyNew();
        const taken = bodyTake(body, incomingOf(message, peers[peer]), reply);
        if (taken === T) {
          if (body.first) place = 0;
          t.is(body.offset, place);
          place += payload;
          t.true(place <= 100);
        }
        if (taken !== N) bodyAnswer(body, reply, Code.Changed);
        read();
      }
    }),
  );
});

const content = Uint8Array.from({ length: 300 }, (_, i) => i);

// Block2 of the request (number, szx), or none; szx of the server; the answer: code, block, payload
type Get = readonly [
  asked: readonly [number, number] | undefined,
  szx: number,
  code: string,
  block: string,
  from: number,
  to: number,
];
const GETS: readonly Get[] = [
  [undefined, 6, '2.05', '', 0, 300],
  [undefined, 2, '2.05', '0 more 2', 0, 64],
  [[0, 6], 6, '2.05', '0 last 6', 0, 300],
  [[0, 2], 6, '2.05', '0 more 2', 0, 64],
  [[4, 2], 6, '2.05', '4 last 2', 256, 300],
  [[1, 4], 2, '2.05', '4 last 2', 256, 300],
  [[1, 3], 2, '2.05', '2 more 2', 128, 192],
  [[5, 2], 6, '4.00', '', 0, 0],
];

for (const [asked, szx, code, block, from, to] of GETS) {
  test(`an answer: asked for ${asked ?? 'all'}, at most szx ${szx}: ${code} ${block}`, (t) => {
    const { reply, read } = replyNew();
    const message = messageOf(Code.Get, (w) => {
      if (asked) writeBlock(w, Option.Block2, asked[0], false, asked[1]);
    });
    answerBytes(
      incomingOf(message),
      reply,
      { code: Code.Content, format: 42, observe: -1 },
      content,
      300,
      szx,
    );
    const answer = read();
    const found = blockNew();
    const there = blockRead(found, answer, Option.Block2);
    t.is(textOf(answer).slice(0, 4), code);
    t.is(
      there === BlockIs.There ? `${found.number} ${found.more ? 'more' : 'last'} ${found.szx}` : '',
      block,
    );
    t.deepEqual([...answer.bytes.subarray(answer.payload, answer.end)], [...content.subarray(from, to)]);
  });
}

test('an answer in blocks has an ETag of its content, and its size with the first', (t) => {
  const optionsAt = (number: number, bytes: Uint8Array): Map<number, string> => {
    const { reply, read } = replyNew();
    const message = messageOf(Code.Get, (w) => writeBlock(w, Option.Block2, number, false, 2));
    answerBytes(incomingOf(message), reply, { code: Code.Content, format: 42, observe: 7 }, bytes, 300, 6);
    const answer = read();
    return new Map(optionsOf(Buffer.from(answer.bytes.subarray(0, answer.end)).toString('hex')));
  };
  const [first, second] = [optionsAt(0, content), optionsAt(1, content)];
  t.is(first.get(Option.Size2), '012c');
  t.is(first.get(Option.Observe), '07');
  t.false(second.has(Option.Size2));
  t.is(first.get(Option.ETag)?.length, 8);
  t.is(first.get(Option.ETag), second.get(Option.ETag));
  const other = content.slice();
  other[299] = 0;
  t.not(optionsAt(0, other).get(Option.ETag), first.get(Option.ETag));
});

// option, code of the refusal
const REFUSED: readonly (readonly [name: string, option: number, code: number])[] = [
  ['Proxy-Uri', Option.ProxyUri, Code.ProxyingNotSupported],
  ['Proxy-Scheme', Option.ProxyScheme, Code.ProxyingNotSupported],
  ['If-None-Match', Option.IfNoneMatch, Code.BadOption],
  ['an elective one', 2000, 0],
  ['one that is known', Option.Accept, 0],
];

for (const [name, option, code] of REFUSED) {
  test(`options of a request: ${name}: ${code === 0 ? 'taken' : 'refused'}`, (t) => {
    const { reply } = replyNew();
    const message = messageOf(Code.Get, (w) => writeOption(w, option, none, 0, 0));
    t.is(refuseUnknown(incomingOf(message), reply, [Option.UriPath, Option.Accept]), code !== 0);
    t.is(reply.code, code);
  });
}
