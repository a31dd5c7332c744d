/** The store: what is in it is right or not there, whatever disk, quota and power do. */
import fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openStore } from '../../gateway/store/store.ts';
import type { Store, StoreOptions } from '../../gateway/store/store.ts';
import { READING } from '../../gateway/store/shelf.ts';
import { StoreError } from '../../gateway/store/trouble.ts';
import { random } from '../../hal/node/faults.ts';
import { sameBytes } from '../_bytes.ts';
import { bytesOf, folderOf, sha256, watched } from './_store.ts';
import { afterwards, life, NEW, powerCuts, prepared, QUOTA, readAll } from './_store-cuts.ts';

/** A clock that goes when it is told to. */
const clock = (): { now: () => number; pass: (milliseconds: number) => void } => {
  let time = 1_800_000_000_000;
  return { now: () => time, pass: (milliseconds) => (time += milliseconds) };
};

const opened = (t: ExecutionContext, more: Partial<StoreOptions> = {}): Store => {
  const store = openStore({ folder: more.folder ?? folderOf(t), quota: QUOTA, ...more });
  t.teardown(() => store.close());
  return store;
};

test('what is put is found, read at any offset, and there after a restart', async (t) => {
  const folder = folderOf(t);
  const bytes = bytesOf(5000, 1);
  const digest = sha256(bytes);
  const first = opened(t, { folder });
  t.deepEqual(await first.put(bytes), { digest, size: 5000 });
  first.close();
  const store = opened(t, { folder });
  t.deepEqual(store.find(digest), { digest, size: 5000 });
  t.deepEqual(store.findNamed(digest.slice(0, 32)), { digest, size: 5000 });
  t.is(store.findNamed('..'), undefined);
  sameBytes(t, readAll(store, digest), bytes);
  const into = new Uint8Array(100);
  t.is(store.read(digest, 4950, into), 50);
  t.deepEqual(into.subarray(0, 50), bytes.subarray(4950));
  for (const [offset, expected] of [
    [5000, 0],
    [9999, 0],
    [-1, -1],
    [NaN, -1],
    [0.5, -1],
  ] as const)
    t.is(store.read(digest, offset, into), expected, String(offset));
  t.is(store.read(sha256(into), 0, into), -1);
  t.deepEqual(store.usage(), { bytes: 5000, quota: QUOTA, artefacts: 1 });
});

test('only its owner may look into it, also where the folder was open before', async (t) => {
  const folder = folderOf(t);
  fs.chmodSync(folder, 0o755);
  const store = opened(t, { folder });
  const { digest } = await store.put(bytesOf(10, 1));
  const part = await store.part(sha256(bytesOf(3, 3)));
  part.append(bytesOf(3, 3));
  part.close();
  const mode = (path: string): number => fs.statSync(join(folder, path)).mode & 0o777;
  for (const path of ['.', 'whole', 'part']) t.is(mode(path), 0o700, path);
  for (const path of [`whole/${digest}`, `part/${fs.readdirSync(join(folder, 'part'))[0]}`])
    t.is(mode(path), 0o600, path);
});

const DAMAGE: readonly (readonly [string, (file: string) => void])[] = [
  ['a bit', (file) => void flip(file, 2500)],
  ['its last bit', (file) => void flip(file, 4999)],
  ['cut short', (file) => fs.truncateSync(file, 4096)],
  ['empty', (file) => fs.truncateSync(file, 0)],
  ['longer', (file) => fs.appendFileSync(file, 'x')],
  ['gone', (file) => fs.rmSync(file)],
];
const flip = (file: string, at: number): void => {
  const bytes = fs.readFileSync(file);
  bytes[at]! ^= 1;
  fs.writeFileSync(file, bytes);
};

for (const [name, damage] of DAMAGE)
  for (const when of ['before open', 'while it is open'])
    test(`${name}, ${when}: never served, and counted as missing`, async (t) => {
      const folder = folderOf(t);
      const bytes = bytesOf(5000, 2);
      const digest = sha256(bytes);
      let store = opened(t, { folder });
      await store.put(bytes);
      sameBytes(t, readAll(store, digest), bytes);
      if (when === 'before open') store.close();
      damage(join(folder, 'whole', digest));
      if (when === 'before open') store = opened(t, { folder });
      t.is(store.read(digest, 0, new Uint8Array(10)), -1);
      t.is(store.find(digest), undefined);
      t.is(store.look(digest), undefined);
      t.deepEqual(store.usage(), { bytes: 0, quota: QUOTA, artefacts: 0 });
      t.false(fs.existsSync(join(folder, 'whole', digest)));
      await store.put(bytes);
      sameBytes(t, readAll(store, digest), bytes, 'it is taken again');
    });

test('a scrub finds what nobody reads', async (t) => {
  const folder = folderOf(t);
  const store = opened(t, { folder });
  const digests = [];
  for (let seed = 0; seed < 5; seed++) digests.push((await store.put(bytesOf(4000, seed))).digest);
  flip(join(folder, 'whole', digests[3]!), 17);
  t.is(await store.scrub(), 1);
  t.deepEqual(
    digests.map((digest) => store.look(digest) !== undefined),
    [true, true, true, false, true],
  );
});

test('a part goes on where it was, in another process too', async (t) => {
  const folder = folderOf(t);
  const bytes = bytesOf(3_000_000, 5);
  const key = sha256(bytesOf(1, 1));
  const first = opened(t, { folder, quota: 1 << 23 });
  const part = await first.part(key);
  part.append(bytes.subarray(0, 2_500_000));
  await t.throwsAsync(first.part(key), { message: /open already/ });
  first.close();
  const store = opened(t, { folder, quota: 1 << 23 });
  const again = await store.part(key);
  t.is(again.length, 2_500_000);
  again.append(bytes.subarray(2_500_000));
  t.is(again.digest, sha256(bytes));
  sameBytes(t, again.content(), bytes);
  t.is(store.find(sha256(bytes)), undefined, 'not before it is kept');
  t.deepEqual(again.keep(), { digest: sha256(bytes), size: bytes.length });
  sameBytes(t, readAll(store, sha256(bytes), 1 << 16), bytes);
  t.deepEqual(fs.readdirSync(join(folder, 'part')), []);
});

test('at open a part that nobody went on with for a month is removed, and what is not ours stays', async (t) => {
  const folder = folderOf(t);
  const time = clock();
  const store = opened(t, { folder, now: time.now });
  const keys = [sha256(bytesOf(1, 1)), sha256(bytesOf(1, 2))] as const;
  for (const [at, key] of keys.entries()) {
    const part = await store.part(key);
    part.append(bytesOf(100, at));
    part.close();
    const age = time.now() / 1000 - at * 40 * 86400;
    fs.utimesSync(join(folder, 'part', key), age, age);
  }
  fs.writeFileSync(join(folder, 'part', 'README'), 'x');
  store.close();
  t.is(opened(t, { folder, now: time.now }).usage().bytes, 100);
  t.deepEqual(fs.readdirSync(join(folder, 'part')).sort(), [keys[0], 'README'].sort());
});

test('what was used last goes last, and that outlives a restart; pinned and held stay', async (t) => {
  const folder = folderOf(t);
  const time = clock();
  let store = opened(t, { folder, quota: 40_000, now: time.now });
  const digests: string[] = [];
  for (let seed = 0; seed < 4; seed++) {
    digests.push((await store.put(bytesOf(10_000, seed))).digest);
    time.pass(2 * READING);
  }
  // Used in this order: 1 3 0 2.
  for (const one of [1, 3, 0, 2]) {
    t.is(store.read(digests[one]!, 0, new Uint8Array(1)), 1);
    time.pass(2 * READING);
  }
  store.close();
  store = opened(t, { folder, quota: 40_000, now: time.now });
  const left = (): number[] =>
    digests.flatMap((digest, at) => (store.look(digest) === undefined ? [] : [at]));
  store.pin(new Set([digests[3]!]));
  await store.put(bytesOf(10_000, 10));
  t.deepEqual(left(), [0, 2, 3], '1 went');
  const release = store.hold(digests[0]!);
  await store.put(bytesOf(10_000, 11));
  t.deepEqual(left(), [0, 3], '3 is pinned, 0 is held, 2 went');
  const full = await t.throwsAsync(store.put(bytesOf(10_000, 12)), { instanceOf: StoreError });
  t.regex(
    full.message,
    /no room for 10000 bytes: 40000 of 40000 are taken by what is in use; raise the quota/,
  );
  t.is(full.kind, 'quota');
  t.deepEqual(left(), [0, 3]);
  release();
  release();
  await store.put(bytesOf(10_000, 12));
  t.deepEqual(left(), [3]);
  t.is((await t.throwsAsync(store.put(bytesOf(40_001, 13)), { instanceOf: StoreError })).kind, 'quota');
  t.deepEqual(left(), [3], 'for what can never fit, nothing goes');
  t.true(store.usage().bytes <= 40_000);
});

test('readers in the middle of an eviction get the right bytes, or none', async (t) => {
  const time = clock();
  const store = opened(t, { quota: 50_000, now: time.now });
  const next = random(3);
  const all = Array.from({ length: 12 }, (_, seed) => bytesOf(9000, seed));
  let served = 0;
  let missing = 0;
  let evicted = 0;
  for (let step = 0; step < 3000; step++) {
    const bytes = all[next() % all.length]!;
    const digest = sha256(bytes);
    time.pass(next() % 30_000);
    if (next() % 8 === 0) {
      const before = store.usage().artefacts;
      await store.put(bytes).catch((error: unknown) => {
        if (!(error instanceof StoreError && error.kind === 'quota')) throw error;
      });
      if (store.usage().artefacts <= before) evicted++;
    }
    const offset = next() % 9000;
    const into = new Uint8Array(500);
    const count = store.read(digest, offset, into);
    if (count < 0) {
      missing++;
      continue;
    }
    served++;
    t.true(Buffer.from(into.subarray(0, count)).equals(bytes.subarray(offset, offset + 500)), `step ${step}`);
    t.true(store.usage().bytes <= 50_000);
  }
  t.true(served > 500 && missing > 100 && evicted > 50, `${served} ${missing} ${evicted}`);
});

test('what a device reads does not go while it reads', async (t) => {
  const time = clock();
  const store = opened(t, { quota: 20_000, now: time.now });
  const bytes = bytesOf(10_000, 1);
  const { digest } = await store.put(bytes);
  time.pass(2 * READING);
  store.read(digest, 0, new Uint8Array(10));
  time.pass(READING / 2);
  await t.throwsAsync(store.put(bytesOf(15_000, 2)), { message: /no room/ });
  sameBytes(t, readAll(store, digest), bytes);
  time.pass(2 * READING);
  await store.put(bytesOf(15_000, 2));
  t.is(store.read(digest, 0, new Uint8Array(10)), -1);
});

test('a lower quota is kept to at open', async (t) => {
  const folder = folderOf(t);
  const first = opened(t, { folder });
  for (let seed = 0; seed < 10; seed++) await first.put(bytesOf(1000, seed));
  first.close();
  const { bytes } = opened(t, { folder, quota: 3500 }).usage();
  t.is(bytes, 3000);
});

test('power off before each operation, and what was not flushed is lost', (t) => powerCuts(t, 1));

test('what could not be flushed is not believed, though it reads right: nobody knows what is on the disk', async (t) => {
  const folder = folderOf(t);
  const disk = watched((_, name) => {
    if (name === 'fsyncSync') throw Object.assign(new Error('EIO: fsync'), { code: 'EIO' });
  });
  const store = opened(t, { folder, files: disk.files });
  await t.throwsAsync(store.put(NEW), { instanceOf: StoreError, message: /EIO: fsync; look after the disk/ });
  t.is(store.usage().bytes, 0);
  t.is(store.find(sha256(NEW)), undefined);
  store.close();
  t.is(fs.statSync(join(folder, 'part', sha256(NEW))).size, 0);
});

for (const errno of ['ENOSPC', 'EIO', 'EACCES', 'EDQUOT'])
  test(`${errno} at each operation: said so, and nothing is lost`, async (t) => {
    let fired = 0;
    for (let at = 1; ; at++) {
      const folder = await prepared(t);
      const disk = watched((number, name) => {
        if (number === at) throw Object.assign(new Error(`${errno}: ${name}`), { code: errno });
      });
      try {
        (await life(folder, disk.files)).close();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        fired++;
        t.is(error.kind, errno === 'ENOSPC' || errno === 'EDQUOT' ? 'full' : 'failed', `operation ${at}`);
        t.true(
          error.message.includes(folder) && / (make room|look after)/.test(error.message),
          error.message,
        );
      }
      await afterwards(t, folder, `${errno} at ${at}, ${disk.names[at - 1]}`);
      if (disk.count() < at) break;
    }
    t.true(fired > 10, String(fired));
  });
