/** nginx as a static origin. What is tried takes its time, and runs in a process of its own. */
import { spawnSync } from 'node:child_process';
import { check } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { SCENARIOS } from './nginx/scenarios.ts';
import { NGINX } from './nginx/server.ts';
import type { Outcome } from './nginx/suite.ts';

const PATIENCE = 180_000;

let outcomes: readonly Outcome[] | undefined;

const suite = (): readonly Outcome[] => {
  const { stdout, stderr, error, status } = spawnSync(process.execPath, ['dist/test/peers/nginx/suite.js'], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.slice(-1000));
  return JSON.parse(stdout) as Outcome[];
};

export const nginx: Peer = {
  name: 'nginx',
  version: () => {
    const { stderr, error } = spawnSync(NGINX, ['-v'], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return /nginx\/(\S+)/.exec(stderr)![1]!;
  },
  scenarios: SCENARIOS.map(([name]) => ({
    name,
    run() {
      outcomes ??= suite();
      const outcome = outcomes.find((one) => one.name === name);
      check(outcome?.ok === true, outcome?.reason ?? 'it was not run');
      return outcome!.reason;
    },
  })),
};
