/** The files of the page, read once: whole, small, and no path of a request ever names a file. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface Asset {
  /** `/`, `/main.js`. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly tag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const INDEX = 'index.html';

/** Beside this file in what was built. */
export const assetsRead = (folder: string = join(import.meta.dirname, 'page')): readonly Asset[] =>
  readdirSync(folder).flatMap((name) => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const body = readFileSync(join(folder, name));
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return [{ path: name === INDEX ? '/' : `/${name}`, type, body, tag }];
  });
