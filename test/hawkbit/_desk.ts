/** What a server of DDI says: it assigns, takes back, asks for a word, and records what it is told. Shapes as hawkBit 0.9.0 has them. */
import { createHash } from 'node:crypto';

export interface Told {
  readonly path: string;
  readonly body: {
    readonly id?: string;
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
  /** In place of `<base>/softwaremodules/1/artifacts`. */
  at?: string;
}

export interface DdiReply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

export interface DdiDesk {
  readonly url: string;
  /** All requests, in order: `GET /...`, with the field Authorization. */
  readonly asked: { readonly line: string; readonly authorization: string }[];
  readonly told: Told[];
  sleep: string;
  /** The device is to say what it is. */
  wantsConfig: boolean;
  /** In place of an answer to what begins so. */
  readonly instead: Map<string, DdiReply>;
  assign(assignment: Assignment): void;
  /** Waits for the owner's word first. */
  ask(assignment: Assignment): void;
  cancel(): void;
  /** The action is no more. */
  withdraw(): void;
  /** `url`: path and query. `known`: whoever asks has a token. */
  answer(method: string, url: string, body: string, known?: boolean): DdiReply;
}

export const PATH = '/DEFAULT/controller/v1/lamp-1';

type State = 'none' | 'assigned' | 'asked' | 'cancelling';

const chunksOf = (
  base: string,
  { files, at = `${base}/softwaremodules/1/artifacts` }: Assignment,
): object[] => [
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
        _links: { 'download-http': { href: `${at}/${filename}` } },
      };
    }),
  },
];

/** `origin`: scheme and authority of its links. */
export const ddiDesk = (origin: () => string): DdiDesk => {
  let state: State = 'none';
  let action: Assignment | undefined;
  const base = (): string => `${origin()}${PATH}`;

  const controller = (): object => {
    const links: Record<string, { href: string }> = {};
    const id = action?.id ?? '';
    if (state === 'assigned') links['deploymentBase'] = { href: `${base()}/deploymentBase/${id}?c=1` };
    if (state === 'asked') links['confirmationBase'] = { href: `${base()}/confirmationBase/${id}?c=1` };
    if (state === 'cancelling') links['cancelAction'] = { href: `${base()}/cancelAction/${id}` };
    if (desk.wantsConfig) links['configData'] = { href: `${base()}/configData` };
    return { config: { polling: { sleep: desk.sleep } }, _links: links };
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
    if (path === '/configData') desk.wantsConfig = false;
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

  const begin = (next: State) => (assignment: Assignment) => {
    action = assignment;
    state = next;
  };
  const desk: DdiDesk = {
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
    withdraw: () => void (state = 'none'),
    answer(method, url, body, known = true) {
      const path = url.replace(PATH, '').replace(/\?.*/, '');
      const instead = [...desk.instead].find(([prefix]) => path.startsWith(prefix))?.[1];
      if (instead) return instead;
      if (!known || !url.startsWith(PATH)) return { status: 401 };
      if (method !== 'GET') {
        const said = JSON.parse(body) as Told['body'];
        desk.told.push({ path, body: said });
        return { status: took(path, said) };
      }
      const found = got(path);
      if (found === undefined) return { status: 404 };
      if (found instanceof Uint8Array) return { status: 200, bytes: found };
      const headers = { 'content-type': 'application/hal+json' };
      return { status: 200, headers, text: JSON.stringify(found) };
    },
  };
  return desk;
};
