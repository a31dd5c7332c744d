/**
 * A server that speaks as much of hawkBit's DDI as a rollout takes, for any number of devices, and counts what it is asked
 * for. One assignment to all of them; an action is over when its device has closed it. Shapes as hawkBit 0.9.0 has them.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DdiCounts {
  /** `GET .../ID`: what a device, or a gateway for it, asks at its interval. */
  polls: number;
  deployments: number;
  feedback: number;
  /** Requests for files, and the bytes of their answers. */
  artefacts: number;
  artefactBytes: number;
}

export interface DdiServer {
  /** `http://127.0.0.1:PORT/DEFAULT/controller/v1`. */
  readonly url: string;
  readonly counts: DdiCounts;
  /** What closed the action of each device. */
  readonly closed: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export interface DdiOptions {
  /** Assigned to every device. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Seconds between the polls of a device. */
  readonly sleep: number;
  /** As it stands in the field Authorization; default: any. */
  readonly tokens?: ((id: string) => readonly string[]) | undefined;
}

const BASE = '/DEFAULT/controller/v1';
const ACTION = '1';
const BODY_MAX = 1 << 16;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const part of request) {
    text += String(part);
    if (!(text.length <= BODY_MAX)) throw new Error('a body without an end');
  }
  return text;
};

const digits = (value: number): string => String(value).padStart(2, '0');
const clock = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(digits).join(':');

const artifactsOf = (base: string, files: DdiOptions['files']): object[] =>
  Object.entries(files).map(([filename, bytes]) => {
    const hash = (name: string): string => createHash(name).update(bytes).digest('hex');
    return {
      filename,
      hashes: { sha1: hash('sha1'), md5: hash('md5'), sha256: hash('sha256') },
      size: bytes.length,
      _links: { 'download-http': { href: `${base}/softwaremodules/1/artifacts/${filename}` } },
    };
  });

/** What is left of a file from the start that Range names. */
const ranged = (response: ServerResponse, bytes: Uint8Array, range: string | undefined): Uint8Array => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return bytes;
  const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  const last = Number(from) + part.length - 1;
  response.statusCode = part.length === 0 ? 416 : 206;
  response.setHeader(
    'content-range',
    part.length === 0 ? `bytes */${bytes.length}` : `bytes ${from}-${last}/${bytes.length}`,
  );
  return part;
};

class Desk {
  readonly counts: DdiCounts = { polls: 0, deployments: 0, feedback: 0, artefacts: 0, artefactBytes: 0 };
  readonly closed = new Map<string, string>();
  readonly #options: DdiOptions;

  constructor(options: DdiOptions) {
    this.#options = options;
  }

  /** JSON, or the bytes of a file; undefined: there is no such thing. */
  got(origin: string, id: string, path: string): object | Uint8Array | undefined {
    const { files, sleep } = this.#options;
    const base = `${origin}${BASE}/${id}`;
    if (path === '') {
      this.counts.polls++;
      const links = this.closed.has(id)
        ? {}
        : { deploymentBase: { href: `${base}/deploymentBase/${ACTION}?c=1` } };
      return { config: { polling: { sleep: clock(sleep) } }, _links: links };
    }
    if (path === `/deploymentBase/${ACTION}`) {
      this.counts.deployments++;
      const chunks = [{ part: 'os', version: '2', name: 'lamp', artifacts: artifactsOf(base, files) }];
      return { id: ACTION, deployment: { download: 'forced', update: 'forced', chunks } };
    }
    return files[path.replace('/softwaremodules/1/artifacts/', '')];
  }

  told(id: string, body: string): void {
    this.counts.feedback++;
    const { status } = JSON.parse(body) as {
      status?: { execution?: string; result?: { finished?: string } };
    };
    if (status?.execution === 'closed') this.closed.set(id, status.result?.finished ?? '');
  }

  async answer(origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const [, id = '', path = ''] = new RegExp(`^${BASE}/([^/?]+)([^?]*)`).exec(request.url ?? '') ?? [];
    const { authorization = '' } = request.headers;
    const { tokens } = this.#options;
    if (id === '' || (tokens !== undefined && !tokens(id).includes(authorization)))
      return void response.writeHead(401).end();
    if (request.method !== 'GET') {
      this.told(id, body);
      return void response.writeHead(200).end();
    }
    const found = this.got(origin, id, path);
    if (found === undefined) return void response.writeHead(404).end();
    if (!(found instanceof Uint8Array)) {
      response.setHeader('content-type', 'application/hal+json');
      return void response.end(JSON.stringify(found));
    }
    const part = ranged(response, found, request.headers.range);
    this.counts.artefacts++;
    this.counts.artefactBytes += part.length;
    response.setHeader('content-length', part.length);
    response.end(part);
  }
}

export const startDdi = async (options: DdiOptions): Promise<DdiServer> => {
  const desk = new Desk(options);
  const server = createServer((request, response) => {
    desk.answer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, request, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    counts: desk.counts,
    closed: desk.closed,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
