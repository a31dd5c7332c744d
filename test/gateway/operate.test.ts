/** What an operator does to a gateway, by the command: look, pause, resume, revoke, seal anew. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { secretsLoad } from '../../gateway/config/secrets.ts';
import { commandAsyncOf, commandOf, FLIPSIDE } from '../_command.ts';
import type { Ran } from '../_command.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { seededPem } from '../publisher/_keys.ts';
import { configText } from './_config.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-operate-'));
const at = (name: string): string => join(work, name);
const env = { ...process.env, NO_COLOR: '1' };
const PATIENCE = 60_000;
const seal = ['--key-file', 'gateway.key'];
const token = ['--status-token-file', 'status.token'];

/** The server that the gateway asks is in this process. */
const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  commandAsyncOf(FLIPSIDE, { cwd: work, env: more })('gateway', ...args);

const configWrite = (url: string, more: object = {}): void =>
  writeFileSync(at('gateway.json'), configText(url, more));

interface Running {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

const gatewayRun = (...more: string[]): Promise<Running> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [FLIPSIDE, 'gateway', 'run', 'gateway.json', ...seal, ...more], {
      cwd: work,
      env,
    });
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(said));
    });
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url === undefined) return;
      const end = async (signal: NodeJS.Signals): Promise<void> => {
        child.kill(signal);
        await ended;
      };
      resolve({ url, end });
    });
  });

test.before(async (t) => {
  writeFileSync(at('owner.pem'), seededPem(1));
  writeFileSync(at('status.token'), 'a-token-of-this-test\n');
  writeFileSync(at('other.token'), 'another-token-of-it\n');
  writeFileSync(at('token'), 'secret\n');
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
  for (const name of ['lamp-1', 'lamp-2']) {
    const device = Buffer.from(name).toString('hex');
    const store = ['--device', device, '--key-file', `${name}.key`, '--algorithm', 'hmac-256'];
    const made = commandOf(FLIPSIDE, { cwd: work })('identity', 'create', '--out', name, ...store);
    t.is(made.status, 0);
    const enrolled = await run([
      'enrol',
      'gateway.json',
      name,
      '--report-key',
      `${name}.report-key.json`,
      ...seal,
    ]);
    t.is(enrolled.status, 0, enrolled.stderr);
  }
  t.is((await run(['token', 'gateway.json', '--token-file', 'token', ...seal])).status, 0);
});

test.after.always(() => rmSync(work, { recursive: true, force: true }));

test.serial('status, pause, resume; a pause outlives a kill', async (t) => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  configWrite(server.url.replace(/\/[^/]*$/, ''));
  const first = await gatewayRun(...token);
  t.teardown(() => first.end('SIGKILL'));
  const url = (one: Running): string[] => ['--url', one.url];
  const quiet = await run(['status', 'gateway.json', ...url(first)]);
  t.regex(quiet.stdout, /gateway +runs for \d+ s, 2 devices/, quiet.stderr);
  t.regex(quiet.stdout, /test-nodes +idle +0 of 2 confirmed, 0 failed/);
  const wrong = await run([
    'pause',
    'gateway.json',
    'test-nodes',
    ...url(first),
    '--status-token-file',
    'other.token',
  ]);
  t.is(wrong.status, 1);
  t.regex(wrong.stderr, /not the token.*--status-token-file/s);
  const paused = await run(['pause', 'gateway.json', 'test-nodes', ...url(first), ...token]);
  t.is(paused.status, 0, paused.stderr);
  t.regex(paused.stdout, /test-nodes +paused/);
  await first.end('SIGKILL');

  const second = await gatewayRun(...token);
  t.teardown(() => second.end('SIGKILL'));
  const still = await run(['status', 'gateway.json', ...url(second), '--json']);
  t.like(JSON.parse(still.stdout), { rows: [{ group: 'test-nodes', phase: 'paused' }] });
  const resumed = await run(['resume', 'gateway.json', 'test-nodes', ...url(second), ...token, '--json']);
  t.like(JSON.parse(resumed.stdout), { rows: [{ group: 'test-nodes', phase: 'idle' }] });
  const device = await run(['status', 'gateway.json', ...url(second), '--device', 'lamp-2']);
  t.regex(device.stdout, /group +test-nodes/);
  const listed = await run(['status', 'gateway.json', ...url(second), '--state', 'none', '--json']);
  t.like(JSON.parse(listed.stdout), { rows: [{ device: 'lamp-1' }, { device: 'lamp-2' }] });
  for (const [args, words] of [
    [['pause', 'gateway.json', 'attic', ...token], /there is no such group/],
    [['status', 'gateway.json', '--device', 'lamp-9'], /there is no such device/],
    [['status', 'gateway.json', '--state', 'tired'], /not understood/],
  ] as const) {
    const refused = await run([...args, ...url(second)]);
    t.is(refused.status, 1);
    t.regex(refused.stderr, words);
  }
  await second.end('SIGTERM');
});

test.serial('status of a gateway whose server does not answer asks for somebody: exit code 1', async (t) => {
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
  const running = await gatewayRun();
  t.teardown(() => running.end('SIGKILL'));
  for (let asked = 1; ; asked++) {
    const { status, stdout } = await run(['status', 'gateway.json', '--url', running.url]);
    if (/hawkbit.*ECONNREFUSED/.test(stdout)) {
      t.is(status, 1, stdout);
      break;
    }
    if (asked > 20) t.fail(stdout);
    if (asked > 20) break;
  }
  const refused = await run(['pause', 'gateway.json', 'test-nodes', '--url', running.url, ...token]);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /Start the gateway with --status-token-file/);
});

const refused: readonly (readonly [name: string, args: string[], status: number, words: RegExp])[] = [
  [
    'no gateway runs',
    ['status', 'gateway.json', '--url', 'http://127.0.0.1:65530'],
    3,
    /no answer \(ECONNREFUSED\)/,
  ],
  ['no port', ['status', 'gateway.json'], 1, /gateway\.json: status: has no port/],
  ['no URL', ['status', 'gateway.json', '--url', 'here'], 2, /--url: here is no URL/],
  ['no token', ['pause', 'gateway.json', 'a'], 1, /has no port|--status-token-file: is missing/],
  ['who is not enrolled', ['revoke', 'gateway.json', 'lamp-9', ...seal], 1, /lamp-9: is not enrolled/],
  ['nothing to seal with', ['reseal', 'gateway.json', ...seal], 2, /--new-key-file/],
  [
    'sealed with another',
    ['reseal', 'gateway.json', '--passphrase-file', 'token', '--new-key-file', 'new.key'],
    3,
    /gateway\.secrets: secrets: does not open/,
  ],
];
for (const [name, args, status, words] of refused) {
  test.serial(`refused: ${name}`, async (t) => {
    configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
    const ran = await run(args);
    t.is(ran.status, status, ran.stderr);
    t.regex(ran.stderr, words);
    t.false(existsSync(at('new.key')));
  });
}

const devices = (): string[] =>
  (JSON.parse(readFileSync(at('devices.json'), 'utf8')) as { devices: { id: string }[] }).devices.map(
    ({ id }) => id,
  );

test.serial('reseal: the new key file opens the secrets, the old one does not', async (t) => {
  const before = secretsLoad(at('gateway.secrets'), { keyFile: at('gateway.key') });
  const ran = await run(['reseal', 'gateway.json', ...seal, '--new-key-file', 'keys/new.key']);
  t.is(ran.status, 0, ran.stderr);
  t.deepEqual(secretsLoad(at('gateway.secrets'), { keyFile: at('keys/new.key') }), before);
  t.throws(() => secretsLoad(at('gateway.secrets'), { keyFile: at('gateway.key') }), {
    message: /does not open/,
  });
  const back = await run([
    'reseal',
    'gateway.json',
    '--key-file',
    'keys/new.key',
    '--new-key-file',
    'gateway.key',
  ]);
  t.is(back.status, 0, back.stderr);
});

test.serial(
  'a key file in the folder of a credential may show the mask of an access list; another may not',
  async (t) => {
    chmodSync(at('gateway.key'), 0o440);
    t.teardown(() => chmodSync(at('gateway.key'), 0o600));
    const args = ['token', 'gateway.json', '--token-file', 'token', ...seal];
    t.regex((await run(args)).stderr, /mode 440: others may use it/);
    t.is((await run(args, { CREDENTIALS_DIRECTORY: work })).status, 0);
    chmodSync(at('gateway.key'), 0o444);
    t.regex((await run(args, { CREDENTIALS_DIRECTORY: work })).stderr, /mode 444: others may use it/);
  },
);

test.serial('revoke: neither the list nor the secrets know it, and of a pair it is refused', async (t) => {
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1', { pairs: [['lamp-1', 'lamp-2']] });
  const paired = await run(['revoke', 'gateway.json', 'lamp-2', ...seal]);
  t.is(paired.status, 1);
  t.regex(paired.stderr, /lamp-2 is of the pair lamp-1, lamp-2/);
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
  const wrong = await run(['revoke', 'gateway.json', 'lamp-2', '--passphrase-file', 'token']);
  t.is(wrong.status, 3);
  t.deepEqual(devices(), ['lamp-1', 'lamp-2'], 'with what does not open the secrets nothing is done');
  const ran = await run(['revoke', 'gateway.json', 'lamp-2', ...seal]);
  t.is(ran.status, 0, ran.stderr);
  t.deepEqual(devices(), ['lamp-1']);
  t.deepEqual(Object.keys(secretsLoad(at('gateway.secrets'), { keyFile: at('gateway.key') }).devices), [
    'lamp-1',
  ]);
});
