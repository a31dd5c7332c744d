/** The command as a user runs it. */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { secretsLoad } from '../../gateway/config/secrets.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { seededPem } from '../publisher/_keys.ts';
import { configText } from './_config.ts';
import { ask, CBOR, checkInBytes } from './_http-down.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
const at = (name: string): string => join(work, name);
const env = { ...process.env, NO_COLOR: '1' };
const LAMP = Buffer.from('lamp-1').toString('hex');
const seal = ['--key-file', 'gateway.key'];

const run = commandOf(FLIPSIDE, { cwd: work });

const configWrite = (url: string, more: object = {}): void =>
  writeFileSync(at('gateway.json'), configText(url, more));

test.before(() => {
  writeFileSync(at('owner.pem'), seededPem(1));
  writeFileSync(at('token'), 'secret\n');
  writeFileSync(at('bad-token'), 'two words\n');
  const store = ['--key-file', 'lamp.key', '--algorithm', 'hmac-256'];
  for (const name of ['lamp-1', 'lamp-2'])
    run('identity', 'create', '--out', name, '--device', LAMP, ...store);
});

test.serial(
  'enrol, token, run: the server sees the device; what is on the disk tells no secret',
  async (t) => {
    const server = await fakeDdi();
    t.teardown(() => server.close());
    const pem = (name: string): string => resolve(`test/http/certificates/${name}.pem`);
    const http = { port: 0, cert: pem('server'), key: pem('server.key') };
    configWrite(server.url.replace(/\/[^/]*$/, ''), { http });
    const key = ['--report-key', 'lamp-1.report-key.json'];
    const enrolled = run('gateway', 'enrol', 'gateway.json', 'lamp-1', ...key, ...seal, '--json');
    t.is(enrolled.status, 0, enrolled.stderr);
    const [row] = (JSON.parse(enrolled.stdout) as { rows: Record<string, unknown>[] }).rows;
    const { token, ...rest } = row!;
    t.deepEqual(rest, {
      device: 'lamp-1',
      group: 'test-nodes',
      algorithm: 'hmac-256',
      oscore: null,
      devices: 1,
    });
    t.regex(String(token), /^[\w-]{43}$/);
    const sealed = secretsLoad(at('gateway.secrets'), { keyFile: at('gateway.key') }).devices['lamp-1']!;
    t.is(sealed.tokenHash, createHash('sha256').update(String(token)).digest('hex'));
    t.false(JSON.stringify(sealed).includes(String(token)));
    const kind = ['--vendor', 'example.com', '--class', 'lamp'];
    const renew = [...key, ...kind, '--replace', ...seal, '--json'];
    const renewed = run('gateway', 'enrol', 'gateway.json', 'lamp-1', ...renew);
    t.is(renewed.status, 0, renewed.stderr);
    const [{ token: fresh }] = (JSON.parse(renewed.stdout) as { rows: [{ token: string }] }).rows;
    t.regex(readFileSync(at('devices.json'), 'utf8'), /"classId": "[0-9a-f-]{36}"/);
    const again = run('gateway', 'enrol', 'gateway.json', 'lamp-1', ...key, ...seal);
    t.is(again.status, 1);
    t.regex(again.stderr, /lamp-1: is enrolled already\. Give --replace/);
    const untold = run('gateway', 'run', 'gateway.json', ...seal);
    t.is(untold.status, 3);
    t.regex(untold.stderr, /upstream token: is missing\. Seal hawkBit's gateway token first/);
    t.is(run('gateway', 'token', 'gateway.json', '--token-file', 'token', ...seal).status, 0);

    const child = spawn(process.execPath, [FLIPSIDE, 'gateway', 'run', 'gateway.json', ...seal], {
      cwd: work,
      env,
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    for (const end = Date.now() + 90_000; !server.told.some(({ path }) => path === '/configData');) {
      if (Date.now() > end || child.exitCode !== null)
        throw new Error(`it says nothing of the device: ${said}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    t.regex(said, /warning: CoAP in the open/);
    t.regex(
      said,
      /coap:\/\/127\.0\.0\.1:\d+\/ {3}https:\/\/127\.0\.0\.1:\d+\/ {3}http:\/\/127\.0\.0\.1:\d+\S* {3}1 devices/,
    );
    // The token that was shown last opens the device, and the one before it does not.
    const root = /https:\S+/.exec(said)![0];
    const post = async (shown: unknown): Promise<number> => {
      const headers = { ...CBOR, authorization: `TargetToken ${String(shown)}` };
      return (await ask(`${root}c/lamp-1`, 'POST', headers, checkInBytes())).status;
    };
    t.deepEqual([await post(fresh), await post(token), await post('')], [200, 401, 401]);
    const second = run('gateway', 'run', 'gateway.json', ...seal);
    t.is(second.status, 3, second.stderr);
    t.regex(second.stderr, /state\/inventory: inventory: is in use\. Another gateway runs on this folder/);
    child.kill('SIGTERM');
    t.is(await ended, 0, said);
    const secrets = readFileSync(at('gateway.secrets'));
    t.false(secrets.includes('secret'));
    const { key: secret } = JSON.parse(readFileSync(at('lamp-1.report-key.json'), 'utf8')) as { key: string };
    t.false(readFileSync(at('devices.json'), 'utf8').includes(secret));
    t.false(secrets.includes(secret));
  },
);

const refused: readonly (readonly [name: string, args: string[], status: number, words: RegExp])[] = [
  ['no configuration', ['run', 'none.json', ...seal], 3, /none\.json: CONFIG: there is no such file/],
  ['nothing to open the secrets', ['run', 'gateway.json'], 2, /a store is opened by one of the two/],
  ['an id that is none', ['enrol', 'gateway.json', 'a/b', ...seal], 2, /DEVICE: "a\/b" is no id/],
  ['an id that is a path', ['enrol', 'gateway.json', '..', ...seal], 2, /DEVICE: "\.\." is no id/],
  ['no report key', ['enrol', 'gateway.json', 'b', ...seal], 2, /--report-key: is missing/],
  [
    'a group that is not in the plan',
    ['enrol', 'gateway.json', 'b', '--report-key', 'lamp-2.report-key.json', '--group', 'attic', ...seal],
    1,
    /attic.*is not in the plan/,
  ],
  [
    'a token of a device that is too short',
    'enrol gateway.json b --report-key lamp-2.report-key.json --token-file token'.split(' ').concat(seal),
    1,
    /token: --token-file: is no token\. Write the token alone into its first line: 16 to 512/,
  ],
  [
    'a token of a device that is to have none',
    'enrol gateway.json b --report-key lamp-2.report-key.json --token-file token --no-token'
      .split(' ')
      .concat(seal),
    2,
    /--no-token: there is a file of it\. Give one of --token-file and --no-token/,
  ],
  ['a token of two words', ['token', 'gateway.json', '--token-file', 'bad-token', ...seal], 1, /is no token/],
  [
    'a key file that is not there, of secrets that are',
    ['token', 'gateway.json', '--token-file', 'token', '--key-file', 'other.key'],
    3,
    /other\.key: --key-file: there is no such file/,
  ],
];

for (const [name, args, status, words] of refused) {
  test.serial(`refused: ${name}`, (t) => {
    configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
    const ran = run('gateway', ...args);
    t.is(ran.status, status, ran.stderr);
    t.regex(ran.stderr, words);
    t.false(existsSync(at('other.key')));
  });
}

test.serial('a device that is to have no token has none, also where it had one', (t) => {
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
  const known = ['lamp-1', '--report-key', 'lamp-1.report-key.json', '--replace', '--json'];
  const enrol = (...more: string[]): string =>
    run('gateway', 'enrol', 'gateway.json', ...known, ...more, ...seal).stdout;
  const hash = (): string | undefined =>
    secretsLoad(at('gateway.secrets'), { keyFile: at('gateway.key') }).devices['lamp-1']?.tokenHash;
  t.regex(enrol(), /"token": ?"[\w-]{43}"/);
  t.is(hash()?.length, 64);
  t.regex(enrol('--no-token'), /"token": ?null/);
  t.is(hash(), undefined);
});

test.serial('two devices with one token are refused', (t) => {
  configWrite('http://127.0.0.1:1/DEFAULT/controller/v1');
  writeFileSync(at('shared-token'), 'sixteen-or-more-of-it\n');
  const shared = ['--replace', '--token-file', 'shared-token', ...seal];
  const enrol = (name: string): ReturnType<typeof run> =>
    run('gateway', 'enrol', 'gateway.json', name, '--report-key', `${name}.report-key.json`, ...shared);
  t.is(enrol('lamp-1').status, 0);
  const second = enrol('lamp-2');
  t.is(second.status, 1);
  t.regex(second.stderr, /--token-file: is the token of lamp-1\. Give each device a token of its own/);
  t.is(enrol('lamp-1').status, 0, 'its own it may keep');
});
