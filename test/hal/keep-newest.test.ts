import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keepNewest } from '../../hal/xs-riscv/build/keep-newest.ts';

/** Name, and second in which it was changed. */
const FILES: readonly (readonly [string, number])[] = [
  ['a1', 50],
  ['a2', 10],
  ['a3', 40],
  ['a4', 20],
  ['other', 1],
];

const CASES: readonly (readonly [number, readonly string[]])[] = [
  [0, ['other']],
  [2, ['a1', 'a3', 'other']],
  [4, ['a1', 'a2', 'a3', 'a4', 'other']],
  [9, ['a1', 'a2', 'a3', 'a4', 'other']],
];

for (const [most, left] of CASES) {
  test(`of four files in a cache, ${most} are kept, the newest, and others are left alone`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'flipside-cache-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    for (const [name, second] of FILES) {
      writeFileSync(join(folder, name), '');
      utimesSync(join(folder, name), second, second);
    }
    keepNewest(folder, /^a\d$/, most);
    t.deepEqual(readdirSync(folder).sort(), left);
  });
}
