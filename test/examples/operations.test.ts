/** docs/OPERATIONS.md: its commands are run, or checked; its tables are those of the code. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { freePort } from '../../bench/net/ports.ts';
import { configLoad } from '../../gateway/config/config.ts';
import { feedbackOf } from '../../gateway/upstream/feedback.ts';
import type { DeviceRecord, WorkRecord } from '../../gateway/contract.ts';
import { WORK_STATES } from '../../gateway/inventory/transitions.ts';
import { verbs } from '../../publisher/verbs/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { codeTable, eventTable } from './_operations-tables.ts';

const manual = readFileSync('docs/OPERATIONS.md', 'utf8');
const PATIENCE = 100_000;

const blocksOf = (kind: string): string[] =>
  [...manual.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, 'gms'))].map((one) => one[1]!);

test('the table of codes is that of the code', (t) => {
  for (const table of [codeTable(), eventTable()]) t.true(manual.includes(table), `it is:\n${table}`);
});

test('each state, and what hawkBit is told of it', (t) => {
  for (const state of WORK_STATES) {
    const work = { state, code: 0, words: '' } as WorkRecord;
    const { execution, finished } = feedbackOf({ report: undefined } as DeviceRecord, work);
    const row = new RegExp(`^\\| \`${state}\` \\| .* \\| \`${execution}\`, \`${finished}\` \\|$`, 'm');
    t.regex(manual, row, `${state}: ${execution} ${finished}`);
  }
});

test('every file and section that it names is there', (t) => {
  const files = [...manual.matchAll(/\b((?:test|docs|examples)\/[\w./-]+\.(?:ts|md|json|service))\b/g)];
  t.true(files.length > 3);
  for (const [, file] of files) t.notThrows(() => readFileSync(file!), file);
  const sections = [...manual.matchAll(/\bsections? (\d+)/g)].map((one) => one[1]!);
  for (const number of sections) t.regex(manual, new RegExp(`^## ${number} `, 'm'), `section ${number}`);
});

test('every field of the configuration is explained', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-fields-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'gateway.json'), '{"version": 1, "nonsense": 1}');
  const { message } = t.throws(() => configLoad(join(folder, 'gateway.json')));
  const known = /Known are: (.*)$/.exec(message)![1]!.split(', ');
  t.true(known.length > 10);
  const rows = [...manual.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| /gm)].flatMap((one) => one[1]!.split(', '));
  for (const field of known.filter((name) => name !== 'version'))
    t.true(rows.includes(`\`${field}\``), `the table has no row for ${field}`);
});

/** The words of each `flipside ...` in blocks of commands, and of those in the text. */
const commands = (): string[][] => {
  const lines = [...blocksOf('sh'), ...blocksOf('console')].join('\n').replace(/\\\n/g, ' ').split('\n');
  const inline = [...manual.matchAll(/`(flipside [^`]+)`/g)].map((one) => one[1]!);
  return [...lines, ...inline].flatMap((line) =>
    line
      .replace(/\s#.*$/, '')
      .split(/[;&|]+|\$\(/)
      .map((part) => /(?:^|\s)flipside (.*)$/.exec(part)?.[1]?.trim().split(/\s+/))
      .filter((words) => words !== undefined),
  );
};

/** The words that name the verb, and whether there is one. */
const verbOf = (words: readonly string[]): { verb: readonly string[]; found: boolean } => {
  const row = verbs.find(({ name }) => name === words[0]);
  if (row === undefined || !('verbs' in row) || words.length === 1)
    return { verb: words.slice(0, 1), found: row !== undefined };
  return { verb: words.slice(0, 2), found: row.verbs.some(({ name }) => name === words[1]) };
};

test('every command that it names is one that the command line knows, with options that it knows', (t) => {
  const all = commands();
  t.true(all.length > 25, `${all.length}`);
  const helps = new Map<string, string>();
  for (const words of all) {
    const said = `flipside ${words.join(' ')}`;
    const { verb, found } = verbOf(words);
    t.true(found, said);
    const name = verb.join(' ');
    if (!helps.has(name)) helps.set(name, commandOf(FLIPSIDE)(...verb, '--help').stdout);
    for (const option of words.filter((word) => word.startsWith('--')))
      t.regex(helps.get(name)!, new RegExp(`^  (?:-\\w, )?${option}\\b`, 'm'), said);
  }
});

/** A hawkBit that has no work for anybody. */
const idleServer = (): Promise<{ url: string; close: () => void }> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ config: { polling: { sleep: '00:05:00' } }, _links: {} }));
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() });
    });
  });

/** The example as it is, but for places that a test cannot have. */
const exampleCopy = async (folder: string, server: string): Promise<void> => {
  cpSync('examples/gateway', join(folder, 'examples/gateway'), { recursive: true });
  const file = join(folder, 'examples/gateway/gateway.json');
  const text = readFileSync(file, 'utf8');
  const changed = text
    .replace('/var/lib/flipside-gateway', '../state')
    .replace('https://hawkbit.example.com', server)
    .replace('"host": "0.0.0.0", "port": 5683', '"port": 0')
    .replace('"port": 8090', `"port": ${await freePort()}`);
  writeFileSync(file, changed);
};

test('the commands are run as they stand, in their order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-operations-'));
  const server = await idleServer();
  t.teardown(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await exampleCopy(folder, server.url);
  writeFileSync(join(folder, 'app.js'), "device.log('lamp, version 2')");
  writeFileSync(join(folder, 'hawkbit.token'), 'token-of-the-tenant\n');
  mkdirSync(join(folder, 'bin'));
  const shim = join(folder, 'bin/flipside');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${FLIPSIDE}' "$@"\n`);
  chmodSync(shim, 0o755);
  const blocks = blocksOf('sh');
  t.true(blocks.length > 8);
  const script = [
    'set -e -u -o pipefail',
    // Whatever fails, no gateway is left behind.
    "trap 'code=$?; kill -KILL $(jobs -p) 2>/dev/null || true; exit $code' EXIT",
    ...blocks.map((block) => `set -x\n${block}`),
  ].join('\n');
  writeFileSync(join(folder, 'manual.sh'), script);
  const env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
  };
  const child = spawn('bash', ['manual.sh'], { cwd: folder, env, timeout: PATIENCE, killSignal: 'SIGTERM' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const status = await new Promise((resolve) => child.once('close', resolve));
  t.is(status, 0, said.slice(-4000));
  t.regex(said, /sensors +paused/);
  t.regex(said, /test-1 .* is enrolled|device +test-1/);
  t.regex(said, /this device takes it/);
});
