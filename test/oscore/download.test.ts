/** The download of hal/coap under OSCORE: blocks asked for in a window, over links that are bad, from servers that restart. */
import test from 'ava';
import { answerBytes } from '../../hal/coap/answer.ts';
import type { EndpointOptions } from '../../hal/coap/contract.ts';
import { downloadNew, downloadRead, DownloadState } from '../../hal/coap/download.ts';
import { faultJudge, faultNew, Next } from '../../hal/coap/update-fault.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeText } from '../../hal/coap/writer.ts';
import * as Err from '../../agent/err.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { oscoreProtection } from '../../hal/oscore/protection.ts';
import type { OscoreProtection } from '../../hal/oscore/protection.ts';
import { pairOf } from '../coap/_rig.ts';
import { contextWith, memoryStore, mirrored, SALT } from './_contexts.ts';
import type { Ids } from './_contexts.ts';

const IDS: Ids = { sender: 'c1', recipient: '5e', salt: SALT };
const SIZE = 30_000;
const SZX = 5;
const RESOURCE = Uint8Array.from({ length: SIZE }, (_, i) => (i * 11 + (i >> 7)) & 0xff);

const protectionOf = (ids: Ids, stored: number): OscoreProtection =>
  oscoreProtection({ aead: deviceAead(), contexts: [contextWith(ids, memoryStore(stored))] });

const serving = (stored: number): Partial<EndpointOptions> => ({
  outgoing: [700],
  // Several at once: a request that comes again finds its answer here, as it cannot be opened twice.
  remembered: 16,
  rememberedSize: 700,
  protection: protectionOf(mirrored(IDS), stored),
  serve: (incoming, reply) => {
    const content = { code: Code.Content, format: -1, observe: -1 };
    answerBytes(incoming, reply, content, RESOURCE, SIZE, SZX);
  },
});

const downloaded = (link: Parameters<typeof pairOf>[0], window: number, stored: number) => {
  const into = new Uint8Array(SIZE);
  const pair = pairOf(
    link,
    { outgoing: Array.from({ length: window }, () => 128), replySize: 700, protection: protectionOf(IDS, 0) },
    serving(stored),
  );
  const download = downloadNew(
    {
      endpoint: pair.client,
      name: (w) => writeText(w, Option.UriPath, 'fw'),
      take(bytes, from, to, offset) {
        into.set(bytes.subarray(from, to), offset);
        return to - from;
      },
      szx: SZX,
      window,
      held: window,
      strict: true,
      token: new Uint8Array(0),
    },
    pair.serverPeer,
  );
  downloadRead(download, 0, SIZE, pair.now);
  pair.run(() => download.state === DownloadState.Ended);
  return { into, download, pair };
};

for (const window of [1, 4])
  test(`a window of ${window}: each block once, and no challenge`, (t) => {
    const { into, download } = downloaded({ seed: 1, delay: 25 }, window, 0);
    t.is(download.code, 0);
    t.deepEqual(into, RESOURCE);
    t.is(download.requests, Math.ceil(SIZE / 512));
  });

test('a server that was restarted: one request more', (t) => {
  const { into, download } = downloaded({ seed: 2, delay: 25 }, 4, 512);
  t.deepEqual(into, RESOURCE);
  t.is(download.requests, Math.ceil(SIZE / 512) + 1);
});

test('over links that lose, repeat and reorder', (t) => {
  const happened = { lost: 0, repeated: 0, reordered: 0 };
  for (let seed = 1; seed <= 8; seed++) {
    const { into, download, pair } = downloaded(
      { seed, delay: 25, loss: 0.05, repeat: 0.05, reorder: 0.1 },
      4,
      seed % 2 === 0 ? 256 : 0,
    );
    t.is(download.code, 0, `seed ${seed}`);
    t.deepEqual(into, RESOURCE);
    for (const kind of ['lost', 'repeated', 'reordered'] as const) happened[kind] += pair.link.counts[kind];
  }
  for (const [kind, count] of Object.entries(happened)) t.true(count > 10, `${kind}: ${count}`);
});

test('an answer in the open is tried again after, and has its own name when that is over', (t) => {
  const fault = faultNew();
  faultJudge(fault, Err.ProtectionMissing, 0, 0);
  t.deepEqual([fault.next, fault.code], [Next.GoOn, Err.ProtectionMissing]);
});
