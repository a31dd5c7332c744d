/** nginx as a static origin. What is tried takes its time, and runs in a process of its own. */
import { spawnSync } from 'node:child_process';
import type { Peer } from './_peer.ts';
import { suite } from './_suite.ts';
import { SCENARIOS } from './nginx/scenarios.ts';
import { NGINX } from './nginx/server.ts';

const PATIENCE = 180_000;

export const nginx: Peer = {
  name: 'nginx',
  version: () => {
    const { stderr, error } = spawnSync(NGINX, ['-v'], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return /nginx\/(\S+)/.exec(stderr)![1]!;
  },
  scenarios: suite(
    'nginx',
    PATIENCE,
    SCENARIOS.map(([name]) => name),
  ),
};
