/** OSCORE against aiocoap, which has its own: each as client and as server, over UDP. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withFolder } from './_folder.ts';
import { check } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { versionOf } from './_python.ts';

const EXCHANGE = join(import.meta.dirname, 'aiocoap', 'exchange.js');
const PATIENCE = 60_000;

/** By their names in aiocoap/exchange.ts. */
const SCENARIOS: Readonly<Record<string, string>> = {
  'get-native':
    'its server: a resource in blocks of 512 bytes, each protected, with the cipher of node:crypto',
  'get-own': 'the same with the own cipher',
  'get-id-context': 'the same with an ID context',
  'get-restart': 'its server is killed and started again: it challenges, and the next transfer goes on',
  observe: 'its server: an observation',
  'wrong-key': 'its server has another key',
  serve: 'its client: gets a resource of ours in blocks',
  'serve-put': 'its client: puts a body in blocks',
  'serve-restart': 'its client: our server is restarted and challenges',
  'serve-observe': 'its client: observes a resource of ours',
};

const exchange = (name: string): string =>
  withFolder((folder) => {
    const ran = spawnSync(process.execPath, [EXCHANGE, name, folder.file('.')], {
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    if (ran.error) throw ran.error;
    check(ran.status === 0, `${ran.stdout}${ran.stderr}`.trim());
    return ran.stdout.trim();
  });

export const aiocoap: Peer = {
  name: 'aiocoap',
  version: () => versionOf('aiocoap'),
  scenarios: Object.entries(SCENARIOS).map(([name, says]) => ({ name: says, run: () => exchange(name) })),
};
