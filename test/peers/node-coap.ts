/** node-coap's client for our server, and its server for our client. What it does wrong is stated, and shown to be so. */
import { readFileSync } from 'node:fs';
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';

const MANIFEST = '.cache/peers/modules/node_modules/coap/package.json';

export const nodeCoap: Peer = {
  name: 'node-coap',
  version: () => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version,
  scenarios: exchanges('node-coap', {
    get: '300 KB from its server: it makes the whole answer anew for each block, as it knows a transfer by its token',
    'get-pinned': '300 KB from its server with one token for all blocks: it makes the answer once',
    'get-tag': 'its server puts an ETag of two bytes, made of the payload, in place of the one that is set',
    observe: 'its server notifies, and our client takes it',
    'client-get': 'its client reads 300 KB from our server',
    'client-put': 'its client puts 300 KB onto our server',
    'client-observe': 'its client observes a resource of ours',
  }),
};
