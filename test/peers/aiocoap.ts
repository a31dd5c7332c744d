/** OSCORE against aiocoap, which has its own: each as client and as server, over UDP. */
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';
import { versionOf } from './_python.ts';

export const aiocoap: Peer = {
  name: 'aiocoap',
  version: () => versionOf('aiocoap'),
  scenarios: [
    ...exchanges('aiocoap', {
      'get-native':
        'its server: a resource in blocks of 512 bytes, each protected, with the cipher of node:crypto',
      'get-own': 'the same with the own cipher',
      'get-id-context': 'the same with an ID context',
      'get-restart': 'its server is killed and started again: it challenges, and the next transfer goes on',
      update: 'its server: a whole update, from envelope to staged, four blocks at a time',
      observe: 'its server: an observation',
      'wrong-key': 'its server has another key',
      serve: 'its client: gets a resource of ours in blocks',
      'serve-put': 'its client: puts a body in blocks',
      'serve-restart': 'its client: our server is restarted and challenges',
      'serve-observe': 'its client: observes a resource of ours',
    }),
    ...exchanges('gateway-coap', {
      'aiocoap-check-in': 'its client checks in at the gateway, as the device of its context, and as another',
      'aiocoap-file': 'its client reads a payload of 100 KB from the gateway, each block protected',
      'aiocoap-restart':
        'its client checks in at a gateway that was restarted: it is challenged, and goes on',
    }),
  ],
};
