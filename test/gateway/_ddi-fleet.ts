/** A server of DDI for several devices: a desk of test/hawkbit for each, at one address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ddiDesk, PATH } from '../hawkbit/_desk.ts';
import type { DdiDesk } from '../hawkbit/_desk.ts';

export interface DdiFleet {
  /** Of the tenant. */
  readonly url: string;
  readonly desks: ReadonlyMap<string, DdiDesk>;
  close(): Promise<void>;
}

const ROOT = PATH.replace(/\/[^/]*$/, '');

export const ddiFleet = async (ids: readonly string[]): Promise<DdiFleet> => {
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const desks = new Map(ids.map((id) => [id, ddiDesk(origin)]));
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const part of request) body += String(part);
      const { method = '', url = '' } = request;
      const id = url.slice(ROOT.length + 1).split(/[/?]/)[0]!;
      const desk = desks.get(id);
      if (desk === undefined) return response.writeHead(404).end();
      const own = `${ROOT}/${id}`;
      const reply = desk.answer(method, url.replace(own, PATH), body);
      const text = reply.text?.replaceAll(PATH, own);
      return response.writeHead(reply.status, reply.headers).end(reply.bytes ?? text ?? '');
      // A gateway that is killed leaves in the middle.
    })().catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `${origin()}${ROOT}`,
    desks,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
};
