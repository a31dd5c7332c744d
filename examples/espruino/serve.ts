/** A small server of releases that knows Range. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const answerOf = (
  releases: ReadonlyMap<string, Uint8Array>,
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  response: ServerResponse,
): void => {
  const bytes = releases.get(request.url ?? '');
  if (bytes === undefined) {
    response.writeHead(404, { connection: 'close' }).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const from = Number(first ?? 0);
  const to = Math.min(Number(last ?? Infinity) + 1, bytes.length);
  response.writeHead(first === undefined ? 200 : 206, { 'content-length': to - from, connection: 'close' });
  response.end(bytes.subarray(from, to));
};
