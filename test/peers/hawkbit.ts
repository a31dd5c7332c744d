/**
 * A hawkBit update server above our gateway, and above devices that speak its interface themselves. Registries have its
 * libraries up to 0.3.0M7, of which it is made here; FLIPSIDE_PEER_HAWKBIT names the jar of a newer one (tried: 0.9.0).
 */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';

const jar = process.env['FLIPSIDE_PEER_HAWKBIT'];

const scenarios = exchanges(
  'hawkbit',
  {
    direct:
      "devices by themselves, under hawkBit's rollout: a good update in its order; a bad one stops with the first group",
    rollout:
      "through the gateway, under hawkBit's rollout: a good update in its order; a bad one stops at a test node",
  },
  900_000,
);

const LIBRARIES = '0.3.0M7, of its libraries';
/** install.sh puts it there last, and says so where it could not. */
const installed = existsSync(resolve('.cache/peers/hawkbit/pom.xml'));

const peer: Peer = {
  name: 'hawkbit',
  version: () => (jar === undefined ? LIBRARIES : (/(\d[\w.]*)\.jar$/.exec(basename(jar))?.[1] ?? 'unknown')),
  scenarios,
};

export const hawkbit: Peer | undefined = jar !== undefined || installed ? peer : undefined;
