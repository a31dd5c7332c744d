/** A server of DDI for tests: it assigns, takes back, asks for a word, and records what it is told. Shapes as hawkBit 0.9.0 has them. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  readonly path: string;
  readonly body: {
    readonly status?: {
      readonly execution: string;
      readonly result: { readonly finished: string };
      readonly code?: number;
      readonly details?: readonly string[];
    };
    readonly confirmation?: string;
    readonly data?: Readonly<Record<string, string>>;
  };
}

export interface Assignment {
  readonly id: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  download?: string;
  update?: string;
  maintenanceWindow?: string;
}

export interface FakeDdi {
  readonly url: string;
  /** All requests, in order: `GET /...`, with the field Authorization. */
  readonly asked: { readonly line: string; readonly authorization: string }[];
  readonly told: Told[];
  sleep: string;
  /** The device is to say what it is. */
  wantsConfig: boolean;
  /** In place of an answer to what begins so. */
  readonly instead: Map<
    string,
    { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string }
  >;
  assign(assignment: Assignment): void;
  /** Waits for the owner's word first. */
  ask(assignment: Assignment): void;
  cancel(): void;
  close(): Promise<void>;
}

const TOKEN = 'TargetToken secret';
const PATH = '/DEFAULT/controller/v1/lamp-1';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

type State = 'none' | 'assigned' | 'asked' | 'cancelling';

const chunksOf = (base: string, { files }: Assignment): object[] => [
  {
    part: 'os',
    version: '2',
    name: 'lamp',
    artifacts: Object.entries(files).map(([filename, bytes]) => {
      const hash = (name: string): string => createHash(name).update(bytes).digest('hex');
      return {
        filename,
        hashes: { sha1: hash('sha1'), md5: hash('md5'), sha256: hash('sha256') },
        size: bytes.length,
        _links: { 'download-http': { href: `${base}/softwaremodules/1/artifacts/${filename}` } },
      };
    }),
  },
];

export const fakeDdi = async (): Promise<FakeDdi> => {
  let state: State = 'none';
  let action: Assignment | undefined;
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;

  const controller = (): object => {
    const links: Record<string, { href: string }> = {};
    const id = action?.id ?? '';
    if (state === 'assigned') links['deploymentBase'] = { href: `${base()}/deploymentBase/${id}?c=1` };
    if (state === 'asked') links['confirmationBase'] = { href: `${base()}/confirmationBase/${id}?c=1` };
    if (state === 'cancelling') links['cancelAction'] = { href: `${base()}/cancelAction/${id}` };
    if (fake.wantsConfig) links['configData'] = { href: `${base()}/configData` };
    return { config: { polling: { sleep: fake.sleep } }, _links: links };
  };

  const got = (path: string): object | Uint8Array | undefined => {
    if (path === '') return controller();
    if (action === undefined) return undefined;
    const { id, download = 'forced', update = 'forced', maintenanceWindow } = action;
    const window = maintenanceWindow === undefined ? {} : { maintenanceWindow };
    const body = { download, update, ...window, chunks: chunksOf(base(), action) };
    if (state === 'assigned' && path === `/deploymentBase/${id}`) return { id, deployment: body };
    if (state === 'asked' && path === `/confirmationBase/${id}`) return { id, confirmation: body };
    if (state === 'cancelling' && path === `/cancelAction/${id}`) return { id, cancelAction: { stopId: id } };
    return action.files[path.replace('/softwaremodules/1/artifacts/', '')];
  };

  /** The status of the answer. */
  const took = (path: string, body: Told['body']): number => {
    if (path === '/configData') fake.wantsConfig = false;
    if (path === '/configData') return 200;
    const [, kind, id] = /^\/(\w+)\/(\w+)\/feedback$/.exec(path) ?? [];
    if (action === undefined || id !== action.id) return 404;
    if (kind === 'confirmationBase' && body.confirmation === 'confirmed') state = 'assigned';
    if (kind === 'confirmationBase') return 200;
    if (state === 'none') return 410;
    const execution = body.status?.execution;
    if (kind === 'cancelAction' && execution === 'rejected') state = 'assigned';
    if (execution === 'closed' || execution === 'canceled') state = 'none';
    return 200;
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const body = await bodyOf(request);
      const authorization = headers.authorization ?? '';
      fake.asked.push({ line: `${method} ${url}`, authorization });
      const path = url.replace(PATH, '').replace(/\?.*/, '');
      const instead = [...fake.instead].find(([prefix]) => path.startsWith(prefix))?.[1];
      if (instead) return response.writeHead(instead.status, instead.headers).end(instead.text ?? '');
      if (authorization !== TOKEN || !url.startsWith(PATH)) return response.writeHead(401).end();
      if (method !== 'GET') {
        const said = JSON.parse(body) as Told['body'];
        fake.told.push({ path, body: said });
        return response.writeHead(took(path, said)).end();
      }
      const found = got(path);
      if (found === undefined) return response.writeHead(404).end();
      if (found instanceof Uint8Array) return response.end(found);
      return response.writeHead(200, { 'content-type': 'application/hal+json' }).end(JSON.stringify(found));
    })();
  });

  const begin = (next: State) => (assignment: Assignment) => {
    action = assignment;
    state = next;
  };
  const fake: FakeDdi = {
    get url() {
      return base();
    },
    asked: [],
    told: [],
    sleep: '00:00:05',
    wantsConfig: false,
    instead: new Map(),
    assign: begin('assigned'),
    ask: begin('asked'),
    cancel: () => void (state = 'cancelling'),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return fake;
};
