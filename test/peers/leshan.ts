/**
 * Leshan: a management server and a bootstrap server made of its libraries, as no registry has its demo servers. What is
 * tried takes its time, and runs in a process of its own.
 */
import { readdirSync } from 'node:fs';
import { check } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { suite } from './_suite.ts';
import { SCENARIOS } from './leshan/scenarios.ts';

const LIBRARIES = '.cache/peers/leshan';
const PATIENCE = 420_000;

export const leshan: Peer = {
  name: 'leshan',
  version: () => {
    const jar = readdirSync(LIBRARIES).find((name) => name.startsWith('leshan-lwm2m-server-'));
    check(jar !== undefined, `${LIBRARIES} has no leshan-lwm2m-server`);
    return /^leshan-lwm2m-server-(.*)\.jar$/.exec(jar!)![1]!;
  },
  scenarios: suite(
    'leshan',
    PATIENCE,
    SCENARIOS.map(([name]) => name),
  ),
};
