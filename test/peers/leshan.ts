/**
 * Leshan: a management server and a bootstrap server made of its libraries, as no registry has its demo servers. What is
 * tried takes its time, and runs in a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { check } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { SCENARIOS } from './leshan/scenarios.ts';
import type { Outcome } from './leshan/suite.ts';

const LIBRARIES = '.cache/peers/leshan';
const PATIENCE = 420_000;

let outcomes: readonly Outcome[] | undefined;

const suite = (): readonly Outcome[] => {
  const { stdout, stderr, error, status } = spawnSync(process.execPath, ['dist/test/peers/leshan/suite.js'], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.slice(-1000));
  return JSON.parse(stdout) as Outcome[];
};

export const leshan: Peer = {
  name: 'leshan',
  version: () => {
    const jar = readdirSync(LIBRARIES).find((name) => name.startsWith('leshan-lwm2m-server-'));
    check(jar !== undefined, `${LIBRARIES} has no leshan-lwm2m-server`);
    return /^leshan-lwm2m-server-(.*)\.jar$/.exec(jar!)![1]!;
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
