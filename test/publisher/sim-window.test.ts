import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Day, Moment } from '../../agent/index.ts';
import { keyParse, pack } from '../../publisher/index.ts';
import { windowParse, windowsParse } from '../../publisher/sim/window.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-window-'));

interface Ran {
  readonly status: number | null;
  readonly rows: Record<string, unknown>[];
  readonly error?: { readonly field: string | null };
}

const command = commandOf(FLIPSIDE, { cwd: work });
const run = (...args: string[]): Ran => {
  const { status, stdout } = command(...args, '--json');
  return { status, ...(JSON.parse(stdout) as Omit<Ran, 'status'>) };
};

const key = keyParse(seededPem(1), 'key');
writeFileSync(join(work, 'key.pem'), seededPem(1));
[1, 2].forEach((sequence) => {
  const image = sampleImage(9000 + sequence, sequence);
  writeFileSync(join(work, `image${sequence}.bin`), image);
  const fields = { image, vendor: 'example.com', classId: 'lamp', sequence, keys: [key] };
  writeFileSync(join(work, `update${sequence}.bundle`), pack(fields).bundle);
});

const NOON = ['--start', '2024-01-01T12:00:00Z'];
const identity = ['--anchor', 'key.pem', '--vendor', 'example.com', '--class', 'lamp'];
const firstFlash = ['--image', 'image1.bin', '--envelope', 'update1.bundle'];
const create = (name: string, ...more: string[]): Ran =>
  run('sim', 'create', name, '--board', 'tiny', ...identity, ...firstFlash, ...more);
const waitingRow = (board: string): Record<string, unknown> | undefined =>
  run('sim', 'status', board).rows.find(({ kind }) => kind === 'waiting');
const seconds = (text: string): number => Date.parse(text) / 1000;

test('a board with a window waits, says why and until when, and takes the update in it', (t) => {
  t.is(create('night', ...NOON, '--window', 'mon-fri 02:00-04:00 +60').status, 0);
  t.is(run('sim', 'boot', 'night').status, 0);
  t.like(waitingRow('night'), { waits: false, code: 0 });
  const refused = run('sim', 'offer', 'night', 'update2.bundle');
  t.is(refused.status, 1);
  const until = seconds('2024-01-02T01:00:00Z');
  t.like(refused.rows[0], { name: 'OutsideWindow', erases: 0, programs: 0, until, patienceWakes: 64 });
  t.like(waitingRow('night'), { waits: true, code: -170, at: 'receive', until, sequence: 2 });
  const { stdout } = command('sim', 'status', 'night');
  t.regex(stdout, /waiting +sequence 2, at receive: -170 OutsideWindow\nuntil +2024-01-02 01:00:00Z/);

  t.is(run('sim', 'sleep', 'night', '14h').status, 0);
  const taken = run('sim', 'offer', 'night', 'update2.bundle');
  t.is(taken.status, 0);
  t.is(taken.rows[0]?.['activated'], true);
  const trial = run('sim', 'boot', 'night');
  t.is(trial.rows.filter((row) => 'boot' in row).at(-1)?.['sequence'], 2);
  t.like(waitingRow('night'), { waits: false });
});

test('download now, activate later; and without a clock after so many wakes', (t) => {
  const window = ['--window', 'activate sun 03:00-04:00'];
  t.is(create('blind', '--clock', 'none', '--patience-wakes', '3', ...window).status, 0);
  for (let wakes = 0; wakes < 3; wakes++) {
    const staged = run('sim', 'offer', 'blind', 'update2.bundle');
    t.like(staged.rows[0], { code: 0, activateCode: -170, until: 0, patienceWakes: 3 - wakes });
    t.like(waitingRow('blind'), { at: 'activate', wakes, until: 0 });
  }
  t.is(run('sim', 'offer', 'blind', 'update2.bundle').status, 0);
});

const both = Moment.Receive + Moment.Activate;
// text, days, from, to, moments, zone
const windows: readonly (readonly [string, number, number, number, number, number])[] = [
  ['mon-fri 02:00-04:00 +60', 31, 120, 240, both, 60],
  ['daily 22:00-05:30', 127, 1320, 330, both, 0],
  ['Activate Sat,Sun 00:00-00:00 -300', Day.Saturday + Day.Sunday, 0, 0, Moment.Activate, -300],
  ['receive  sat-mon 23:59-00:01', Day.Saturday + Day.Sunday + Day.Monday, 1439, 1, Moment.Receive, 0],
  ['wed 01:02-03:04 +840', Day.Wednesday, 62, 184, both, 840],
];
for (const [text, days, from, to, moments, zone] of windows) {
  test(`window: ${text}`, (t) => {
    const found = windowParse(text);
    t.deepEqual(
      [found.window.days, found.window.from, found.window.to, found.window.moments ?? both, found.zone],
      [days, from, to, moments, zone],
    );
  });
}

for (const text of [
  '',
  'mon',
  'mon 2:00-4:00',
  'mon 02:00-24:00',
  'mon 02:60-03:00',
  'mo 02:00-03:00',
  'mon-xyz 02:00-03:00',
  'mon 02:00-03:00 60',
  'mon 02:00-03:00 +841',
  'confirm mon 02:00-03:00',
]) {
  test(`no window: ${text}`, (t) => {
    t.throws(() => windowParse(text), { message: /is not a maintenance window/ });
  });
}

test('windows of two zones, and a patience that is none, are refused when the board is made', (t) => {
  t.throws(() => windowsParse(['mon 02:00-03:00', 'tue 02:00-03:00 +60']), { message: /another zone/ });
  const none = create('none', '--window', 'mon 02:00-03:00', '--patience-wakes', '0');
  t.is(none.status, 2);
  t.is(none.error?.field, '--patience');
  t.is(run('sim', 'sleep', 'night', 'long').status, 2);
});
