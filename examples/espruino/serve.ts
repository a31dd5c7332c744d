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
  const fields = { 'content-length': to - from, connection: 'close' };
  if (first === undefined) response.writeHead(200, fields);
  else if (from >= bytes.length) response.writeHead(416, { ...fields, 'content-length': 0 });
  else response.writeHead(206, { ...fields, 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` });
  response.end(bytes.subarray(from, to));
};
