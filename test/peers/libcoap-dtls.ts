/** The secure channel of Node, DTLS with a pre-shared key, against libcoap's server. The library is node-dtls-client. */
import { spawnSync } from 'node:child_process';
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';

const version = (): string => {
  const { stderr, stdout, error } = spawnSync('coap-server-openssl', ['--help'], { encoding: 'utf8' });
  if (error) throw error;
  const found = /coap-server-openssl v([0-9.]+)/.exec(`${stdout}${stderr}`);
  if (found === null) throw new Error('it does not say its version');
  return found[1]!;
};

export const libcoapDtls: Peer = {
  name: 'libcoap-dtls',
  version,
  scenarios: exchanges('libcoap-dtls', {
    get: 'a resource in blocks of 512 bytes over DTLS with a pre-shared key',
    'wrong-key': 'another key: the channel does not open, and says so',
    'get-hint': 'the same, from the server that has GnuTLS, and sends a PSK hint',
    junk: 'a server that answers with what cannot be, where the library throws: the channel fails, and the next one works',
    nobody: 'nobody is there',
  }),
};
