/** Tests of the agent that need no Node, on the XS engine built for this machine: the same results as in Node. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import test from 'ava';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import { buildRunner } from '../../hal/xs-riscv/build/programs.ts';

const FILES = [
  'crash/place',
  'format/cbor',
  'hal/boards',
  'hal/device-decryption',
  'hal/nor-flash.property',
  'identity/device',
  'identity/ledger',
  'journal/cuts',
  'journal/journal',
  'journal/lives',
  'journal/torn',
];

const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Imports of Node that are never reached: whatever is asked of them throws. */
const WITHOUT_NODE = (name: string): string =>
  `module.exports = new Proxy({}, { get: (_, what) => what === '__esModule' ? undefined : () => { throw new Error('no ${name}: ' + String(what)); } });`;

const plugin: Plugin = {
  name: 'no-node',
  setup(on) {
    on.onResolve({ filter: /^ava$/ }, () => ({ path: here('./_ava.js') }));
    on.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }));
    on.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({ contents: WITHOUT_NODE(path) }));
  },
};

const bundle = async (file: string): Promise<string> => {
  const outfile = join(cache('units'), `${file.replaceAll('/', '-')}.js`);
  await build({
    entryPoints: [here(`../${file}.test.js`)],
    inject: [here('./_globals.js')],
    outfile,
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2020',
    logLevel: 'warning',
    plugins: [plugin],
  });
  return outfile;
};

const inNode = (path: string): string[] => {
  const lines: string[] = [];
  const context = vm.createContext({ print: (line: string) => lines.push(line) });
  vm.runInContext(readFileSync(path, 'utf8'), context);
  return lines;
};

const runner = await buildRunner();

const onXs = (path: string): string[] =>
  execFileSync(runner, [path], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .trim()
    .split('\n');

for (const file of FILES) {
  test(file, async (t) => {
    const path = await bundle(file);
    const lines = onXs(path);
    t.true(lines.length > 0);
    t.deepEqual(
      lines.filter((line) => !line.startsWith('passed ')),
      [],
    );
    t.deepEqual(lines, inNode(path));
    t.log(`${lines.length} tests`);
  });
}
