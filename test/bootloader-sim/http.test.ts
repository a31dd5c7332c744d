import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { NB_IOT } from '../../hal/links/index.ts';
import { HttpError, update } from '../../hal/node/http.ts';
import type { HttpOptions, HttpReceiver } from '../../hal/node/http.ts';

/** Takes an envelope of ten bytes, then wants these ranges of the payload, one after the other. */
const receiver = (
  ranges: [number, number][],
  uri = 'payload',
): HttpReceiver & { taken: Map<number, number> } => {
  const taken = new Map<number, number>();
  const queue = [...ranges];
  let envelope = 0;
  let at = 0;
  return {
    taken,
    offerBegin: () => 0,
    poll: () => 0,
    wanted(range) {
      const next = queue.shift();
      if (next === undefined) return 0;
      at = range.offset = next[0];
      range.length = next[1];
      return 1;
    },
    push(bytes, from, to) {
      const length = Math.min(to - from, 100);
      for (let i = from; i < from + length; i++) {
        if (envelope < 10) envelope++;
        else taken.set(at++, bytes[i]!);
      }
      return length;
    },
    uri: (into) => new TextEncoder().encodeInto(uri, into).written,
  };
};

const payload = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff);
const envelope = new Uint8Array(10);

type Handler = (request: IncomingMessage, response: ServerResponse, range: [number, number]) => void;

/** Honours Range. */
const plain: Handler = (request, response, [from, to]) => {
  const bytes = request.url!.endsWith('envelope') ? envelope : payload;
  const last = Math.min(to, bytes.length - 1);
  if (from >= bytes.length) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(206, {
    'content-range': `bytes ${from}-${last}/${bytes.length}`,
    'content-length': last - from + 1,
  });
  response.end(bytes.subarray(from, last + 1));
};

const serve = async (t: ExecutionContext, handler: Handler): Promise<string> => {
  const server: Server = createServer((request, response) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    handler(request, response, [Number(match?.[1] ?? 0), Number(match?.[2] ?? Infinity)]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/envelope`;
};

const isPayload = (request: IncomingMessage): boolean => request.url === '/payload';
const waits: number[] = [];
const options = (envelopeUrl: string): HttpOptions => ({
  envelopeUrl,
  pause: async (time) => void waits.push(time),
});

const holds = (t: ExecutionContext, taken: Map<number, number>, ranges: [number, number][]): void => {
  let count = 0;
  for (const [from, length] of ranges) {
    count += length;
    for (let i = from; i < from + length; i++) if (taken.get(i) !== payload[i]) t.fail(`byte ${i}`);
  }
  t.is(taken.size, count);
};

const ranges: [number, number][] = [
  [0, 500],
  [500, 3000],
  [9000, 11_000],
];

test('takes the ranges that are wanted', async (t) => {
  const url = await serve(t, plain);
  const agent = receiver(ranges);
  const result = await update(agent, options(url));
  t.deepEqual(result, { code: 0, bytesSent: 14_510, rounds: 3, received: 14_510, requests: 4 });
  holds(t, agent.taken, ranges);
});

test('streams the whole payload in one request', async (t) => {
  const url = await serve(t, plain);
  const agent = receiver([]);
  const result = await update(agent, { ...options(url), mode: 'stream' });
  t.like(result, { code: 0, bytesSent: 20_010 });
  holds(t, agent.taken, [[0, 20_000]]);
});

test('a server that ignores Range is read from its start', async (t) => {
  const url = await serve(t, (request, response) => response.end(isPayload(request) ? payload : envelope));
  for (const mode of ['range', 'stream'] as const) {
    const agent = receiver(ranges);
    const result = await update(agent, { ...options(url), mode });
    t.is(result.code, 0);
    holds(t, agent.taken, mode === 'range' ? ranges : [[0, 20_000]]);
  }
});

test('goes on where the connection broke', async (t) => {
  let broken = 0;
  const starts: number[] = [];
  const url = await serve(t, (request, response, [from, to]) => {
    if (!isPayload(request)) return plain(request, response, [from, to]);
    starts.push(from);
    if (broken++ >= 3) return plain(request, response, [from, to]);
    response.writeHead(206, {
      'content-range': `bytes ${from}-${to}/${payload.length}`,
      'content-length': to - from + 1,
    });
    return response.write(payload.subarray(from, from + 1000), () => response.destroy());
  });
  const agent = receiver([[0, 18_000]]);
  t.is((await update(agent, options(url))).code, 0);
  t.deepEqual(starts, [0, 1000, 2000, 3000]);
  holds(t, agent.taken, [[0, 18_000]]);
});

test('retries are bounded, and wait as long as the server asks, with a jitter on top', async (t) => {
  let requests = 0;
  const url = await serve(t, (_, response) => {
    requests++;
    response.writeHead(503, { 'retry-after': requests === 1 ? '7' : '0' }).end();
  });
  const times: number[] = [];
  const work = update(receiver([]), {
    ...options(url),
    retries: 3,
    backOff: 10,
    random: () => 0.5,
    pause: async (time) => void times.push(time),
  });
  const error = await t.throwsAsync(work, {
    instanceOf: HttpError,
    message: /gave up after 4 attempts: .*503/,
  });
  t.is(error!.code, Err.SourceBusy);
  t.is(requests, 4);
  t.deepEqual(times, [7005, 10, 20]);
});

test('a server that asks for more patience than the driver has is left, with the time it named', async (t) => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
  for (const after of ['600', 'Sun, 06 Nov 1994 08:59:37 GMT']) {
    const url = await serve(t, (_, response) => {
      response.writeHead(503, { 'retry-after': after, date }).end();
    });
    const work = update(receiver([]), { ...options(url), pause: async () => t.fail('it waited') });
    const error = await t.throwsAsync(work, { instanceOf: HttpError });
    t.like(error, { code: Err.SourceBusy, retryAfter: 600 });
  }
});

test('waits and the least rate follow from the link that is named', async (t) => {
  const times: number[] = [];
  const url = await serve(t, (_, response) => void response.writeHead(503).end());
  const work = update(receiver([]), {
    envelopeUrl: url,
    link: NB_IOT,
    random: () => 0.5,
    pause: async (time) => void times.push(time),
  });
  await t.throwsAsync(work, { instanceOf: HttpError });
  t.deepEqual(times, [4000, 8000, 16_000, 32_000, 32_000]);
});

test('a byte a connection is no progress', async (t) => {
  let requests = 0;
  const url = await serve(t, (request, response, [from, to]) => {
    if (!isPayload(request)) return plain(request, response, [from, to]);
    requests++;
    response.writeHead(206, {
      'content-range': `bytes ${from}-${to}/${payload.length}`,
      'content-length': to - from + 1,
    });
    return response.write(payload.subarray(from, from + 1), () => response.destroy());
  });
  await t.throwsAsync(update(receiver([[0, 5000]]), options(url)), { message: /gave up/ });
  t.is(requests, 6);
});

test('a server that falls silent', async (t) => {
  const url = await serve(t, (request, response, range) => {
    if (isPayload(request)) response.writeHead(206, { 'content-range': `bytes 0-99/20000` }).flushHeaders();
    else plain(request, response, range);
  });
  await t.throwsAsync(update(receiver([[0, 100]]), { ...options(url), timeout: 50, retries: 1 }), {
    message: /gave up after 2 attempts: .*silent/,
  });
});

const wrong: [string, Handler][] = [
  ['404', (_, response) => response.writeHead(404).end()],
  ['wrong start', (_, response) => response.writeHead(206, { 'content-range': 'bytes 1-99/20000' }).end('x')],
  ['longer', (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-100/20000' }).end('x')],
  ['reversed', (_, response) => response.writeHead(206, { 'content-range': 'bytes 0--1/20000' }).end('x')],
  ['over the end', (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-99/50' }).end('x')],
  ['no Content-Range', (_, response) => response.writeHead(206).end('x')],
  ['gzip', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
  ['other host', (_, response) => response.writeHead(302, { location: 'http://localhost:1/payload' }).end()],
  ['a file', (_, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end()],
  ['in circles', (_, response) => response.writeHead(302, { location: '/payload' }).end()],
];
for (const [name, handler] of wrong) {
  test(`refused at once: ${name}`, async (t) => {
    let requests = 0;
    const url = await serve(t, (request, response, range) => {
      if (!isPayload(request)) return plain(request, response, range);
      requests++;
      return handler(request, response, range);
    });
    const agent = receiver([[0, 100]]);
    const error = await t.throwsAsync(update(agent, options(url)), { instanceOf: HttpError });
    t.notRegex(error!.message, /gave up/);
    t.is(requests, name === 'in circles' ? 6 : 1);
    t.is(agent.taken.size, 0);
  });
}

test('a redirect on the same host is followed', async (t) => {
  const url = await serve(t, (request, response, range) => {
    if (request.url === '/payload') response.writeHead(307, { location: '/deep/payload' }).end();
    else plain(request, response, range);
  });
  const agent = receiver(ranges);
  t.is((await update(agent, options(url))).code, 0);
  holds(t, agent.taken, ranges);
});

for (const uri of [
  'http://localhost:9/payload',
  '//localhost:9/payload',
  'file:///etc/hostname',
  'data:,x',
]) {
  test(`a manifest cannot send the driver to ${uri}`, async (t) => {
    const url = await serve(t, plain);
    await t.throwsAsync(update(receiver(ranges, uri), options(url)), {
      message: /not the configured host|not over http/,
    });
  });
}

test('another host may be allowed', async (t) => {
  const url = await serve(t, plain);
  const other = new URL('payload', await serve(t, plain));
  const agent = receiver(ranges, other.href);
  t.is((await update(agent, { ...options(url), hosts: [other.host] })).code, 0);
  holds(t, agent.taken, ranges);
});

test('an envelope over the cap is not read to its end', async (t) => {
  const url = await serve(t, (_, response) => {
    response.write(new Uint8Array(4097));
    response.on('close', () => t.pass());
  });
  t.is((await update(receiver([]), options(url))).code, Err.EnvelopeTooLong);
});

test('a payload that ends early', async (t) => {
  const url = await serve(t, plain);
  t.is((await update(receiver([[19_000, 2000]]), options(url))).code, Err.PayloadTooShort);
});

test('the caller can stop it', async (t) => {
  const controller = new AbortController();
  const url = await serve(t, (request, response, range) => {
    if (isPayload(request)) controller.abort();
    else plain(request, response, range);
  });
  await t.throwsAsync(update(receiver(ranges), { ...options(url), signal: controller.signal }), {
    message: /stopped by the caller/,
  });
});
