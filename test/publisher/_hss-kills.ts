/** HSS/LMS signers that are killed: no leaf may sign twice. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { random } from '../../hal/node/faults.ts';
import { parametersCheck } from '../../publisher/lms/parameters.ts';
import { hssGenerate } from '../../publisher/lms/signing-key.ts';
import { stateLoad } from '../../publisher/lms/state.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hss-kills-'));
export const child: string = join(import.meta.dirname, '_signer-child.js');

let folders = 0;
export const keyNew = (height: number): string => {
  const file = join(work, String(folders++), 'release.lms.json');
  hssGenerate(file, parametersCheck(24, [height], [2]));
  return file;
};

const ran = (file: string, ...more: string[]): { leaves: number[]; killed: boolean } => {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [child, file, ...more], {
    encoding: 'utf8',
  });
  if (signal === null && status !== 0) throw new Error(stderr);
  return { leaves: stdout.split('\n').filter(Boolean).map(Number), killed: signal !== null };
};

const OPERATIONS_MOST = 100;

/** Killed after the first file operation of a signature, and after every so manyth behind it. */
export const killedAtEach = (t: ExecutionContext, every: number): void => {
  const file = keyNew(10);
  const used: number[] = [];
  let [byHand, kills, operation] = [0, 0, 1];
  for (let alive = true; alive && operation < OPERATIONS_MOST; operation += every) {
    const { leaves, killed } = ran(file, '1', String(operation));
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
      `killed after operation ${operation}: next is ${next}`,
    );
  }
  for (let more = 0; more < 3; more++) used.push(...ran(file, '1').leaves);
  t.log(`${kills} kills, ${byHand} locks removed by hand, leaves ${used.join(' ')}`);
  t.true(kills > 15 / every && operation < OPERATIONS_MOST);
  t.is(new Set(used).size, used.length, used.join(' '));
};

export const killedByChance = async (t: ExecutionContext, lives: number): Promise<void> => {
  const file = keyNew(10);
  const next = random(11);
  const used: number[] = [];
  for (let life = 0; life < lives; life++) {
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
  t.log(`${used.length} signatures in ${lives} lives`);
  t.true(used.length > lives);
  t.is(new Set(used).size, used.length, used.join(' '));
  t.true(stateLoad(file).next > Math.max(...used));
};
