/**
 * A hawkBit update server above our gateway, and above devices that speak its interface themselves. No registry has it: FLIPSIDE_PEER_HAWKBIT names its jar (tried: 0.9.0), and
 * without it there is no such peer.
 */
import { basename } from 'node:path';
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

export const hawkbit: Peer | undefined = jar
  ? { name: 'hawkbit', version: () => /(\d[\w.]*)\.jar$/.exec(basename(jar))?.[1] ?? 'unknown', scenarios }
  : undefined;
