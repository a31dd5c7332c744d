/** `flipside sim hawkbit`: a process with a board in a folder, against a server of DDI; killed again and again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keyParse, pack } from '../../publisher/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from '../publisher/_keys.ts';
import { fakeDdi } from './_server.ts';
import type { FakeDdi } from './_server.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-sim-hawkbit-'));
const env = { ...process.env, NO_COLOR: '1' };
const key = keyParse(seededPem(1), 'key');
const packed = [1, 2].map((sequence) =>
  pack({ image: sampleImage(9000, sequence), vendor: 'example.com', classId: 'lamp', sequence, keys: [key] }),
);
const files = { 'update.suit': packed[1]!.envelope, [packed[1]!.uris[0]!]: packed[1]!.payload };
writeFileSync(join(work, 'key.pem'), seededPem(1));
writeFileSync(join(work, 'image.bin'), sampleImage(9000, 1));
writeFileSync(join(work, 'first.bundle'), packed[0]!.bundle);
writeFileSync(join(work, 'token'), 'secret\n');

const run = commandOf(FLIPSIDE, { cwd: work });

const CREATE =
  '--board tiny --anchor key.pem --vendor example.com --class lamp --image image.bin --envelope first.bundle';
const create = (name: string): number | null => run('sim', 'create', name, ...CREATE.split(' ')).status;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; log: string }>;
}

const manage = (board: string, { url }: FakeDdi, ...more: string[]): Running => {
  const args = ['sim', 'hawkbit', board, '--url', url, '--token-file', 'token', '--least', '1', ...more];
  const child = spawn(process.execPath, [FLIPSIDE, ...args], { cwd: work, env });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<{ status: number | null; log: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, log })),
  );
  return { child, ended };
};

const statuses = ({ told }: FakeDdi): string[] =>
  told.flatMap(({ body: { status } }) =>
    status === undefined ? [] : [`${status.execution} ${status.result.finished}`],
  );

test('an update until all is told', async (t) => {
  const server = await fakeDdi();
  try {
    t.is(create('whole'), 0);
    server.wantsConfig = true;
    server.assign({ id: '7', files });
    const { status, log } = await manage('whole', server, '--once', '--profile', 'lte-m').ended;
    t.is(status, 0, log);
    t.regex(log, /action 7: Trial/);
    t.is(statuses(server).at(-1), 'closed success');
    const data = server.told.find(({ path }) => path === '/configData')?.body.data;
    t.like(data, { board: 'tiny', profile: 'lte-m', sequence: '1' });
  } finally {
    await server.close();
  }
});

test('killed behind each of its requests: it ends as if nothing had been', async (t) => {
  const server = await fakeDdi();
  try {
    t.is(create('killed'), 0);
    server.sleep = '00:00:01';
    server.assign({ id: '7', files });
    let kills = 0;
    for (let request = 2; request < 7; request++) {
      const { child, ended } = manage('killed', server);
      const until = server.asked.length + request;
      server.onAsked = (count) => void (count === until && child.kill('SIGKILL'));
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const { status } = await ended;
      clearTimeout(timer);
      t.is(status, null);
      kills++;
    }
    t.is(kills, 5);
    server.onAsked = () => undefined;
    const { status, log } = await manage('killed', server, '--once').ended;
    t.is(status, 0, log);
    const told = statuses(server);
    t.deepEqual(
      [...new Set(told.filter((one) => one.startsWith('closed')))],
      ['closed success'],
      told.join(),
    );
  } finally {
    await server.close();
  }
});

for (const [what, args, words] of [
  ['no address', ['--token-file', 'token'], /--url/],
  ['no token', ['--url', 'http://127.0.0.1:1/D/controller/v1/x'], /token-file/],
  ['a token that is not there', ['--url', 'http://127.0.0.1:1/x', '--token-file', 'none'], /no such file/],
  ['an address of CoAP', ['--url', 'coap://127.0.0.1/x', '--token-file', 'token'], /--url/],
  [
    'a word that is none',
    ['--url', 'http://127.0.0.1:1/x', '--token-file', 'token', '--confirm', 'so'],
    /confirm/,
  ],
] as const) {
  test(`wrong: ${what}`, (t) => {
    create('wrong');
    const { status, stderr } = run('sim', 'hawkbit', 'wrong', ...args);
    t.true(status !== 0);
    t.regex(stderr, words);
  });
}
