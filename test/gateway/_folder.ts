/** A plain server of files, over HTTP or TLS, and folders in it as `flipside publish` makes them. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { publish, releaseRead } from '../../publisher/index.ts';
import type { Latest, PublishOptions } from '../../publisher/publish.ts';
import { envelopeRead } from '../../publisher/read-envelope.ts';
import { statementOf, statementWrite } from '../../publisher/statement.ts';
import { certificate } from '../http/_server.ts';
import { key } from './_world.ts';
import type { Packed } from './_world.ts';

export interface FileServer {
  readonly origin: string;
  /** What it serves. */
  readonly folder: string;
  /** `GET /path status`. */
  readonly asked: string[];
  /** In place of a file, by its path: a status and headers; 'silence': a beginning, and no more. */
  readonly instead: Map<
    string,
    { readonly status: number; readonly headers?: Record<string, string> } | 'silence'
  >;
  close(): Promise<void>;
}

const tagOf = (bytes: Uint8Array): string =>
  `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;

const fileRead = (path: string): Buffer | undefined => {
  try {
    return statSync(path).isFile() ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
};

export type Answer = readonly [status: number, headers: Record<string, string>, body?: Uint8Array];

/** A file, or the part of it that is asked for. */
export const answerOf = (bytes: Uint8Array | undefined, headers: IncomingMessage['headers']): Answer => {
  if (bytes === undefined) return [404, {}];
  const etag = tagOf(bytes);
  if (headers['if-none-match'] === etag) return [304, { etag }];
  const [, from] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
  if (from === undefined) return [200, { etag }, bytes];
  const last = Number(/-(\d+)$/.exec(headers.range!)?.[1] ?? bytes.length - 1);
  const part = bytes.subarray(Number(from), last + 1);
  if (part.length === 0) return [416, { 'content-range': `bytes */${bytes.length}` }];
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  return [206, { etag, 'content-range': range }, part];
};

/** With its length, where there may be a body. */
export const answerSend = (
  response: ServerResponse,
  [status, headers, body = Buffer.alloc(0)]: Answer,
): void => {
  response.writeHead(status, { ...headers, ...(status === 304 ? {} : { 'content-length': body.length }) });
  response.end(body);
};

/** `secure`: the name of a certificate of test/http/certificates. */
export const fileServer = async (secure?: string, at = 0): Promise<FileServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-files-'));
  const [asked, instead] = [[] as string[], new Map() as FileServer['instead']];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { url = '/', headers } = request;
    const other = instead.get(url);
    if (other === 'silence') {
      asked.push(`${request.method} ${url} silence`);
      response.writeHead(200, { 'content-length': 1e6 }).flushHeaders();
      return;
    }
    const answer: Answer =
      other === undefined
        ? answerOf(fileRead(join(folder, normalize(url))), headers)
        : [other.status, other.headers ?? {}];
    asked.push(`${request.method} ${url} ${answer[0]}`);
    answerSend(response, answer);
  };
  const server: Server =
    secure === undefined
      ? createServer(serve)
      : createSecureServer({ key: certificate(`${secure}.key`), cert: certificate(secure) }, serve);
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http${secure === undefined ? '' : 's'}://127.0.0.1:${port}`,
    folder,
    asked,
    instead,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Until then a statement holds, in seconds since 1970. */
export const statedUntil = (
  issued: number,
  seconds: number = 30 * 86_400,
): NonNullable<PublishOptions['statement']> => ({
  issued,
  expires: issued + seconds,
  key,
  allowTestKeys: true,
});

/** As `flipside publish DIR --to` does. */
export const published = (
  { folder }: Pick<FileServer, 'folder'>,
  name: string,
  { envelope, payload }: Packed,
  more: Pick<PublishOptions, 'replace' | 'statement'> = {},
): Latest => {
  const from = mkdtempSync(join(tmpdir(), 'flipside-packed-'));
  writeFileSync(join(from, 'update.suit'), envelope);
  writeFileSync(join(from, 'payload.bin'), payload);
  mkdirSync(join(folder, name), { recursive: true });
  const latest = publish({ release: releaseRead(from), to: join(folder, name), ...more });
  rmSync(from, { recursive: true, force: true });
  return latest;
};

/** Without a release: a statement that is signed anew, or one of a publisher that is not this one. */
export const statedAt = (server: Pick<FileServer, 'folder'>, name: string, statement: Uint8Array): void =>
  writeFileSync(join(server.folder, name, 'latest.statement'), statement);

/** That `packed` is the latest. */
export const statementOver = (
  { envelope }: Pick<Packed, 'envelope'>,
  occasion: { readonly issued: number; readonly expires: number },
  signer: typeof key = key,
): Uint8Array =>
  statementWrite(statementOf(envelopeRead(envelope, 'envelope'), occasion), signer, { allowTestKeys: true });
