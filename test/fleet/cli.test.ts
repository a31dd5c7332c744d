/** `flipside fleet` as a user runs it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { deviceToken } from '../../bootloader-sim/fleet/index.ts';
import { anchorText } from '../../publisher/index.ts';
import { membersOf } from '../../publisher/fleet/members.ts';
import { isOver } from '../../publisher/fleet/watch.ts';
import type { GroupWatched } from '../../publisher/fleet/watch.ts';
import { owner } from '../gateway/_world.ts';
import { factory, folderOf } from './_scene.ts';

const cli = join(import.meta.dirname, '../../publisher/cli.js');
const work = mkdtempSync(join(tmpdir(), 'flipside-fleet-cli-'));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Beside a server in this process: not waited for in one go. */
const run = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [cli, 'fleet', ...args], { cwd: work, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });

const FIRST = [
  '--image',
  'one.bin',
  '--envelope',
  'one.suit',
  '--anchor',
  'owner.anchor.json',
  '--board',
  'tiny',
];
const QUICK = ['--speed', '600', '--quiet', '2s'];

test.before(() => {
  writeFileSync(join(work, 'one.bin'), factory.image);
  writeFileSync(join(work, 'one.suit'), factory.envelope);
  writeFileSync(join(work, 'owner.anchor.json'), anchorText(owner));
});

interface Found {
  readonly row: string;
  readonly [name: string]: unknown;
}

test('--json: the fleet, its groups, the reasons and each device; exit 0 when all ended as they should', async (t) => {
  const { origin } = await folderOf(t);
  const server = ['--server', `${origin}/lamps/`];
  const groups = ['--groups', 'a:4,b:4', '--fail', '25%:fails-check', '--link', 'wifi', '--link', 'lte-m'];
  const { status, stdout, stderr } = await run(...FIRST, ...QUICK, ...server, ...groups, '--json');
  t.is(status, 0, stdout + stderr);
  const { rows } = JSON.parse(stdout) as { rows: Found[] };
  const [fleet] = rows;
  t.like(fleet, { row: 'fleet', devices: 8, new: 6, wentBack: 2, broken: 0, right: 8, settled: true });
  t.true(Number(fleet!['megabytesPerDevice']) > 0, stdout);
  t.deepEqual(
    rows.filter(({ row }) => row === 'group').map(({ group }) => group),
    ['a', 'b'],
  );
  const [reason, ...others] = rows.filter(({ row }) => row === 'reason');
  t.is(others.length, 0);
  t.like(reason, { devices: 2, ended: 'went back', planned: 'failsCheck' });
  t.regex(String(reason!['reason']), /^-112 CheckFailed \(check "starts"\)/);
  const devices = rows.filter(({ row }) => row === 'device');
  t.is(devices.length, 8);
  t.deepEqual(new Set(devices.map(({ link }) => link)), new Set(['wifi', 'lte-m']));
});

test('no server: exit 1, as none was offered anything, and the reason says what was wrong with the way', async (t) => {
  const { status, stdout } = await run(
    ...FIRST,
    ...QUICK,
    '--devices',
    '2',
    '--server',
    'http://127.0.0.1:9/',
  );
  t.is(status, 1);
  t.regex(stdout, /2 +waits +well +-193 SourceLost/);
  t.regex(stdout, /verdict +0 of 2 as they should; none was offered anything/);
});

test('--write-inventory: the list of a gateway, with public keys of the seed and the class', async (t) => {
  const { status } = await run(
    '--groups',
    'a:2',
    '--envelope',
    'one.suit',
    '--write-inventory',
    'devices.json',
  );
  t.is(status, 0);
  const text = readFileSync(join(work, 'devices.json'), 'utf8');
  const { devices } = JSON.parse(text) as { devices: { id: string; classId: string; reportKey: object }[] };
  t.deepEqual(
    devices.map(({ id }) => id),
    ['a-1', 'a-2'],
  );
  for (const { classId, reportKey } of devices) {
    t.regex(classId, /^[0-9a-f-]{36}$/);
    t.like(reportKey, { type: 'report key', algorithm: 'ed25519' });
  }
  writeFileSync(
    join(work, 'gateway.json'),
    JSON.stringify({
      version: 1,
      folder: 'state',
      anchors: ['owner.anchor.json'],
      upstream: { kind: 'folder', urls: ['http://127.0.0.1:9/'] },
      coap: { port: 0, insecure: true },
    }),
  );
  const behind = [...FIRST, '--gateway', 'gateway.json', '--server', 'coap://127.0.0.1:9'];
  const other = await run(...behind, '--seed', '2');
  t.is(other.status, 1);
  t.regex(other.stderr, /devices\.json: --gateway: has no device of this seed\. Write the list anew/);
  const more = await run(...behind, '--devices', '3');
  t.regex(more.stderr, /does not have device-1 with its key/);
});

const server = ['--server', 'http://127.0.0.1:9/'];
const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no devices', [...FIRST, ...server], /--devices: is missing/],
  ['no server', [...FIRST, '--devices', '2'], /--server: is missing/],
  ['a server that may be anything', [...FIRST, '--devices', '2', '--server', 'http://a/b'], /--kind/],
  [
    'an unknown link',
    [...FIRST, ...server, '--devices', '2', '--link', 'string'],
    /--link: string is not known/,
  ],
  ['more than all', [...FIRST, ...server, '--devices', '2', '--fail', '101%'], /--fail: "101%" cannot be/],
  [
    'an unknown way',
    [...FIRST, ...server, '--devices', '2', '--fail', '1%:sulks'],
    /--fail: "1%:sulks" cannot be/,
  ],
  ['time that stands still', [...FIRST, ...server, '--devices', '2', '--speed', '0'], /--speed: 0 cannot be/],
  ['no image', ['--devices', '2', ...server, '--anchor', 'owner.anchor.json'], /--image: is missing/],
];

for (const [what, args, words] of WRONG)
  test(`said at once: ${what}`, async (t) => {
    const { status, stderr } = await run(...args);
    t.is(status, 2, stderr);
    t.regex(stderr, words);
  });

test('--write-inventory --kind hawkbit: targets, with tokens of the seed', async (t) => {
  const { status } = await run('--groups', 'h:2', '--kind', 'hawkbit', '--write-inventory', 'targets.json');
  t.is(status, 0);
  const targets = JSON.parse(readFileSync(join(work, 'targets.json'), 'utf8')) as object[];
  t.is(targets.length, 2);
  t.like(targets[1], { controllerId: 'h-2', securityToken: deviceToken(1, 'h-2') });
});

test('groups: counts, and one that takes the rest', (t) => {
  const sizes = (devices: number | undefined, groups: string | undefined): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const { group } of membersOf(devices, groups)) found[group] = (found[group] ?? 0) + 1;
    return found;
  };
  t.deepEqual(sizes(3, undefined), { device: 3 });
  t.deepEqual(sizes(undefined, 'a:2,b:3'), { a: 2, b: 3 });
  t.deepEqual(sizes(10, 'a:2,b'), { a: 2, b: 8 });
  for (const [devices, groups] of [
    [5, 'a:2,b:2'],
    [3, 'a:2,b:2'],
    [5, 'a,b'],
    [5, 'a:1,a'],
    [0, undefined],
    [10_001, undefined],
    [5, 'a b'],
    [5, 'a:x'],
  ] as const)
    t.throws(() => membersOf(devices, groups), { name: 'PublishError' }, `${devices} ${groups}`);
});

test('a rollout is over when nobody who waits will be let', (t) => {
  const group = (name: string, phase: GroupWatched['phase'], ...after: string[]): GroupWatched => ({
    name,
    phase,
    after,
    devices: 1,
    failureLine: 1,
  });
  for (const [groups, over] of [
    [[], false],
    [[group('a', 'running')], false],
    [[group('a', 'done')], false],
    [[group('a', 'stopped')], true],
    [[group('a', 'stopped'), group('b', 'running')], false],
    [[group('a', 'stopped'), group('b', 'waiting', 'a'), group('c', 'idle', 'b')], true],
    [[group('c', 'waiting', 'b'), group('b', 'waiting', 'a'), group('a', 'ended')], true],
    [[group('a', 'done'), group('b', 'stopped', 'a')], true],
  ] as const)
    t.is(isOver(groups), over, JSON.stringify(groups));
});
