#!/usr/bin/env node
/** The `flipside` command. */
import { readFileSync } from 'node:fs';
import { commandRun } from './command.ts';
import { verbs } from './verbs/index.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await commandRun({
  name: 'flipside',
  short: 'flipside',
  description: 'Over-the-air updates for JavaScript microcontrollers: pack, sign, publish, inspect, try out.',
  version,
  verbs,
});
