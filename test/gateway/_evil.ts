/** A gateway that is not honest: it passes on what the real one says, and changes what it likes. Over HTTP, in the open. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { Orders, Permission } from '../../gateway/contract.ts';
import { writeOrders } from '../../gateway/downstream/check-in.ts';
import { ordersNew, ordersRead } from '../../hal/check-in/index.ts';
import { answerOf, answerSend } from './_folder.ts';

export type Instead = Uint8Array | ((response: ServerResponse) => void);

/** What it does; what is left out is passed on. Undefined as an answer: as the real one has it. */
export interface Act {
  readonly orders?: (real: Orders) => Orders | Instead | undefined;
  /** `path` without the first slash; null: it is not there. */
  readonly file?: (path: string, real: Uint8Array | undefined) => Instead | null | undefined;
}

export interface Evil {
  readonly url: string;
  act: Act;
  /** How often it had its way. */
  fired: number;
  /** Orders of the real one, in their order. */
  readonly heard: Orders[];
}

const PERMISSIONS: readonly Permission[] = ['skip', 'attempt', 'forced'];

const ordersOf = (bytes: Uint8Array): Orders => {
  const read = ordersNew();
  if (ordersRead(read, bytes, 0, bytes.length) < 0) throw new Error('the real gateway gave no orders');
  const { time, wake, path, download, update, cancel, statement } = read;
  return {
    time,
    wake,
    path: path === '' ? undefined : path,
    download: PERMISSIONS[download]!,
    update: PERMISSIONS[update]!,
    cancel,
    statement: statement === '' ? undefined : statement,
  };
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const isOrders = (value: Orders | Instead): value is Orders => typeof value !== 'function' && 'wake' in value;

/** `real`: the root of the gateway behind it, as it is at that moment. */
export const evilGateway = async (t: ExecutionContext, real: () => string): Promise<Evil> => {
  const checkIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = { 'content-type': 'application/cbor' };
    const body = new Uint8Array(await bodyOf(request));
    const answer = await fetch(new URL(request.url!, real()), { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`the real gateway: ${answer.status}`);
    const orders = ordersOf(new Uint8Array(await answer.arrayBuffer()));
    evil.heard.push(orders);
    const other = evil.act.orders?.(orders);
    if (other !== undefined) evil.fired++;
    if (typeof other === 'function') return other(response);
    const given = other === undefined ? orders : other;
    answerSend(response, [200, headers, isOrders(given) ? writeOrders(given) : given]);
  };
  const file = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await fetch(new URL(request.url!, real()));
    const bytes = answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    const other = evil.act.file?.(request.url!.slice(1), bytes);
    if (other !== undefined) evil.fired++;
    if (typeof other === 'function') return other(response);
    answerSend(response, answerOf(other === undefined ? bytes : (other ?? undefined), request.headers));
  };
  const server = createServer((request, response) => {
    (request.method === 'POST' ? checkIn : file)(request, response).catch((error: unknown) => {
      // A gateway that was closed meanwhile, at the end of a test.
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const evil: Evil = { url: `http://127.0.0.1:${port}/`, act: {}, fired: 0, heard: [] };
  return evil;
};
