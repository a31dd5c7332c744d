/** Fetching from servers that do wrong: nothing wrong is kept, all ends, and a download goes on where it was. */
import type { Socket } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import type { Wanted } from '../../gateway/contract.ts';
import { addressGuard } from '../../gateway/fetch/address.ts';
import { ReleaseError } from '../../gateway/fetch/error.ts';
import { Fetcher } from '../../gateway/fetch/fetcher.ts';
import type { FetchRules } from '../../gateway/fetch/fetcher.ts';
import { originsOf } from '../../gateway/fetch/origins.ts';
import { contentOf, openStore } from '../../gateway/store/store.ts';
import type { Store } from '../../gateway/store/store.ts';
import { answer, certificate, file, forEver, head, listen } from '../http/_server.ts';
import type { Act } from '../http/_server.ts';
import { bytesOf, folderOf, sha256 } from './_store.ts';

const SIZE = 200_000;
const BYTES = bytesOf(SIZE, 1);
const DIGEST = sha256(BYTES);
const NAME = `${DIGEST.slice(0, 32)}.bin`;
const OTHER = bytesOf(SIZE, 2);

interface Bench {
  readonly store: Store;
  readonly folder: string;
  fetcher(rules?: Partial<FetchRules>): Fetcher;
}

const bench = (t: ExecutionContext, origins: readonly string[]): Bench => {
  const folder = folderOf(t);
  const store = openStore({ folder, quota: 1 << 22 });
  t.teardown(() => store.close());
  const rules: FetchRules = {
    origins: originsOf(origins),
    addresses: addressGuard(['127.0.0.1']),
    limits: { retries: 2, backOff: 1, timeout: 5000 },
  };
  return { store, folder, fetcher: (more) => new Fetcher(store, { ...rules, ...more }) };
};

const wantedAt = (origin: string, more: Partial<Wanted> = {}): Wanted => ({
  url: `${origin}/${more.name ?? NAME}`,
  name: NAME,
  sizeMax: SIZE,
  ...more,
});

const refusal = async (t: ExecutionContext, work: Promise<unknown>): Promise<ReleaseError> =>
  t.throwsAsync(work, { instanceOf: ReleaseError });

const ASKED: readonly (readonly [string, Partial<Wanted>])[] = [
  ['by its name', {}],
  ['by its digest', { name: 'image.bin', sha256: DIGEST }],
  ['by both, and its size', { sha256: DIGEST, size: SIZE }],
  ['by a name in a folder', { name: `a/b/${NAME}` }],
];
for (const [name, more] of ASKED)
  test(`fetched ${name}; the second time no request is made`, async (t) => {
    const server = await listen(t, file(BYTES));
    const { store, fetcher } = bench(t, [server.origin]);
    const artefact = { digest: DIGEST, size: SIZE };
    t.deepEqual(await fetcher().fetch(wantedAt(server.origin, more)), artefact);
    t.deepEqual(contentOf(store, artefact), BYTES);
    const requests = server.asked.length;
    t.deepEqual(await fetcher().fetch(wantedAt(server.origin, more)), artefact);
    t.is(server.asked.length, requests);
  });

test('a hundred at once are one download, shown while it lasts', async (t) => {
  const server = await listen(t, file(BYTES));
  const { fetcher } = bench(t, [server.origin]);
  const one = fetcher();
  const work = Promise.all(
    Array.from({ length: 100 }, () => one.fetch(wantedAt(server.origin, { size: SIZE }))),
  );
  t.deepEqual(
    one.downloads().map(({ name, size }) => [name, size]),
    [[NAME, SIZE]],
  );
  t.true((await work).every(({ digest }) => digest === DIGEST));
  t.is(server.asked.length, 1);
  t.deepEqual(one.downloads(), []);
});

test('at once under other URLs, it is one download where the content is known', async (t) => {
  const server = await listen(t, file(BYTES));
  const { fetcher } = bench(t, [server.origin]);
  const one = fetcher();
  const wanted = (id: number): Wanted => ({
    ...wantedAt(server.origin, { size: SIZE }),
    url: `${server.origin}/${id}/x`,
  });
  await Promise.all(Array.from({ length: 20 }, (_, id) => one.fetch(wanted(id))));
  t.is(server.asked.length, 1);
});

test('broken off again and again, it goes on by Range, and no byte is kept twice', async (t) => {
  let sent = 0;
  const server = await listen(t, (socket, asked) => {
    const part = BYTES.subarray(asked.from, Math.min(asked.from + 30_000, asked.to));
    const range = `bytes ${asked.from}-${Math.min(asked.to, SIZE) - 1}/${SIZE}`;
    const length = Math.min(asked.to, SIZE) - asked.from;
    sent += part.length;
    socket.write(head('206 Partial Content', { 'content-range': range, 'content-length': length }));
    socket.end(part);
  });
  const { fetcher } = bench(t, [server.origin]);
  t.is((await fetcher().fetch(wantedAt(server.origin))).digest, DIGEST);
  t.is(sent, SIZE);
  t.is(server.asked.length, Math.ceil(SIZE / 30_000));
});

test('given up in the middle, and by a new process ended', async (t) => {
  let sane = false;
  const half: Act = (socket, asked) => {
    if (sane) return file(BYTES)(socket, asked);
    if (asked.from >= 100_000) return socket.destroy();
    socket.write(head('206 Partial Content', { 'content-range': `bytes ${asked.from}-${SIZE - 1}/${SIZE}` }));
    socket.end(BYTES.subarray(asked.from, 100_000));
  };
  const server = await listen(t, half);
  const { store, folder, fetcher } = bench(t, [server.origin]);
  const lost = await refusal(t, fetcher().fetch(wantedAt(server.origin)));
  t.is(lost.code, Err.SourceLost);
  t.false(lost.fatal);
  store.close();
  sane = true;
  const again = openStore({ folder, quota: 1 << 22 });
  t.teardown(() => again.close());
  const rules: FetchRules = { origins: originsOf([server.origin]), addresses: addressGuard(['127.0.0.1']) };
  const before = server.asked.length;
  t.is((await new Fetcher(again, rules).fetch(wantedAt(server.origin))).digest, DIGEST);
  t.deepEqual(
    server.asked.slice(before).map(({ from }) => from),
    [100_000],
  );
});

test('its start is of a file that was replaced: begun anew, once', async (t) => {
  let content = OTHER;
  const server = await listen(t, (socket, asked) => {
    if (content === BYTES) return file(BYTES, { etag: '"b"' })(socket, asked);
    if (asked.from >= 50_000) return socket.destroy();
    socket.write(head('206 Partial Content', { 'content-range': `bytes ${asked.from}-${SIZE - 1}/${SIZE}` }));
    socket.end(OTHER.subarray(asked.from, 50_000));
  });
  const { fetcher, store } = bench(t, [server.origin]);
  await refusal(t, fetcher().fetch(wantedAt(server.origin)));
  t.is(store.usage().bytes, 50_000);
  content = BYTES;
  const before = server.asked.length;
  t.is((await fetcher().fetch(wantedAt(server.origin))).digest, DIGEST);
  t.deepEqual(
    server.asked.slice(before).map(({ from }) => from),
    [50_000, 0],
  );
});

interface Row {
  readonly name: string;
  readonly act: Act;
  readonly more?: Partial<Wanted>;
  readonly code: number;
  readonly says: RegExp;
  readonly fatal: boolean;
  readonly limits?: FetchRules['limits'];
}

let tagged = 0;
const ROWS: readonly Row[] = [
  {
    name: 'another file',
    act: file(OTHER),
    code: Err.SourceMalformed,
    says: /SHA-256 is .*not what its name/,
    fatal: true,
  },
  {
    name: 'another file than the server said itself',
    act: file(OTHER),
    more: { name: 'x.bin', sha256: DIGEST },
    code: Err.SourceMalformed,
    says: /SHA-256 is .*, not [0-9a-f]{64}; publish/,
    fatal: true,
  },
  {
    name: 'one bit',
    act: file(BYTES.map((byte, at) => (at === 100_000 ? byte ^ 1 : byte))),
    code: Err.SourceMalformed,
    says: /SHA-256/,
    fatal: true,
  },
  {
    name: 'too short',
    act: file(BYTES.subarray(0, SIZE - 1)),
    code: Err.SourceMalformed,
    says: /SHA-256/,
    fatal: true,
  },
  {
    name: 'shorter than said',
    act: file(BYTES.subarray(0, 1000)),
    more: { size: SIZE },
    code: Err.SourceMalformed,
    says: /1000 bytes instead of 200000/,
    fatal: true,
  },
  { name: 'nothing', act: answer('200 OK'), code: Err.SourceMalformed, says: /SHA-256/, fatal: true },
  {
    name: 'longer than the most',
    act: file(bytesOf(SIZE + 1, 1)),
    code: Err.PayloadTooLong,
    says: /has 200001 bytes or more, and 200000 are the most/,
    fatal: true,
  },
  {
    name: 'says it has a terabyte',
    act: (socket, asked) => {
      const range = `bytes ${asked.from}-${asked.to - 1}/1000000000000`;
      socket.write(head('206 Partial Content', { 'content-range': range }));
      socket.write(BYTES.subarray(asked.from, asked.from + 1000));
    },
    code: Err.PayloadTooLong,
    says: /has 1000000000000 bytes or more/,
    fatal: true,
  },
  {
    name: 'never ends',
    act: (socket) => {
      socket.write(head('200 OK'));
      forEver(socket, BYTES);
    },
    code: Err.PayloadTooLong,
    says: /are the most/,
    fatal: true,
  },
  {
    name: 'the server says more than may be',
    act: file(BYTES),
    more: { size: SIZE, sizeMax: 1000 },
    code: Err.PayloadTooLong,
    says: /1000 are the most/,
    fatal: true,
  },
  {
    name: 'a byte now and then',
    act: (socket, asked) => {
      socket.write(
        head('206 Partial Content', { 'content-range': `bytes ${asked.from}-${SIZE - 1}/${SIZE}` }),
      );
      forEver(socket, 'x', 20);
    },
    code: Err.SourceSlow,
    says: /fewer than 50000 bytes/,
    fatal: false,
    limits: { retries: 0, rate: { bytes: 50_000, window: 600 } },
  },
  {
    name: 'silent',
    act: () => undefined,
    code: Err.SourceLost,
    says: /fell silent/,
    fatal: false,
    limits: { retries: 0, timeout: 700 },
  },
  {
    name: 'replaced in the middle',
    act: (socket, asked) => {
      const content = asked.from === 0 ? BYTES : OTHER;
      const tag = `"${asked.from === 0 ? 'a' : `b${tagged++}`}"`;
      socket.write(
        head('206 Partial Content', {
          'content-range': `bytes ${asked.from}-${SIZE - 1}/${SIZE}`,
          'content-length': SIZE - asked.from,
          etag: tag,
        }),
      );
      if (asked.from === 0) socket.end(content.subarray(0, 80_000));
      else socket.write(content.subarray(asked.from));
    },
    code: Err.SourceChanged,
    says: /replaced during the transfer/,
    fatal: false,
  },
  { name: 'not there', act: answer('404 Not Found'), code: Err.SourceRefused, says: /HTTP 404/, fatal: true },
  {
    name: 'busy for an hour',
    act: answer('503 Busy', { 'retry-after': 3600 }),
    code: Err.SourceBusy,
    says: /asks for 3600 s/,
    fatal: false,
  },
  {
    name: 'compressed',
    act: answer('200 OK', { 'content-encoding': 'gzip' }, 'x'),
    code: Err.SourceMalformed,
    says: /gzip/,
    fatal: true,
  },
];

for (const row of ROWS)
  test(`${row.name}: refused, nothing of it is kept, and the right file is taken after`, async (t) => {
    let sane = false;
    let fired = 0;
    const server = await listen(t, (socket: Socket, asked) => {
      if (!sane) fired++;
      (sane ? file(BYTES) : row.act)(socket, asked);
    });
    const { store, fetcher } = bench(t, [server.origin]);
    const wanted = wantedAt(server.origin, row.more);
    const error = await refusal(t, fetcher(row.limits ? { limits: row.limits } : {}).fetch(wanted));
    t.is(error.code, row.code, error.message);
    t.regex(error.message, row.says);
    t.is(error.fatal, row.fatal);
    if (row.more?.sizeMax === undefined) t.true(fired > 0);
    t.is(store.usage().artefacts, 0);
    sane = true;
    const right = { ...wanted, sizeMax: SIZE };
    t.is((await fetcher().fetch(right)).digest, DIGEST);
  });

test('no room: said so before anything is fetched, and others go on', async (t) => {
  const server = await listen(t, file(BYTES));
  const folder = folderOf(t);
  const store = openStore({ folder, quota: SIZE - 1 });
  t.teardown(() => store.close());
  const rules: FetchRules = { origins: originsOf([server.origin]), addresses: addressGuard(['127.0.0.1']) };
  const error = await refusal(t, new Fetcher(store, rules).fetch(wantedAt(server.origin, { size: SIZE })));
  t.is(error.code, Err.PortFailed);
  t.false(error.fatal);
  t.regex(error.message, /no room for 200000 bytes.*raise the quota/);
  t.is(server.asked.length, 0);
});

test('closed in the middle, it says so soon, and goes on later', async (t) => {
  let stall = true;
  const server = await listen(t, (socket, asked) => {
    if (!stall) return file(BYTES)(socket, asked);
    socket.write(head('206 Partial Content', { 'content-range': `bytes ${asked.from}-${SIZE - 1}/${SIZE}` }));
    socket.write(BYTES.subarray(0, 60_000));
  });
  const { fetcher } = bench(t, [server.origin]);
  const one = fetcher({ limits: { timeout: 100_000 } });
  const work = refusal(t, one.fetch(wantedAt(server.origin)));
  while ((one.downloads()[0]?.received ?? 0) < 60_000) await new Promise((resolve) => setTimeout(resolve, 5));
  await one.close();
  const error = await work;
  t.is(error.code, Err.Cancelled);
  t.false(error.fatal);
  stall = false;
  t.is((await fetcher().fetch(wantedAt(server.origin))).digest, DIGEST);
  t.is(server.asked.at(-1)!.from, 60_000);
});

test('credentials go to their origin, and to no other it leads to', async (t) => {
  const other = await listen(t, file(BYTES));
  const server = await listen(t, answer('302 Found', { location: `${other.origin}/y` }));
  const { fetcher } = bench(t, [server.origin, other.origin]);
  const wanted = wantedAt(server.origin, { authorization: 'GatewayToken secret' });
  t.is((await fetcher().fetch(wanted)).digest, DIGEST);
  t.is(server.asked[0]!.headers.get('authorization'), 'GatewayToken secret');
  t.deepEqual(
    other.asked.map(({ headers }) => headers.get('authorization')),
    [undefined],
  );
});

test('over TLS: with the authority of the configuration, and not without', async (t) => {
  const server = await listen(t, file(BYTES), 'server');
  const { fetcher } = bench(t, [server.origin]);
  const error = await refusal(t, fetcher().fetch(wantedAt(server.origin)));
  t.is(error.code, Err.SourceUntrusted);
  t.is((await fetcher({ ca: certificate('authority') }).fetch(wantedAt(server.origin))).digest, DIGEST);
});
