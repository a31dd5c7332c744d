/** libcoap's server for our client, and its client for our server, over UDP in the open. */
import { libcoapVersion } from '../../bench/net/libcoap.ts';
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';

export const libcoap: Peer = {
  name: 'libcoap',
  version: libcoapVersion,
  scenarios: [
    ...exchanges('libcoap', {
      'get-1024': '300 KB from its server in blocks of 1024',
      'get-256': '300 KB from its server in blocks of 256',
      'get-64': '300 KB from its server in blocks of 64',
      'get-window': '300 KB from its server, four blocks asked for at once',
      'get-window-256': '300 KB from its server, eight blocks of 256 asked for at once',
      'get-pinned': '300 KB from its server, with one token for all blocks',
      'get-middle': 'begun at a block in the middle, where it gives no ETag',
      'get-odd': 'begun in the middle of a block',
      update: 'a whole update from its server, staged',
      'update-loss': 'the same, where its server does not send a tenth',
      'update-stall': 'the same, where its server stops for three seconds on the way',
      'client-get-1024': 'its client reads 300 KB from our server in blocks of 1024',
      'client-get-64': 'its client reads 300 KB from our server in blocks of 64',
      'client-missing': 'its client asks our server for what is not there',
      'client-put': 'its client puts 300 KB onto our server, another token for each block',
      'client-observe': 'its client observes a resource of ours',
    }),
    ...exchanges('gateway-coap', {
      'libcoap-core': 'its client asks the gateway what there is',
      'libcoap-check-in': 'its client checks in at the gateway in the open, whole and in blocks of 16',
      'libcoap-unknown': 'its client checks in as a device that the gateway does not know',
      'libcoap-file-1024':
        'its client reads a payload of 100 KB from the gateway in blocks of 1024: one challenge',
      'libcoap-file-64': 'the same in blocks of 64, short enough for a stranger',
      'libcoap-secured': 'its client asks a gateway that wants OSCORE',
    }),
  ],
};
