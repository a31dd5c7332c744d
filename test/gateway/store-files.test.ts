/** Files that the store opens are closed, and not read behind that. */
import fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Files } from '../../gateway/store/files.ts';
import { openStore } from '../../gateway/store/store.ts';
import { StoreError } from '../../gateway/store/trouble.ts';
import { bytesOf, folderOf } from './_store.ts';

test('a part that cannot be read leaves no file open', async (t) => {
  const folder = folderOf(t);
  openStore({ folder, quota: 1 << 20 }).close();
  fs.writeFileSync(join(folder, 'part', 'a'.repeat(64)), bytesOf(100, 1));
  const open = new Set<unknown>();
  const files: Files = {
    ...fs,
    openSync: (...args) => {
      const file = fs.openSync(...args);
      open.add(file);
      return file;
    },
    closeSync: (file) => {
      open.delete(file);
      fs.closeSync(file);
    },
    readSync: () => {
      throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
    },
  };
  const store = openStore({ folder, quota: 1 << 20, files });
  t.teardown(() => store.close());
  const error = await t.throwsAsync(store.part('a'.repeat(64)));
  t.true(error instanceof StoreError);
  t.is(open.size, 0);
});

test('a store that is closed while a part is looked through reads no file behind that', async (t) => {
  const folder = folderOf(t);
  openStore({ folder, quota: 1 << 24 }).close();
  fs.writeFileSync(join(folder, 'part', 'a'.repeat(64)), bytesOf(3 << 20, 1));
  let closed = false;
  let reads = 0;
  const readSync = (...args: unknown[]): number => {
    t.false(closed, 'reads of a file that is closed');
    reads++;
    return (fs.readSync as (...given: unknown[]) => number)(...args);
  };
  const files = { ...fs, readSync } as unknown as Files;
  const store = openStore({ folder, quota: 1 << 24, files });
  const part = store.part('a'.repeat(64));
  closed = true;
  store.close();
  const error = await t.throwsAsync(part);
  t.true(error instanceof StoreError);
  t.is(reads, 1);
});
