/** Releases as time goes by: records, anchors that go, room in the store, servers that come back. */
import fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { ReleaseError } from '../../gateway/fetch/error.ts';
import { contentOf, openStore } from '../../gateway/store/store.ts';
import { anchorOf } from '../../publisher/index.ts';
import { deviceKey } from '../encryption/_keys.ts';
import { answer, file } from '../http/_server.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';
import { filesOf, flipped, IMAGE, layOut, openedReleases, originOf, packed, sourceOf } from './_releases.ts';
import { folderOf, sha256 } from './_store.ts';

const base = IMAGE.slice();
base.fill(7, 9000, 9100);

const RECORDS: readonly (readonly [string, (file: string, folder: string) => void])[] = [
  ['no JSON', (record) => fs.writeFileSync(record, '{')],
  ['null', (record) => fs.writeFileSync(record, 'null')],
  ['other types', (record) => fs.writeFileSync(record, '{"files":{"image.bin":7}}')],
  ['a gigabyte', (record) => fs.truncateSync(record, 1 << 30)],
  [
    'another file of the same length',
    (record, folder) => {
      const other = Buffer.alloc(IMAGE.length, 1);
      fs.writeFileSync(join(folder, 'whole', sha256(other)), other);
      fs.writeFileSync(record, JSON.stringify({ version: 1, files: { 'image.bin': sha256(other) } }));
    },
  ],
];
for (const [name, change] of RECORDS)
  test(`a record that is ${name} is not believed`, async (t) => {
    const made = packed({ format: 'plain', uri: 'image.bin' });
    const origin = await originOf(t, layOut(made));
    const first = openedReleases(t, origin);
    const release = await first.releases.obtain(sourceOf(origin));
    first.store.close();
    const record = join(first.folder, 'release', `${release.id}.json`);
    t.is(fs.statSync(record).mode & 0o777, 0o600);
    change(record, first.folder);
    const { releases } = openedReleases(t, origin, { folder: first.folder });
    t.deepEqual(releases.all(), []);
    t.deepEqual(await releases.obtain(sourceOf(origin)), release);
  });

test('an anchor that is none any more: what it signed is none either, also after a restart', async (t) => {
  const origin = await originOf(t, layOut(packed()));
  const first = openedReleases(t, origin);
  await first.releases.obtain(sourceOf(origin));
  first.store.close();
  const anchors = [anchorOf(seededKey(2))];
  const { releases } = openedReleases(t, origin, { folder: first.folder, anchors });
  t.deepEqual(releases.all(), []);
  const error = await t.throwsAsync(releases.obtain(sourceOf(origin)), { instanceOf: ReleaseError });
  t.is(error.code, Err.SignatureWrong);
});

test('a payload of its own name, encrypted, is taken where the server says its digest', async (t) => {
  const made = packed({ uri: 'image.bin', encryption: { recipients: [deviceKey('x25519')] } });
  const origin = await originOf(t, layOut(made));
  const { releases } = openedReleases(t, origin);
  const files = [
    { url: `${origin.origin}/image.bin`, name: 'image.bin', sizeMax: 1 << 20, sha256: sha256(made.payload) },
  ];
  const release = await releases.obtain(sourceOf(origin, { files }));
  t.is(release.payloads[0]!.digest, sha256(made.payload));
});

test('a digest that the server says binds no file to the manifest: that is held against the manifest too', async (t) => {
  const made = packed({ format: 'plain', uri: 'image.bin' });
  const origin = await originOf(t, layOut(made));
  const wrong = flipped(made.payload, 5);
  origin.files.set('/image.bin', wrong);
  const { releases, store } = openedReleases(t, origin);
  await store.put(wrong);
  const files = [
    { url: `${origin.origin}/image.bin`, name: 'image.bin', sizeMax: 1 << 20, sha256: sha256(wrong) },
  ];
  const error = await t.throwsAsync(releases.obtain(sourceOf(origin, { files })), {
    instanceOf: ReleaseError,
  });
  t.regex(error.message, /the image is not the one that is signed/);
});

test('while a release is fetched, its own files do not make room for each other', async (t) => {
  const made = packed({ image: [IMAGE, sampleImage(28_000, 2)], format: 'plain' });
  const origin = await originOf(t, layOut(made));
  const folder = folderOf(t);
  let time = 1_800_000_000_000;
  // An hour goes by between any two looks at the clock.
  const store = openStore({ folder, quota: 40_000, now: () => (time += 3_600_000) });
  const { releases } = openedReleases(t, origin, { store });
  const error = await t.throwsAsync(releases.obtain(sourceOf(origin)), { instanceOf: ReleaseError });
  t.is(error.code, Err.PortFailed);
  t.false(error.fatal);
  t.regex(error.message, /no room for 28000 bytes/);
  t.is(store.usage().artefacts, 2);
});

test('an old release makes room for a new one, unless it is pinned', async (t) => {
  const [one, two] = [
    packed({ sequence: 1, format: 'plain' }),
    packed({ sequence: 2, format: 'plain', image: sampleImage(28_000, 2) }),
  ];
  const origin = await originOf(t, new Map([...layOut(one), ...layOut(two)]));
  let time = 1_800_000_000_000;
  const store = openStore({ folder: folderOf(t), quota: 40_000, now: () => (time += 3_600_000) });
  const { releases } = openedReleases(t, origin, { store });
  const source = (made: typeof one) =>
    sourceOf({ ...origin, envelope: [...layOut(made).keys()][0]!.slice(1) });
  const first = await releases.obtain(source(one));
  store.pin(new Set(filesOf(first)));
  await t.throwsAsync(releases.obtain(source(two)), { message: /no room/ });
  t.is(releases.find(first.id), first);
  store.pin(new Set());
  const second = await releases.obtain(source(two));
  t.deepEqual(releases.all(), [second]);
});

test('what a server has behind the end of a payload is not asked for', async (t) => {
  const made = packed();
  const origin = await originOf(t, layOut(made));
  origin.files.set(`/${made.uris[0]}`, Buffer.concat([made.payload, made.payload]));
  const { releases, store } = openedReleases(t, origin);
  const { payloads } = await releases.obtain(sourceOf(origin));
  t.deepEqual(contentOf(store, payloads[0]!), made.payload);
});

test('fails, and is obtained when the server is itself again', async (t) => {
  const made = packed();
  const origin = await originOf(t, layOut(made));
  const payload = `/${made.uris[0]}`;
  origin.acts.set(payload, answer('503 Busy', { 'retry-after': 3600 }));
  const { releases } = openedReleases(t, origin);
  const error = await t.throwsAsync(releases.obtain(sourceOf(origin)), { instanceOf: ReleaseError });
  t.is(error.code, Err.SourceBusy);
  t.false(error.fatal);
  origin.acts.set(payload, file(made.payload));
  t.is((await releases.obtain(sourceOf(origin))).payloads.length, 1);
});
