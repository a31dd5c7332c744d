/** A server of DDI for tests, over HTTP. */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ddiDesk } from './_desk.ts';
import type { DdiDesk } from './_desk.ts';

export type { Assignment, Told } from './_desk.ts';

export interface FakeDdi extends DdiDesk {
  /** Told how many requests came, before each is answered. */
  onAsked: (count: number) => void;
  close(): Promise<void>;
}

/** Of the device, and of the tenant. */
const TOKENS = ['TargetToken secret', 'GatewayToken secret'];

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

export const fakeDdi = async (): Promise<FakeDdi> => {
  const desk = ddiDesk(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  const fake: FakeDdi = Object.assign(desk, { close, onAsked: () => undefined });
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const body = await bodyOf(request);
      const authorization = headers.authorization ?? '';
      desk.asked.push({ line: `${method} ${url}`, authorization });
      fake.onAsked(desk.asked.length);
      const reply = desk.answer(method, url, body, TOKENS.includes(authorization));
      return response.writeHead(reply.status, reply.headers).end(reply.bytes ?? reply.text ?? '');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return fake;
};
