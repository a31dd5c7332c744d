/** OSCORE under an endpoint: a resource block by block, each block protected by itself, over links that are bad. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type {
  Endpoint,
  EndpointOptions,
  Incoming,
  Peer,
  Reply,
  Request,
  Response,
} from '../../hal/coap/contract.ts';
import type { Message } from '../../hal/coap/message.ts';
import { messageNew, messageRead, optionCursorNew, optionFind, optionUint } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { oscoreProtection } from '../../hal/oscore/protection.ts';
import type { OscoreProtection } from '../../hal/oscore/protection.ts';
import { bare, pairOf } from '../coap/_rig.ts';
import type { Pair } from '../coap/_rig.ts';
import { contextWith, memoryStore, mirrored, SALT } from './_contexts.ts';
import type { Ids } from './_contexts.ts';
import { hexOf } from './_hex.ts';

const IDS: Ids = { sender: 'c1', recipient: '5e', salt: SALT };
const SIZE = 10_000;
const BLOCK = 512;
/** Size exponent of RFC 7959 section 2.2. */
const EXPONENT = 5;
const RESOURCE = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

const protectionOf = (ids: Ids, stored = 0): OscoreProtection =>
  oscoreProtection({ aead: deviceAead(), contexts: [contextWith(ids, memoryStore(stored))] });

/** Answers GET with the block that is asked for. */
const serveBlocks =
  (served: number[]) =>
  ({ message }: Incoming, reply: Reply): void => {
    const cursor = optionCursorNew();
    const block = optionFind(cursor, message, Option.Block2) ? optionUint(cursor, 3) >> 4 : 0;
    served.push(block);
    const [from, to] = [block * BLOCK, Math.min(SIZE, (block + 1) * BLOCK)];
    reply.code = Code.Content;
    writeUint(reply.writer, Option.Block2, (block << 4) | (to < SIZE ? 8 : 0) | EXPONENT);
    writePayload(reply.writer, RESOURCE, from, to);
  };

/** One block after the other; a challenge is answered, what fails is told. */
const fetchBlocks = (endpoint: Endpoint, peer: Peer, now: () => number) => {
  const state = { bytes: new Uint8Array(SIZE), blocks: 0, challenges: 0, failed: 0, done: false };
  let echo: Uint8Array | undefined;
  const ask = (): void => {
    const request: Request = {
      peer,
      method: Code.Get,
      confirmable: true,
      observe: false,
      token: new Uint8Array(0),
      tokenLength: 0,
      write(w) {
        writeText(w, Option.UriPath, 'fw');
        writeUint(w, Option.Block2, (state.blocks << 4) | EXPONENT);
        if (echo !== undefined) writeOption(w, Option.Echo, echo, 0, echo.length);
      },
      answered: (message) => take(message),
      failed: (code) => {
        state.failed = code;
        state.done = true;
      },
    };
    endpoint.request(request, now());
  };
  const take = (message: Message): void => {
    const cursor = optionCursorNew();
    if (message.code === Code.Unauthorized && optionFind(cursor, message, Option.Echo)) {
      state.challenges += 1;
      echo = message.bytes.slice(cursor.from, cursor.to);
      ask();
      return;
    }
    if (!optionFind(cursor, message, Option.Block2)) throw new Error('no block');
    const value = optionUint(cursor, 3);
    if (value >> 4 !== state.blocks) throw new Error('another block');
    state.bytes.set(message.bytes.subarray(message.payload, message.end), state.blocks * BLOCK);
    state.blocks += 1;
    state.done = (value & 8) === 0;
    if (!state.done) ask();
  };
  ask();
  return state;
};

const OUTGOING = { outgoing: [1200, 1200] };

const linked = (
  link: Parameters<typeof pairOf>[0],
  client: Partial<EndpointOptions>,
  server: Partial<EndpointOptions>,
): Pair => pairOf(link, { ...OUTGOING, ...client }, { ...OUTGOING, ...server });

/** Every datagram that a link carried. */
const recorded = (pair: Pair): Uint8Array[] => {
  const seen: Uint8Array[] = [];
  const send = pair.link.send.bind(pair.link);
  pair.link.send = (from, bytes, at) => {
    seen.push(bytes.slice());
    send(from, bytes, at);
  };
  return seen;
};

test('block by block, each one protected by itself, and nothing of it to be read on the way', (t) => {
  const served: number[] = [];
  const pair = linked(
    { seed: 1, delay: 25 },
    { protection: protectionOf(IDS) },
    { protection: protectionOf(mirrored(IDS)), serve: serveBlocks(served) },
  );
  const seen = recorded(pair);
  const state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
  pair.run(() => state.done);
  t.deepEqual(state.bytes, RESOURCE);
  t.deepEqual(
    served,
    Array.from({ length: Math.ceil(SIZE / BLOCK) }, (_, block) => block),
  );
  t.is(seen.length, 2 * served.length);
  const cursor = optionCursorNew();
  const pivs = new Set<string>();
  for (const bytes of seen) {
    const message = messageNew();
    t.is(messageRead(message, bytes, 0, bytes.length), 0);
    t.true([Code.Post, Code.Changed].includes(message.code as never));
    for (const option of [Option.Block2, Option.UriPath]) t.false(optionFind(cursor, message, option));
    t.true(optionFind(cursor, message, Option.Oscore));
    if (message.code === Code.Post) pivs.add(hexOf(bytes.subarray(cursor.from, cursor.to)));
    for (let block = 0; block < served.length; block++)
      t.is(Buffer.from(bytes).indexOf(RESOURCE.subarray(block * BLOCK, block * BLOCK + 16)), -1);
  }
  t.is(pivs.size, served.length, 'a number each');
});

test('the same over a link that loses, repeats, reorders and alters', (t) => {
  const happened = { lost: 0, repeated: 0, reordered: 0, corrupted: 0, repeats: 0, refusals: 0 };
  for (let seed = 1; seed <= 12; seed++) {
    const served: number[] = [];
    const server = protectionOf(mirrored(IDS));
    const client = protectionOf(IDS);
    const pair = linked(
      { seed, delay: 25, loss: 0.08, repeat: 0.08, reorder: 0.08, corrupt: 0.05 },
      { protection: client },
      { protection: server, serve: serveBlocks(served) },
    );
    // What cannot be answered for want of a key: an altered token, or id, makes a request of its own.
    let state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
    pair.run(() => state.done);
    for (let tries = 0; state.failed !== 0 && tries < 5; tries++) {
      state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
      pair.run(() => state.done);
    }
    t.deepEqual(state.bytes, RESOURCE, `seed ${seed}: ${state.failed}`);
    happened.repeats += pair.server.counts.repeats;
    happened.refusals += server.refusals + client.refusals;
    for (const kind of ['lost', 'repeated', 'reordered', 'corrupted'] as const)
      happened[kind] += pair.link.counts[kind];
  }
  for (const [kind, count] of Object.entries(happened)) t.true(count > 5, `${kind}: ${count}`);
});

test('an answer that is lost and too long to be kept comes again, as it was', (t) => {
  const served: number[] = [];
  const pair = linked(
    { seed: 3, delay: 25 },
    { protection: protectionOf(IDS) },
    { protection: protectionOf(mirrored(IDS)), serve: serveBlocks(served) },
  );
  const send = pair.link.send.bind(pair.link);
  const sent: string[] = [];
  pair.link.send = (from, bytes, at) => {
    if (from === 1) sent.push(hexOf(bytes));
    // The first of each pair of answers.
    if (from === 1 && sent.length % 2 === 1) return;
    send(from, bytes, at);
  };
  const state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
  pair.run(() => state.done);
  t.deepEqual(state.bytes, RESOURCE);
  t.is(served.length, Math.ceil(SIZE / BLOCK), 'no request was acted on twice');
  for (let i = 0; i < sent.length; i += 2) t.is(sent[i], sent[i + 1]);
});

test('a server that was restarted challenges once, in the middle of the transfer', (t) => {
  const served: number[] = [];
  const pair = linked(
    { seed: 4, delay: 25 },
    { protection: protectionOf(IDS) },
    { protection: protectionOf(mirrored(IDS), 256), serve: serveBlocks(served) },
  );
  const state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
  pair.run(() => state.done);
  t.deepEqual(state.bytes, RESOURCE);
  t.is(state.challenges, 1);
});

test('a server without the context: the request ends at once, and the code says why', (t) => {
  const pair = linked(
    { seed: 5, delay: 25 },
    { protection: protectionOf(IDS) },
    { protection: protectionOf({ ...mirrored(IDS), recipient: 'c2' }), serve: serveBlocks([]) },
  );
  const state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
  pair.run(() => state.done);
  t.is(state.failed, Err.ProtectionMissing);
  t.true(pair.now < 1000);
});

test('another key: nothing is served, nothing is taken', (t) => {
  const served: number[] = [];
  const server = protectionOf({ ...mirrored(IDS), secret: 'ff'.repeat(16) });
  const pair = linked(
    { seed: 6, delay: 25 },
    { protection: protectionOf(IDS) },
    { protection: server, serve: serveBlocks(served) },
  );
  const state = fetchBlocks(pair.client, pair.serverPeer, () => pair.now);
  pair.run(() => state.done);
  t.deepEqual([state.failed, served.length, server.refused], [Err.ProtectionMissing, 0, Err.ProtectionTag]);
});

test('a request in the open is not served', (t) => {
  const served: number[] = [];
  const { receive, out } = bare({ protection: protectionOf(IDS), serve: serveBlocks(served) });
  t.is(receive('41 01 0001 aa b2 6677'), Err.ProtectionMissing);
  t.deepEqual(out, ['61810001aad001']);
  t.is(receive('41 01 0001 aa b2 6677'), 0, 'sent again, it is answered as before');
  t.deepEqual(out, ['61810001aad001', '61810001aad001']);
  t.is(served.length, 0);
});

test('an observation: the first answer, notifications with numbers of their own, each taken once', (t) => {
  const got: string[] = [];
  const binding = bindingNew();
  let register: { token: Uint8Array; length: number } | undefined;
  const pair = linked(
    { seed: 7, delay: 25 },
    { protection: protectionOf(IDS) },
    {
      protection: protectionOf(mirrored(IDS)),
      serve(incoming, reply) {
        const { message } = incoming;
        register = { token: message.token.slice(), length: message.tokenLength };
        binding.bytes.set(incoming.binding.bytes.subarray(0, incoming.binding.length));
        binding.length = incoming.binding.length;
        reply.code = Code.Content;
        writeUint(reply.writer, Option.Observe, 5);
        writePayload(reply.writer, RESOURCE, 0, 1);
      },
    },
  );
  const seen = recorded(pair);
  pair.client.request(
    {
      peer: pair.serverPeer,
      method: Code.Get,
      confirmable: true,
      observe: true,
      token: new Uint8Array(0),
      tokenLength: 0,
      write: (w) => {
        writeUint(w, Option.Observe, 0);
        writeText(w, Option.UriPath, 'fw');
      },
      answered: (message) => got.push(hexOf(message.bytes.subarray(message.payload, message.end))),
      failed: (code) => got.push(String(code)),
    },
    0,
  );
  pair.run(() => got.length === 1);
  for (let number = 1; number <= 3; number++) {
    const response: Response = {
      peer: pair.clientPeer,
      code: Code.Content,
      confirmable: true,
      token: register!.token,
      tokenLength: register!.length,
      binding,
      id: 0,
      write(w) {
        writeUint(w, Option.Observe, 5 + number);
        writePayload(w, RESOURCE, number, number + 1);
      },
      settled: () => undefined,
    };
    pair.server.respond(response, pair.now);
    pair.run(() => got.length === 1 + number);
  }
  t.deepEqual(
    got,
    [0, 1, 2, 3].map((at) => hexOf(RESOURCE.subarray(at, at + 1))),
  );
  const cursor = optionCursorNew();
  const values = seen.flatMap((bytes) => {
    const message = messageNew();
    messageRead(message, bytes, 0, bytes.length);
    const answer = message.code === Code.Content && optionFind(cursor, message, Option.Oscore);
    return answer ? [hexOf(bytes.subarray(cursor.from, cursor.to))] : [];
  });
  t.deepEqual(values, ['', '0100', '0101', '0102']);
});
