import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import { keyLoad, PublishError, signatureHolds } from '../../publisher/index.ts';
import { parametersCheck } from '../../publisher/lms/parameters.ts';
import { hssGenerate } from '../../publisher/lms/signing-key.ts';
import { keyAdopt, stateLoad } from '../../publisher/lms/state.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hss-'));
const child = join(import.meta.dirname, '_signer-child.js');
const message = Uint8Array.of(1, 2, 3);

let folders = 0;
/** A key in a folder of its own. */
const keyNew = (heights: number[] = [5], width = 2): string => {
  const file = join(work, String(folders++), 'release.lms.json');
  hssGenerate(
    file,
    parametersCheck(
      24,
      heights,
      heights.map(() => width),
    ),
  );
  return file;
};

const leafOf = (signature: Uint8Array): number =>
  new DataView(signature.buffer, signature.byteOffset).getUint32(4);
const signOnce = (file: string): number => leafOf(keyLoad(file).sign(message));
const refusal = (file: string): string => {
  try {
    signOnce(file);
  } catch (error) {
    if (error instanceof PublishError && error.remedy !== undefined) return error.message;
    throw error;
  }
  return 'it signed';
};

test('made, kept secret, read; each signature takes a leaf, and counts', (t) => {
  const file = keyNew();
  for (const one of [file, `${file}.mark`]) t.is(statSync(one).mode & 0o77, 0, one);
  const key = keyLoad(file);
  t.is(key.left!(), 32);
  for (let leaf = 0; leaf < 5; leaf++) {
    const signature = key.sign(message);
    t.is(leafOf(signature), leaf);
    t.true(signatureHolds(key, message, signature));
    t.false(signatureHolds(key, Uint8Array.of(1, 2), signature));
  }
  t.is(key.left!(), 27);
  t.is(statSync(file).mode & 0o77, 0);
  t.is(keyLoad(file).left!(), 27);
  t.false(existsSync(`${file}.lock`));
  t.throws(() => hssGenerate(file, parametersCheck(24, [5], [2])), { message: /exists already/ });
});

test('the last leaf signs; then there is no more', (t) => {
  const file = keyNew();
  keyAdopt(file, 31);
  t.is(signOnce(file), 31);
  t.is(keyLoad(file).left!(), 0);
  t.regex(refusal(file), /all 32 signatures of this key are made\. Sign with another anchor/);
  t.is(keyAdopt(file, 5).next, 32);
});

test('two levels: the tree below changes when it is used up', (t) => {
  const file = keyNew([5, 5]);
  const key = keyLoad(file);
  keyAdopt(file, 30);
  const tops: number[] = [];
  for (let i = 0; i < 4; i++) {
    const signature = key.sign(message);
    t.true(signatureHolds(key, message, signature));
    tops.push(leafOf(signature));
  }
  t.deepEqual(tops, [0, 0, 1, 1]);
  t.is(key.left!(), 1024 - 34);
});

test('kept nodes that are damaged, short or gone are made anew', (t) => {
  const file = keyNew();
  const key = keyLoad(file);
  const nodes = readFileSync(`${file}.tree0`);
  const wrong = nodes.map((byte, at) => (at > 16 ? byte ^ 1 : byte));
  for (const damage of [wrong, nodes.subarray(1), Buffer.alloc(0)]) {
    writeFileSync(`${file}.tree0`, damage);
    t.true(signatureHolds(key, message, key.sign(message)));
    t.deepEqual(readFileSync(`${file}.tree0`), nodes);
  }
  rmSync(`${file}.tree0`);
  t.true(signatureHolds(key, message, key.sign(message)));
});

test('by a link it is the same key', (t) => {
  const file = keyNew();
  const link = join(work, 'link.json');
  symlinkSync(file, link);
  t.deepEqual([signOnce(file), signOnce(link), signOnce(file)], [0, 1, 2]);
});

/** What may happen to a key file, after which it may sign no more; and what is said. */
const COPIES: readonly (readonly [string, (file: string) => string | undefined, RegExp])[] = [
  [
    'copied with its folder',
    (file) => {
      const other = join(work, `copy-${folders}`);
      cpSync(dirname(file), other, { recursive: true });
      return join(other, 'release.lms.json');
    },
    /this is a copy of .*release\.lms\.json/,
  ],
  [
    'copied beside itself',
    (file) => {
      copyFileSync(file, `${file}.2`);
      copyFileSync(`${file}.mark`, `${file}.2.mark`);
      return `${file}.2`;
    },
    /this is a copy of/,
  ],
  [
    'written over by its own copy',
    (file) => {
      copyFileSync(file, `${file}.old`);
      signOnce(file);
      signOnce(file);
      copyFileSync(`${file}.old`, file);
    },
    /this file is a copy/,
  ],
  [
    'replaced by its own copy, mark and all',
    (file) => {
      const old = `${dirname(file)}-old`;
      cpSync(dirname(file), old, { recursive: true });
      signOnce(file);
      rmSync(dirname(file), { recursive: true });
      renameSync(old, dirname(file));
    },
    /is a copy/,
  ],
  [
    'put back, the very file',
    (file) => {
      linkSync(file, `${file}.old`);
      signOnce(file);
      renameSync(`${file}.old`, file);
    },
    /an old state: it would sign with leaf 1, and 2 were given away/,
  ],
  ['without its mark', (file) => void rmSync(`${file}.mark`), /\.mark is not there/],
  [
    'with a copy of its mark',
    (file) => {
      copyFileSync(`${file}.mark`, `${file}.mark.2`);
      renameSync(`${file}.mark.2`, `${file}.mark`);
    },
    /\.mark is a copy/,
  ],
  [
    'on another machine',
    (file) =>
      void writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(/"machine": "\w+"/, '"machine": "0123456789abcdef"'),
      ),
    /made on another machine/,
  ],
  [
    'with its number changed by hand',
    (file) => void writeFileSync(file, readFileSync(file, 'utf8').replace('"next": 1', '"next": 0')),
    /changed by hand/,
  ],
];

for (const [what, happen, says] of COPIES)
  test(`${what}: it does not sign, and takes no leaf`, (t) => {
    const file = keyNew();
    signOnce(file);
    const other = happen(file) ?? file;
    const before = readFileSync(other, 'utf8');
    t.regex(refusal(other), says);
    t.is(readFileSync(other, 'utf8'), before);
    t.false(existsSync(`${other}.lock`));
  });

test('a moved key signs once it is adopted, without the leaves its owner skips', (t) => {
  const file = keyNew();
  signOnce(file);
  const moved = join(work, 'moved.lms.json');
  renameSync(file, moved);
  t.regex(refusal(moved), /keygen --adopt/);
  keyAdopt(moved, 10);
  t.deepEqual([signOnce(moved), signOnce(moved)], [11, 12]);
  // The mark is the higher of the two, and counts.
  truncateSync(`${moved}.mark`, 17 * 2);
  writeFileSync(`${moved}.mark`, '0000000000000020\n', { flag: 'a' });
  t.regex(refusal(moved), /an old state/);
  keyAdopt(moved, 0);
  t.is(signOnce(moved), 20);
});

test('a line of the mark that power cut short does not count', (t) => {
  const file = keyNew();
  signOnce(file);
  writeFileSync(`${file}.mark`, '00000000', { flag: 'a' });
  t.is(signOnce(file), 1);
  t.is(readFileSync(`${file}.mark`, 'utf8'), '0000000000000001\n0000000000000002\n');
});

test('a lock is respected while its process may live', (t) => {
  const file = keyNew();
  const lock = `${file}.lock`;
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  for (const holder of ['', '{}', JSON.stringify({ pid, space: 'another machine' })]) {
    writeFileSync(lock, holder);
    t.regex(refusal(file), /is signing with this key\. Wait for it\. If you are sure .* remove/, holder);
    t.is(readFileSync(lock, 'utf8'), holder);
  }
  rmSync(lock);
  t.is(signOnce(file), 0);
});

const ran = (file: string, ...more: string[]): { leaves: number[]; killed: boolean; said: string } => {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [child, file, ...more], {
    encoding: 'utf8',
  });
  if (signal === null && status !== 0) throw new Error(stderr);
  return { leaves: stdout.split('\n').filter(Boolean).map(Number), killed: signal !== null, said: stderr };
};

test('killed before and after each file operation of a signature, no leaf signs twice', (t) => {
  const file = keyNew([10]);
  const used: number[] = [];
  let kills = 0;
  let byHand = 0;
  let longest = 0;
  for (let operation = 1; operation < 80; operation++) {
    let ended = 0;
    for (const when of ['before', 'after']) {
      const { leaves, killed } = ran(file, '1', when, String(operation));
      used.push(...leaves);
      if (killed) kills++;
      else ended++;
      // What a person is told to do where a lock is left that nobody can judge.
      if (existsSync(`${file}.lock.takeover`)) {
        byHand++;
        for (const ending of ['.lock', '.lock.takeover']) rmSync(`${file}${ending}`, { force: true });
      }
      const { next } = stateLoad(file);
      t.true(
        used.every((leaf) => leaf < next),
        `${when} ${operation}: next is ${next}`,
      );
    }
    longest = operation;
    if (ended === 2) break;
  }
  used.push(...ran(file, '1').leaves);
  t.log(`${kills} kills, ${longest} operations, ${byHand} locks removed by hand, ${used.length} signatures`);
  t.true(kills > 30);
  t.is(new Set(used).size, used.length, used.join(' '));
});

test('killed at moments of chance, no leaf signs twice', async (t) => {
  const file = keyNew([10]);
  const next = random(11);
  const used: number[] = [];
  for (let round = 0; round < 25; round++) {
    const signer = spawn(process.execPath, [child, file, '1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    const ended = new Promise<void>((resolve) => signer.on('close', () => resolve()));
    signer.stdout.on('data', (data: Buffer) => {
      if (text === '') setTimeout(() => signer.kill('SIGKILL'), next() % 40);
      text += data.toString();
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
  const file = keyNew([5]);
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
