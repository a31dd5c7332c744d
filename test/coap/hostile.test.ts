import test from 'ava';
import { messageNew, messageRead } from '../../hal/coap/message.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import { bodyAnswer, bodyNew, bodyTake, Take } from '../../hal/coap/body.ts';
import { downloadNew, downloadRead, DownloadState } from '../../hal/coap/download.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { writeBlock } from '../../hal/coap/block.ts';
import { writeHeader, writePayload, writerNew, writeText, writeUint } from '../../hal/coap/writer.ts';
import { random } from '../../hal/node/faults.ts';
import { peerOf, shareOf } from './_rig.ts';

/** Messages that mean something, to be spoilt. */
const MODELS: readonly ((draw: () => number) => Uint8Array)[] = [
  (draw) => written(Type.Confirmable, Code.Get, draw, () => undefined),
  (draw) =>
    written(draw() % 4, Code.Content, draw, (w) => {
      writeUint(w, Option.Observe, draw() & 0xffffff);
      writeBlock(w, Option.Block2, draw() % 8, draw() % 2 === 0, draw() % 7);
      writePayload(w, new Uint8Array(64), 0, draw() % 65);
    }),
  (draw) =>
    written(draw() % 2, Code.Put, draw, (w) => {
      writeText(w, Option.UriPath, 'up');
      writeBlock(w, Option.Block1, draw() % 8, draw() % 2 === 0, draw() % 7);
      writePayload(w, new Uint8Array(64), 0, draw() % 65);
    }),
  (draw) => Uint8Array.from({ length: draw() % 40 }, () => draw() & 0xff),
  (draw) => Uint8Array.of(0x40 | (draw() & 0x30), 0, draw() & 7, draw() & 7),
];

const written = (
  type: number,
  code: number,
  draw: () => number,
  write: (w: ReturnType<typeof writerNew>) => void,
): Uint8Array => {
  const w = writerNew(new Uint8Array(200));
  // Ids and tokens from so few that some are those of what is under way.
  writeHeader(w, type, code, draw() & 7, Uint8Array.of(draw() & 3), draw() % 3 === 0 ? 0 : 1);
  write(w);
  return w.bytes.slice(0, w.length);
};

const spoilt = (bytes: Uint8Array, draw: () => number): Uint8Array => {
  const copy = bytes.slice(0, draw() % 3 === 0 ? draw() % (bytes.length + 1) : bytes.length);
  for (let flips = draw() % 3; flips > 0 && copy.length > 0; flips--)
    copy[draw() % copy.length]! ^= 1 << (draw() % 8);
  return copy;
};

const READ = messageNew();

for (let seed = 1; seed <= 8; seed++) {
  test(`any datagrams, seed ${seed}: at most one answer each, in bounds, and what is right is still served after`, (t) => {
    const draw = random(seed);
    const peer = peerOf({ roundTrip: 20, patience: 500 });
    const other = peerOf();
    const body = bodyNew(4096, 6);
    let out: Uint8Array[] = [];
    let place = 0;
    const endpoint = openEndpoint({
      transmit: (_, bytes, length) => out.push(bytes.slice(0, length)),
      random: shareOf(seed),
      outgoing: [64, 64],
      serve: (incoming, reply) => {
        reply.code = Code.Content;
        if (incoming.message.code !== Code.Put) return;
        const taken = bodyTake(body, incoming, reply);
        if (taken === Take.Refused) return;
        if (taken === Take.Block) {
          if (body.first) place = 0;
          if (body.offset !== place) t.fail('a gap in a body');
          place += incoming.message.end - incoming.message.payload;
        }
        bodyAnswer(body, reply, Code.Changed);
      },
    });
    const download = downloadNew(
      {
        endpoint,
        name: () => undefined,
        take: (_bytes, from, to, offset) => {
          if (!(to > from && offset + to - from <= 512)) t.fail('outside the range');
          return to - from;
        },
        szx: 2,
        window: 1,
        held: 1,
        strict: false,
        token: Uint8Array.of(1),
      },
      peer,
    );
    let accepted = 0;
    for (let i = 0; i < 4000; i++) {
      const now = i * 10;
      if (download.state !== DownloadState.Running) downloadRead(download, 0, 512, now);
      endpoint.tick(now);
      out = [];
      const datagram = spoilt(MODELS[draw() % MODELS.length]!(draw), draw);
      const before = download.requests;
      const code = endpoint.receive(draw() % 4 === 0 ? other : peer, datagram, 0, datagram.length, now);
      if (code >= 0) accepted++;
      const own = download.requests - before;
      // An acknowledgement or an answer, and the request for the next block.
      t.true(out.length - own <= 1, `${out.length} for ${Buffer.from(datagram).toString('hex')}`);
      for (const one of out) if (messageRead(READ, one, 0, one.length) < 0) t.fail('malformed, and sent');
    }
    t.true(accepted > 500, 'not all is refused at once');
    t.true(endpoint.counts.malformed > 200 && endpoint.counts.strays > 200);
    out = [];
    const right = Uint8Array.of(0x41, 1, 0x7f, 0x7f, 0xee);
    endpoint.receive(other, right, 0, right.length, 1e9);
    t.is(Buffer.from(out[0]!).toString('hex'), '61457f7fee');
  });
}
