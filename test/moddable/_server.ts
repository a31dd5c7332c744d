/** A server for one test, and an agent that takes what it gives. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { HttpReceiver } from '../../hal/moddable/http.ts';

export const ENVELOPE = 600;
export const envelope: Uint8Array = Uint8Array.from({ length: ENVELOPE }, (_, i) => (i * 3) & 0xff);
export const payload: Uint8Array = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff);

/** `from`, `to`: what Range asks for; `to` is Infinity where it does not say. */
export type Handler = (request: IncomingMessage, response: ServerResponse, from: number, to: number) => void;

export const bytesOf = (request: IncomingMessage): Uint8Array =>
  request.url!.endsWith('payload') ? payload : envelope;

/** Honours Range. */
export const plain: Handler = (request, response, from, to) => {
  const bytes = bytesOf(request);
  const last = Math.min(to, bytes.length - 1);
  if (request.headers.range === undefined) {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return;
  }
  if (from >= bytes.length) {
    response.writeHead(416, { 'content-length': 0 }).end();
    return;
  }
  const range = `bytes ${from}-${last}/${bytes.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': last - from + 1 });
  response.end(bytes.subarray(from, last + 1));
};

export const listen = async (t: ExecutionContext, handler: Handler): Promise<number> => {
  const server = createServer((request, response) => {
    const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    handler(request, response, Number(match?.[1] ?? 0), match?.[2] ? Number(match[2]) : Infinity);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

export interface Taker extends HttpReceiver {
  readonly head: number[];
  readonly taken: Map<number, number>;
}

/** Takes an envelope, then wants these ranges of the payload, one after the other; never more than `most` at once. */
export const taker = (ranges: readonly (readonly [number, number])[], uri = 'payload', most = 100): Taker => {
  const taken = new Map<number, number>();
  const head: number[] = [];
  const queue = [...ranges];
  let at = 0;
  let busy = 0;
  return {
    head,
    taken,
    offerBegin: () => 0,
    // Now and then it is busy, and takes nothing.
    poll: () => (busy > 0 ? (busy--, 1) : 0),
    wanted(range) {
      const next = queue.shift();
      if (next === undefined) return 0;
      at = range.offset = next[0];
      range.length = next[1];
      return 1;
    },
    push(bytes, from, to) {
      if (busy > 0) return 0;
      const length = Math.min(to - from, most);
      for (let i = from; i < from + length; i++) {
        if (head.length < ENVELOPE) head.push(bytes[i]!);
        else taken.set(at++, bytes[i]!);
      }
      busy = at % 3;
      return length;
    },
    uri: (into) => new TextEncoder().encodeInto(uri, into).written,
  };
};

export const holds = (agent: Taker, ranges: readonly (readonly [number, number])[]): string[] => {
  const wrong: string[] = [];
  if (Buffer.compare(Buffer.from(agent.head), envelope) !== 0) wrong.push('the envelope');
  let count = 0;
  for (const [from, length] of ranges) {
    count += length;
    for (let i = from; i < from + length; i++) if (agent.taken.get(i) !== payload[i]) wrong.push(`byte ${i}`);
  }
  if (agent.taken.size !== count) wrong.push(`${agent.taken.size} bytes, not ${count}`);
  return wrong.slice(0, 3);
};
