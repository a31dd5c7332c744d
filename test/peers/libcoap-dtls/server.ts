/** libcoap's server, in a process of its own, and its client, with which a file is put onto it. */
import { spawnSync } from 'node:child_process';
import { startProgram } from '../../../bench/net/libcoap.ts';
import { check } from '../_peer.ts';

const HOST = '127.0.0.1';
const CLIENT = 'coap-client-openssl';

export const KEY = 'a key of libcoap';
export const IDENTITY = 'a device';

export interface Server {
  /** Of DTLS. */
  readonly port: number;
  kill(): Promise<void>;
}

const put = (port: number, name: string, file: string): boolean => {
  const at = `coaps://${HOST}:${port}/${name}`;
  const ran = spawnSync(
    CLIENT,
    ['-m', 'put', '-f', file, '-b', '512', '-B', '5', '-k', KEY, '-u', IDENTITY, at],
    {
      encoding: 'utf8',
    },
  );
  const read = spawnSync(CLIENT, ['-B', '5', '-k', KEY, '-u', IDENTITY, at], { encoding: 'buffer' });
  return ran.status === 0 && read.stdout.length > 0;
};

/** With `hint`, or none; and with files, by the names under which they are put. By the library that it has its DTLS from. */
export const startServer = async (
  hint: string,
  files: Readonly<Record<string, string>> = {},
  library: 'openssl' | 'gnutls' = 'openssl',
): Promise<Server> => {
  const { port: plain, kill } = await startProgram(`coap-server-${library}`, [
    '-d',
    '5',
    '-k',
    KEY,
    '-h',
    hint,
  ]);
  for (const [name, file] of Object.entries(files))
    for (let tries = 0; !put(plain + 1, name, file); tries++) check(tries < 5, 'nothing could be put');
  return { port: plain + 1, kill };
};
