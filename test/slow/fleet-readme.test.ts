/** The README's fleet on one machine, line for line, at ports of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

const cli = join(import.meta.dirname, '../../publisher/cli.js');
const HEADING = '## A fleet, on one machine';

/** What is shown under the heading. */
const block = (): string => {
  const readme = readFileSync('README.md', 'utf8');
  return /```sh\n(.*?)```/s.exec(readme.slice(readme.indexOf(HEADING)))![1]!;
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** For each text that stands there, another; one that does not stand there is a README that changed. */
const replaced = (text: string, pairs: readonly (readonly [string, string])[]): string =>
  pairs.reduce((so, [from, to]) => {
    if (!so.includes(from)) throw new Error(`the README has no ${from} any more`);
    return so.replaceAll(from, to);
  }, text);

/** Ends what it began, too. */
const PROGRAM = (lines: string): string => `set -e\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n${lines}`;

test('the fleet of the README: published, a gateway, 50 devices, each as it should', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-readme-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'bin'));
  const npx = join(folder, 'bin/npx');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(npx, 0o755);
  const [origin, coap, status] = [await freePort(), await freePort(), await freePort()];
  const lines = replaced(block(), [
    ['8080', String(origin)],
    ['"coap": { "insecure": true }', `"coap": { "insecure": true, "port": ${coap} }`],
    ['"status": {}', `"status": { "port": ${status} }`],
    ['&& npx flipside serve', '; exec npx flipside serve'],
  ]);
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, NO_COLOR: '1' };
  const child = spawn('bash', ['-c', PROGRAM(lines)], { cwd: folder, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  t.is(code, 0, said);
  t.regex(said, /verdict +50 of 50 as they should/, said);
});
