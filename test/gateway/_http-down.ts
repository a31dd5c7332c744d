/** The gateway's HTTP side in front of an inventory in memory and two files, and requests to it. */
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ExecutionContext } from 'ava';
import { tokenHash } from '../../gateway/config/secrets.ts';
import type { Gate, Inventory, Release } from '../../gateway/contract.ts';
import { openDesk } from '../../gateway/desk.ts';
import { openHttpDown } from '../../gateway/downstream/http.ts';
import type { HttpDownOptions } from '../../gateway/downstream/http.ts';
import { tokensOf } from '../../gateway/downstream/http-tokens.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { checkInWrite } from '../../hal/check-in/index.ts';
import type { CheckInFacts } from '../../hal/check-in/index.ts';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import { certificate } from '../http/_server.ts';
import { entry, keyOf, MemoryDisk, releaseOf, workOf } from './_devices.ts';

export const authority: string = certificate('authority');
export const tls: { readonly cert: string; readonly key: string } = {
  cert: certificate('server'),
  key: certificate('server.key'),
};
export const tokenOf = (id: string): string => `token-of-${id}-0123456789`;
export const authorizationOf = (id: string): { authorization: string } => ({
  authorization: `TargetToken ${tokenOf(id)}`,
});

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const ENVELOPE: Uint8Array = Uint8Array.from({ length: 300 }, (_, i) => (i * 11) & 255);
/** Of more than one piece that is read at a time. */
export const PAYLOAD: Uint8Array = Uint8Array.from({ length: 200_001 }, (_, i) => (i * 7 + (i >> 8)) & 255);
export const RELEASE: Release = releaseOf('new', 7, {
  id: digestOf(ENVELOPE),
  envelope: { name: 'update.suit', digest: digestOf(ENVELOPE), size: ENVELOPE.length },
  payloads: [{ name: 'app.swu', digest: digestOf(PAYLOAD), size: PAYLOAD.length }],
});
/** There is a statement of it, which is the envelope. */
export const CLASS = '0b8d3f3e-2d14-5b1a-8f6c-000000000001';
export const ROOT: string = `r/${RELEASE.id}/`;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

export const ask = (
  url: string,
  method: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Uint8Array | string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const { hostname, port } = new URL(url);
    // As it is: what URL makes of a path that leads elsewhere is not what is to be tried.
    const path = /^\w+:\/\/[^/]+(.*)$/.exec(url)![1]!;
    const request = (secure ? httpsRequest : httpRequest)(
      {
        method,
        hostname,
        port,
        path,
        headers,
        agent: false,
        ...(secure ? { ca: authority, servername: 'localhost' } : {}),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(parts) }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });

export const checkInBytes = (facts: CheckInFacts = {}): Uint8Array => {
  const room = new Uint8Array(CHECK_IN_MAX);
  return room.slice(0, checkInWrite(room, facts));
};

export const CBOR: Readonly<Record<string, string>> = { 'content-type': 'application/cbor' };

export interface Down {
  readonly url: string;
  readonly inventory: Inventory;
  readonly disk: MemoryDisk;
  readonly warned: string[];
  /** Files that are there. */
  readonly files: Map<string, Uint8Array>;
  gate: Gate['kind'];
  /** It is to have the release. */
  assign(id: string, action?: string, more?: Parameters<typeof workOf>[2]): void;
  ask(
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: Uint8Array | string,
  ): Promise<Answer>;
}

export const downOf = async (t: ExecutionContext, options: Partial<HttpDownOptions> = {}): Promise<Down> => {
  const disk = new MemoryDisk();
  const ids = ['lamp-1', 'lamp-2', 'bare', 'oscore'];
  const inventory = await openInventory({
    folder: 'memory',
    disk,
    keyOf,
    entries: ids.map((id) => entry(id)),
  });
  const files = new Map([ENVELOPE, PAYLOAD].map((bytes) => [digestOf(bytes), bytes]));
  const warned: string[] = [];
  const read = (digest: string, offset: number, into: Uint8Array): number => {
    const bytes = files.get(digest)?.subarray(offset, offset + into.length);
    if (bytes === undefined) return -1;
    into.set(bytes);
    return bytes.length;
  };
  const desk = openDesk({
    inventory,
    statement: (id) => (id === CLASS ? { digest: RELEASE.id, size: ENVELOPE.length } : undefined),
    rollout: { gate: () => ({ kind: down.gate, whom: [], words: 'why' }) },
    releases: { find: (id) => (id === RELEASE.id ? RELEASE : undefined) },
    store: {
      find: (digest) => (files.has(digest) ? { digest, size: files.get(digest)!.length } : undefined),
      read,
    },
  });
  // The last two have no token; the last has a key of OSCORE.
  const hashes = ids.map((id) => [id, id.startsWith('lamp') ? tokenHash(tokenOf(id)) : undefined] as const);
  const opened = await openHttpDown({
    desk,
    saved: () => inventory.saved(),
    tokens: tokensOf(hashes),
    shownElsewhere: (id) => id === 'oscore',
    port: 0,
    host: '127.0.0.1',
    tls,
    insecure: false,
    warn: (words) => warned.push(words),
    ...options,
  });
  t.teardown(async () => {
    await opened.close();
    await inventory.close();
  });
  const down: Down = {
    url: opened.url,
    inventory,
    disk,
    warned,
    files,
    gate: 'open',
    assign(id, action = '7', more = {}) {
      inventory.wanted(id, workOf(action, 'app 2', more), 10);
      inventory.moved(id, 'ready', 0, '', 11, RELEASE);
    },
    ask: (method, path, headers, body) => ask(`${opened.url}${path}`, method, headers, body),
  };
  return down;
};
