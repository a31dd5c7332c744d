import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { moddableHttp } from '../../hal/moddable/http.ts';
import type { HttpUpdate } from '../../hal/moddable/http.ts';
import { HttpClientDouble } from './_client.ts';
import { bytesOf, holds, listen, payload, plain, taker } from './_server.ts';
import type { Handler, Taker } from './_server.ts';
import { timer } from './_timer.ts';

const RANGES = [
  [0, 500],
  [500, 3000],
  [9000, 11_000],
] as const;

/** Milliseconds. */
const PATIENT = 20_000;

interface Outcome {
  readonly code: number;
  readonly trouble: string;
}

const run = (port: number, agent: Taker, more: Partial<HttpUpdate> = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    moddableHttp({
      agent,
      connect: (onError) => new HttpClientDouble({ host: '127.0.0.1', port, onError }),
      timer,
      host: '127.0.0.1',
      port,
      envelope: '/lamp/envelope',
      backOff: 1,
      done: (code, trouble) => resolve({ code, trouble }),
      ...more,
    });
  });

const isPayload: (...given: Parameters<Handler>) => boolean = (request) => request.url!.endsWith('payload');

/** Answers the first `times` requests for the payload with `bad`, and all others as they should be. */
const atFirst = (times: number, bad: Handler): Handler => {
  let count = 0;
  return (request, response, from, to) =>
    isPayload(request, response, from, to) && count++ < times
      ? bad(request, response, from, to)
      : plain(request, response, from, to);
};

const whole: Handler = (request, response) => {
  const bytes = bytesOf(request);
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

const chunked: Handler = (request, response, from, to) => {
  const bytes = bytesOf(request);
  const last = Math.min(to, bytes.length - 1);
  response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${bytes.length}` });
  for (let at = from; at <= last; at += 333) response.write(bytes.subarray(at, Math.min(at + 333, last + 1)));
  response.end();
};

/** Promises all, gives 5000 bytes, and is gone. */
const broken: Handler = (_, response, from, to) => {
  const range = `bytes ${from}-${to}/${payload.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': to - from + 1 });
  response.write(payload.subarray(from, Math.min(from + 5000, to + 1)), () => response.destroy());
};

const silent: Handler = (_, response, from, to) => {
  const range = `bytes ${from}-${to}/${payload.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': to - from + 1 });
  response.write(payload.subarray(from, Math.min(from + 10, to)));
};

const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(code, { 'content-length': 0, ...headers }).end();
  };

/** No length: its end looks like a connection that was lost. */
const open: Handler = (request, response, from, to) => {
  if (from >= bytesOf(request).length) return plain(request, response, from, to);
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  return void response.end(bytesOf(request));
};

const GOOD: readonly (readonly [string, Handler])[] = [
  ['ranges', plain],
  ['Range ignored', whole],
  ['connections that break, with progress', atFirst(30, broken)],
  ['a server that is busy at first', atFirst(3, status(503))],
  ['a server that falls silent at first', atFirst(2, silent)],
  [
    'an envelope without a length',
    (q, s, from, to) => (isPayload(q, s, from, to) ? plain : open)(q, s, from, to),
  ],
];

for (const [name, handler] of GOOD)
  for (const most of [7, 4096])
    test(`comes in: ${name}, taken by ${most}`, async (t) => {
      const agent = taker(RANGES, 'payload', most);
      // Where none is silent, none is to be taken for silent, however busy the machine is.
      const timeout = name.includes('silent') ? 100 : PATIENT;
      t.deepEqual(await run(await listen(t, handler), agent, { timeout }), { code: 0, trouble: '' });
      t.deepEqual(holds(agent, RANGES), []);
    });

const wrongRange =
  (range: string): Handler =>
  (_, response) =>
    void response
      .writeHead(206, { 'content-range': range, 'content-length': 500 })
      .end(payload.subarray(0, 500));

const short: Handler = (_, response) =>
  void response.writeHead(200, { 'content-length': 100 }).end(payload.subarray(0, 100));

/** A byte now and then. */
const trickling: Handler = (request, response, from, to) => {
  const range = `bytes ${from}-${to}/${payload.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': to - from + 1 });
  // A request may come in on a connection that is gone already: then nothing closes any more.
  const clock = setInterval(() => (request.socket.destroyed ? clearInterval(clock) : response.write('x')), 5);
};

const moved = (location: string): Handler => atFirst(99, status(302, { location }));
const M = Err.SourceMalformed;

const BAD: readonly (readonly [string, Handler, number, RegExp])[] = [
  ['not there', atFirst(99, status(404)), Err.SourceRefused, /payload: HTTP 404$/],
  ['moved elsewhere', moved('http://example.com/'), Err.OriginRefused, /leads to http:\/\/example.com\/$/],
  ['moved to a file', moved('file:///etc/hostname'), Err.OriginRefused, /leads to file:/],
  ['moved nowhere', atFirst(99, status(302)), Err.OriginRefused, /leads to $/],
  ['moved in circles', moved('/payload'), M, /leads on without an end$/],
  ['never ready', atFirst(99, status(503)), Err.SourceBusy, /HTTP 503, 6 times$/],
  [
    'ready in an hour',
    atFirst(99, status(503, { 'retry-after': '3600' })),
    Err.SourceBusy,
    /HTTP 503, 1 times$/,
  ],
  ['silent for ever', atFirst(99, silent), Err.SourceLost, /silent, 6 times$/],
  ['a byte now and then', atFirst(99, trickling), Err.SourceSlow, /too slow, 2 times$/],
  ['compressed', atFirst(99, status(200, { 'content-encoding': 'gzip' })), M, /answers in gzip$/],
  ['in chunks', atFirst(99, chunked), M, /answers in chunks$/],
  ['too short', atFirst(99, short), Err.PayloadTooShort, /ends too early$/],
  ['as before, unasked', atFirst(99, status(304)), M, /HTTP 304$/],
  ['no such range', atFirst(99, status(416)), M, /HTTP 416$/],
  ['another range', atFirst(99, wrongRange('bytes 1-500/20000')), M, /gave the range "bytes 1-500/],
  ['a longer range', atFirst(99, wrongRange('bytes 0-500/20000')), M, /gave the range/],
  ['a shorter range than its body', atFirst(99, wrongRange('bytes 0-9/20000')), M, /a length that differ/],
  ['a range of no end', atFirst(99, wrongRange('bytes 0-9999999999999999/*')), M, /gave the range/],
  ['no range', atFirst(99, wrongRange('')), M, /gave the range ""$/],
];

for (const [name, handler, code, says] of BAD)
  test(`given up: ${name}`, async (t) => {
    const agent = taker(RANGES);
    const slow = { timeout: 2000, rate: { bytes: 1000, window: 1000 }, retries: 1 };
    const limits = code === Err.SourceSlow ? slow : { timeout: code === Err.SourceLost ? 40 : PATIENT };
    const outcome = await run(await listen(t, handler), agent, limits);
    t.is(outcome.code, code, outcome.trouble);
    t.regex(outcome.trouble, says);
  });

test('a redirect on the same host is followed', async (t) => {
  const port = await listen(t, (request, response, from, to) =>
    request.url === '/lamp/payload'
      ? status(307, { location: '../deep/payload' })(request, response, from, to)
      : plain(request, response, from, to),
  );
  const agent = taker(RANGES);
  t.deepEqual(await run(port, agent), { code: 0, trouble: '' });
  t.deepEqual(holds(agent, RANGES), []);
});

test('a server that ignores Range may make us throw away so much and no more', async (t) => {
  const outcome = await run(await listen(t, whole), taker(RANGES), { discard: 8999 });
  t.deepEqual(outcome, { code: M, trouble: '/lamp/payload: ignores Range' });
});

test('nobody there', async (t) => {
  const port = await listen(t, plain);
  const outcome = await run(port, taker(RANGES), {
    connect: (onError) => new HttpClientDouble({ host: '127.0.0.1', port: 1, onError }),
  });
  t.is(outcome.code, Err.SourceLost);
});

const refusals: readonly (readonly [string, Partial<Taker>, number])[] = [
  ['the offer', { offerBegin: () => Err.InTrial }, Err.InTrial],
  ['what is pushed', { push: () => Err.SignatureWrong }, Err.SignatureWrong],
  ['a poll', { poll: () => Err.BlockDigest }, Err.BlockDigest],
  ['what it wants', { wanted: () => Err.SequenceOld }, Err.SequenceOld],
  ['by taking nothing', { push: () => 0, poll: () => 0 }, Err.PayloadTooLong],
];

for (const [what, part, code] of refusals)
  test(`the agent refuses ${what}`, async (t) => {
    const port = await listen(t, plain);
    t.deepEqual(await run(port, { ...taker(RANGES), ...part }), { code, trouble: '' });
  });

const PLACES: readonly (readonly [string, string])[] = [
  ['payload', '/lamp/payload'],
  ['/elsewhere/payload', '/elsewhere/payload'],
  ['http://127.0.0.1:PORT/payload', '/payload'],
  ['http://example.com/payload', ''],
  ['//example.com/payload', ''],
  ['pay load', ''],
  ['payload\r\nx: y', ''],
  ['', ''],
];

for (const [uri, path] of PLACES)
  test(`a payload at ${JSON.stringify(uri)} is ${path === '' ? 'not fetched' : path}`, async (t) => {
    const paths = new Set<string>();
    const port = await listen(t, (request, response, from, to) => {
      paths.add(request.url!);
      plain(request, response, from, to);
    });
    const outcome = await run(port, taker(RANGES, uri.replace('PORT', String(port))));
    t.is(outcome.code, path === '' ? Err.OriginRefused : 0);
    t.deepEqual([...paths], ['/lamp/envelope', ...(path === '' ? [] : [path])]);
  });

test('stopped: nothing more is pushed, and nobody is told', async (t: ExecutionContext) => {
  const port = await listen(t, plain);
  const agent = taker(RANGES);
  let told = false;
  const stop = moddableHttp({
    agent,
    connect: (onError) => new HttpClientDouble({ host: '127.0.0.1', port, onError }),
    timer,
    host: '127.0.0.1',
    port,
    envelope: '/envelope',
    done: () => (told = true),
  });
  while (agent.taken.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  stop();
  const had = agent.taken.size;
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.is(agent.taken.size, had);
  t.false(told);
});
