/** HSS/LMS signers that are killed, or are several: no leaf may sign twice. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import { parametersCheck } from '../../publisher/lms/parameters.ts';
import { hssGenerate } from '../../publisher/lms/signing-key.ts';
import { stateLoad } from '../../publisher/lms/state.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hss-kills-'));
const child = join(import.meta.dirname, '_signer-child.js');

let folders = 0;
const keyNew = (height: number): string => {
  const file = join(work, String(folders++), 'release.lms.json');
  hssGenerate(file, parametersCheck(24, [height], [2]));
  return file;
};

const ran = (file: string, ...more: string[]): { leaves: number[]; killed: boolean; said: string } => {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [child, file, ...more], {
    encoding: 'utf8',
  });
  if (signal === null && status !== 0) throw new Error(stderr);
  return { leaves: stdout.split('\n').filter(Boolean).map(Number), killed: signal !== null, said: stderr };
};

test('killed after each file operation of a signature, no leaf signs twice', (t) => {
  const file = keyNew(10);
  const used: number[] = [];
  let byHand = 0;
  let kills = 0;
  for (let alive = true; alive && kills < 100;) {
    const { leaves, killed } = ran(file, '1', String(kills + 1));
    used.push(...leaves);
    alive = killed;
    if (killed) kills++;
    // What a person is told to do where a lock is left that nobody can judge.
    if (existsSync(`${file}.lock.takeover`)) {
      byHand++;
      for (const ending of ['.lock', '.lock.takeover']) rmSync(`${file}${ending}`, { force: true });
    }
    const { next } = stateLoad(file);
    t.true(
      used.every((leaf) => leaf < next),
      `${kills} kills: next is ${next}`,
    );
  }
  for (let more = 0; more < 3; more++) used.push(...ran(file, '1').leaves);
  t.log(`${kills} kills, ${byHand} locks removed by hand, leaves ${used.join(' ')}`);
  t.true(kills > 15 && kills < 100);
  t.is(new Set(used).size, used.length, used.join(' '));
});

test('killed at moments of chance, no leaf signs twice', async (t) => {
  const file = keyNew(10);
  const next = random(11);
  const used: number[] = [];
  for (let round = 0; round < 25; round++) {
    const signer = spawn(process.execPath, [child, file, '1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    // Into the second signature or the third, wherever the machine's pace has it.
    const [lines, wait] = [1 + (next() % 2), next() % 40];
    let [text, dying] = ['', false];
    const ended = new Promise<void>((resolve) => signer.on('close', () => resolve()));
    signer.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (dying || text.split('\n').length <= lines) return;
      dying = true;
      setTimeout(() => signer.kill('SIGKILL'), wait);
    });
    await ended;
    used.push(...text.split('\n').filter(Boolean).map(Number));
    rmSync(`${file}.lock.takeover`, { force: true });
  }
  t.log(`${used.length} signatures in 25 lives`);
  t.true(used.length > 25);
  t.is(new Set(used).size, used.length, used.join(' '));
  t.true(stateLoad(file).next > Math.max(...used));
});

test('four signers at once: each leaf signs once', async (t) => {
  const file = keyNew(5);
  const used: number[] = [];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const signer = spawn(process.execPath, [child, file, '8'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      signer.stdout.on('data', (data: Buffer) => (text += data.toString()));
      const code = await new Promise((resolve) => signer.on('close', resolve));
      t.is(code, 0);
      used.push(...text.split('\n').filter(Boolean).map(Number));
    }),
  );
  t.deepEqual(
    [...used].sort((a, b) => a - b),
    Array.from({ length: 32 }, (_, i) => i),
  );
});
