/** The driver over a network module that does wrong, in simulated time. */
import test from 'ava';
import type { Agent } from '../../agent/agent.ts';
import { Done, Idle, More, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { httpUpdate } from '../../hal/espruino/http.ts';
import type { NativeHttpResponse } from '../../hal/espruino/natives.ts';

const envelope = new Uint8Array(600).fill(1);
const payload = Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff);

interface Answered {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Pieces, and the milliseconds before each; then the connection is closed. */
  readonly pieces?: readonly (readonly [number, string])[];
  /** It is not closed. */
  readonly open?: boolean;
}

/** What a server answers to a request for `from` to `last`; undefined: nothing, ever. */
type Server = (path: string, from: number, last: number) => Answered | undefined;

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const good: Server = (path, from, last) => {
  const bytes = path.endsWith('.suit') ? envelope : payload;
  const part = bytes.subarray(from, last + 1);
  if (part.length === 0) return { status: 416 };
  const range = `bytes ${from}-${from + part.length - 1}/${bytes.length}`;
  return { status: 206, headers: { 'CONTENT-range': range }, pieces: [[5, latin(part)]] };
};

interface Outcome {
  readonly code: number;
  readonly taken: number;
  readonly paths: ReadonlySet<string>;
  readonly seconds: number;
}

/** Takes an envelope of 600 bytes, and then all of the payload. */
const run = (server: Server, uri = 'payload.bin'): Outcome => {
  const queue: { at: number; act: () => void }[] = [];
  let now = 0;
  let head = 0;
  let taken = 0;
  let code: number | undefined;
  const paths = new Set<string>();
  const later = (act: () => void, milliseconds: number): void =>
    void queue.push({ at: now + milliseconds, act });
  const agent = {
    offerBegin: () => Ok,
    poll: () => Idle,
    push(_: Uint8Array, from: number, to: number) {
      if (head < envelope.length) head += to - from;
      else taken += to - from;
      return to - from;
    },
    wanted(range: { offset: number; length: number }) {
      range.offset = taken;
      range.length = payload.length - taken;
      return taken < payload.length ? More : Done;
    },
    uri: (into: Uint8Array) => new TextEncoder().encodeInto(uri, into).written,
  } as unknown as Agent;
  const request = (
    options: { path: string; headers?: { Range: string } },
    callback: (response: NativeHttpResponse) => void,
  ) => ({
    on: () => {},
    end: () => {
      const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(options.headers!.Range)!;
      paths.add(options.path);
      const answer = server(options.path, Number(from), Number(last));
      if (answer === undefined) return;
      const listeners: Record<string, (text: string) => void> = {};
      later(() => {
        callback({
          statusCode: String(answer.status),
          headers: answer.headers ?? {},
          on: (event: string, listener: (text: string) => void) => (listeners[event] = listener),
        } as NativeHttpResponse);
        let at = 0;
        for (const [delay, text] of answer.pieces ?? []) later(() => listeners.data?.(text), (at += delay));
        if (answer.open !== true) later(() => listeners.close?.(''), at + 1);
      }, 1);
    },
  });
  httpUpdate({
    agent,
    http: { request },
    url: 'http://server/lamp/one.suit',
    parse: (url) => ({ host: 'server', port: 80, path: new URL(url).pathname }),
    later,
    random: () => 0,
    done: (given) => void (code = given),
  });
  for (let steps = 0; steps < 1e6 && code === undefined && queue.length > 0; steps++) {
    queue.sort((one, other) => one.at - other.at);
    const { at, act } = queue.shift()!;
    now = at;
    act();
  }
  return { code: code ?? NaN, taken, paths, seconds: now / 1000 };
};

const payloadOnly =
  (bad: Server): Server =>
  (path, from, last) =>
    (path.endsWith('.suit') ? good : bad)(path, from, last);
const always = (answer: Answered | undefined): Server => payloadOnly(() => answer);
const bytes = (count: number): string => 'x'.repeat(count);

let busy = 0;
const ROWS: readonly (readonly [string, Server, number])[] = [
  ['as it should be', good, Ok],
  ['without Range', payloadOnly(() => ({ status: 200, pieces: [[5, latin(payload)]] })), Ok],
  ['busy at first', payloadOnly((...asked) => (busy++ % 3 < 2 ? { status: 503 } : good(...asked))), Ok],
  ['not there', always({ status: 404 }), Err.SourceRefused],
  ['never ready', always({ status: 503 }), Err.SourceBusy],
  ['ready in an hour', always({ status: 503, headers: { 'Retry-After': '3600' } }), Err.SourceBusy],
  ['led elsewhere', always({ status: 302, headers: { Location: 'http://example.com/' } }), Err.OriginRefused],
  ['compressed', always({ status: 200, headers: { 'Content-Encoding': 'gzip' } }), Err.SourceMalformed],
  ['no range', always({ status: 206, pieces: [[5, bytes(512)]] }), Err.SourceMalformed],
  [
    'another range',
    always({ status: 206, headers: { 'Content-Range': 'bytes 1-512/2000' }, pieces: [[5, bytes(512)]] }),
    Err.SourceMalformed,
  ],
  ['no such range', always({ status: 416 }), Err.SourceMalformed],
  ['silent', always(undefined), Err.SourceLost],
  ['closes at once', always({ status: 200 }), Err.SourceLost],
  [
    'a byte now and then',
    payloadOnly((_, from) => ({
      status: 206,
      headers: { 'Content-Range': `bytes ${from}-${from + 511}/9999` },
      pieces: Array.from({ length: 20 }, () => [10_000, 'x'] as const),
      open: true,
    })),
    Err.SourceSlow,
  ],
];
for (const [name, server, code] of ROWS)
  test(`a server: ${name}: ${code}`, (t) => {
    const outcome = run(server);
    t.is(outcome.code, code);
    if (code === Ok) t.is(outcome.taken, payload.length);
    else t.true(outcome.taken < 20, `${outcome.taken} bytes`);
    t.true(outcome.seconds < 400, `${outcome.seconds} s`);
  });

const PLACES: readonly (readonly [string, string])[] = [
  ['payload.bin', '/lamp/payload.bin'],
  ['/deep/payload.bin', '/deep/payload.bin'],
  ['../payload.bin', '/payload.bin'],
  ['http://server/payload.bin', ''],
  ['//server/payload.bin', ''],
  ['pay load', ''],
  ['', ''],
];
for (const [uri, path] of PLACES)
  test(`a payload at ${JSON.stringify(uri)} is ${path === '' ? 'not fetched' : path}`, (t) => {
    const outcome = run(good, uri);
    t.is(outcome.code, path === '' ? Err.OriginRefused : Ok);
    t.deepEqual([...outcome.paths], ['/lamp/one.suit', ...(path === '' ? [] : [path])]);
  });
