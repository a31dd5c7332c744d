import { spawnSync } from 'node:child_process';
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
import { keyLoad, PublishError, signatureHolds } from '../../publisher/index.ts';
import { parametersCheck, treeSignatureLength } from '../../publisher/lms/parameters.ts';
import { hssGenerate } from '../../publisher/lms/signing-key.ts';
import { keyAdopt } from '../../publisher/lms/state.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hss-'));
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

test('kept nodes that are changed, short or gone are made anew', (t) => {
  const file = keyNew([5, 5]);
  const key = keyLoad(file);
  const first = key.sign(message);
  // Under one leaf of the upper tree there is one tree below, come what may.
  const above = first.length - treeSignatureLength(24, { height: 5, width: 2 });
  for (const tree of [`${file}.tree0`, `${file}.tree1`]) {
    const nodes = readFileSync(tree);
    const changed = (at: number): Buffer => nodes.map((byte, i) => (i === at ? byte ^ 1 : byte)) as Buffer;
    const [root, leaf, seal] = [24, nodes.length - 33, nodes.length - 1];
    for (const damage of [changed(root), changed(leaf), changed(seal), nodes.subarray(1), undefined]) {
      if (damage) writeFileSync(tree, damage);
      else rmSync(tree);
      const signature = key.sign(message);
      t.true(signatureHolds(key, message, signature));
      t.deepEqual(signature.subarray(0, above), first.subarray(0, above));
      t.deepEqual(readFileSync(tree), nodes);
    }
  }
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
