/** The status page of the gateway in Debian's Chromium. */
import { spawnSync } from 'node:child_process';
import type { Peer } from './_peer.ts';
import { suite } from './_suite.ts';
import { CHROMIUM } from './chromium/browser.ts';
import { SCENARIOS } from './chromium/scenarios.ts';

const PATIENCE = 300_000;

export const chromium: Peer = {
  name: 'chromium',
  version: () => {
    const { stdout, error } = spawnSync(CHROMIUM, ['--version'], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return /(\d[\d.]+)/.exec(stdout)![1]!;
  },
  scenarios: suite(
    'chromium',
    PATIENCE,
    SCENARIOS.map(([name]) => name),
  ),
};
