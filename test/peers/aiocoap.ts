/** OSCORE against aiocoap, which has its own: each as client and as server, over UDP. */
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';
import { versionOf } from './_python.ts';

export const aiocoap: Peer = {
  name: 'aiocoap',
  version: () => versionOf('aiocoap'),
  scenarios: exchanges('aiocoap', {
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
  }),
};
