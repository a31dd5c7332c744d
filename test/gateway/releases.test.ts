/** Releases: fetched once, proven by the anchors and the manifest, kept; and what is not taken, and why. */
import fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Wanted } from '../../gateway/contract.ts';
import { ReleaseError } from '../../gateway/fetch/error.ts';
import type { ReleasesOptions } from '../../gateway/releases/releases.ts';
import { contentOf } from '../../gateway/store/store.ts';
import { anchorOf } from '../../publisher/index.ts';
import type { PackOptions } from '../../publisher/index.ts';
import { hexOf } from '../../publisher/bytes.ts';
import { deviceKey } from '../encryption/_keys.ts';
import { forEver, head } from '../http/_server.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';
import { flipped, IMAGE, layOut, openedReleases, originOf, packed, sourceOf } from './_releases.ts';
import type { Origin } from './_releases.ts';
import { sha256 } from './_store.ts';

const base = IMAGE.slice();
base.fill(7, 9000, 9100);
const small = sampleImage(900);

const KINDS: readonly (readonly [string, Partial<PackOptions>, payloads: number])[] = [
  ['framed', {}, 1],
  ['plain', { format: 'plain' }, 1],
  ['inside the envelope', { format: 'integrated', image: small }, 0],
  ['an image for each slot', { image: [IMAGE, sampleImage(20_000, 2)] }, 2],
  ['with a patch', { bases: [base] }, 2],
  ['encrypted', { encryption: { recipients: [deviceKey('x25519')] } }, 1],
  ['encrypted, with a patch', { bases: [base], encryption: { recipients: [deviceKey('x25519')] } }, 2],
  ['framed, under a name of its own', { uri: 'app/image.bin' }, 1],
  ['plain, under a name of its own', { format: 'plain', uri: 'image.bin' }, 1],
  ['with a patch, under a name of its own', { bases: [base], uri: 'image.bin' }, 2],
];

for (const [name, options, count] of KINDS)
  test(`${name}: whole in the store, and there after a restart without a request`, async (t) => {
    const made = packed(options);
    const origin = await originOf(t, layOut(made));
    const { releases, store, folder } = openedReleases(t, origin);
    const release = await releases.obtain(sourceOf(origin));
    const { payloads, ...facts } = release;
    const id = sha256(made.envelope);
    t.deepEqual(facts, {
      id,
      manifestDigest: hexOf(made.manifestDigest),
      vendor: facts.vendor,
      classId: facts.classId,
      sequence: 7,
      securityVersion: 0,
      envelope: { name: 'update.suit', digest: id, size: made.envelope.length },
    });
    t.regex(facts.vendor!, /^[0-9a-f]{8}-/);
    t.is(payloads.length, count);
    for (const one of payloads)
      t.deepEqual(contentOf(store, one), origin.files.get(`/${one.name}`), one.name);
    t.is(releases.find(id), release);
    t.deepEqual(releases.downloads(), []);
    t.is(origin.asked.length, origin.files.size, 'each file once');
    t.is(await releases.obtain(sourceOf(origin)), release);
    store.close();
    const before = origin.asked.length;
    const again = openedReleases(t, origin, { folder });
    t.deepEqual(again.releases.all(), [release]);
    t.deepEqual(await again.releases.obtain(sourceOf(origin)), release);
    t.is(origin.asked.length, before);
  });

test('a hundred devices at once, each with URLs of its own: one download of each file', async (t) => {
  const made = packed();
  const files = layOut(made);
  const [envelope, payload] = [...files.values()] as [Uint8Array, Uint8Array];
  const origin = await originOf(t, new Map());
  const said = (id: number, name: string, bytes: Uint8Array): Wanted => {
    const url = `/DEFAULT/controller/v1/device-${id}/${name}`;
    origin.files.set(url, bytes);
    return {
      url: origin.origin + url,
      name,
      sha256: sha256(bytes),
      size: bytes.length,
      sizeMax: 1 << 20,
      authorization: 'GatewayToken x',
    };
  };
  const { releases, store } = openedReleases(t, { ...origin });
  const work = Array.from({ length: 100 }, (_, id) =>
    releases.obtain({ envelope: said(id, 'lamp.suit', envelope), files: [said(id, made.uris[0]!, payload)] }),
  );
  const all = await Promise.all(work);
  t.is(new Set(all).size, 1);
  t.is(origin.asked.length, 2);
  t.true(origin.asked.every(({ headers }) => headers.get('authorization') === 'GatewayToken x'));
  t.is(store.usage().artefacts, 2);
});

test('two releases at once that share a payload: it is fetched once', async (t) => {
  const [one, two] = [packed({ sequence: 1 }), packed({ sequence: 2 })];
  const origin = await originOf(t, new Map([...layOut(one), ...layOut(two)]));
  const { releases } = openedReleases(t, origin);
  const source = (made: typeof one) =>
    sourceOf({ ...origin, envelope: [...layOut(made).keys()][0]!.slice(1) });
  const all = await Promise.all([releases.obtain(source(one)), releases.obtain(source(two))]);
  t.deepEqual(
    all.map(({ sequence }) => sequence),
    [1, 2],
  );
  t.is(origin.asked.filter(({ path }) => path === `/${one.uris[0]}`).length, 1);
});

test('an envelope that only its place names is asked for each time', async (t) => {
  const files = layOut(packed({ sequence: 1 }), 'update.suit');
  const origin = await originOf(t, files);
  const { releases } = openedReleases(t, origin);
  t.is((await releases.obtain(sourceOf(origin))).sequence, 1);
  files.set('/update.suit', packed({ sequence: 2 }).envelope);
  t.is((await releases.obtain(sourceOf(origin))).sequence, 2);
  t.is(releases.all().length, 2);
});

test('a release of which a file was evicted, or spoilt, is none until it is obtained again', async (t) => {
  const made = packed();
  const origin = await originOf(t, layOut(made));
  const { releases, store, folder } = openedReleases(t, origin);
  const release = await releases.obtain(sourceOf(origin));
  const { digest } = release.payloads[0]!;
  fs.writeFileSync(join(folder, 'whole', digest), 'x');
  t.is(store.read(digest, 0, new Uint8Array(1)), -1);
  t.is(releases.find(release.id), undefined);
  t.deepEqual(releases.all(), []);
  const before = origin.asked.length;
  t.deepEqual(await releases.obtain(sourceOf(origin)), release);
  t.deepEqual(
    origin.asked.slice(before).map(({ path }) => path),
    [`/${made.uris[0]}`],
    'only what is missing',
  );
});

/** What an earlier process left is changed by somebody; what is said of a release stays true, or it is none. */
interface Row {
  readonly name: string;
  readonly pack?: Partial<PackOptions>;
  readonly change?: (origin: Origin, payload: string) => void;
  readonly source?: (origin: Origin) => Partial<ReturnType<typeof sourceOf>>;
  readonly options?: Partial<ReleasesOptions>;
  readonly code: number;
  readonly says: RegExp;
  readonly fatal?: boolean;
  /** The payload was asked for. */
  readonly asked?: boolean;
}

const changed =
  (change: (bytes: Uint8Array) => Uint8Array) =>
  ({ files }: Origin, payload: string): void =>
    void files.set(payload, change(files.get(payload)!));
const envelopeIs =
  (bytes: (envelope: Uint8Array) => Uint8Array) =>
  ({ files, envelope }: Origin): void =>
    void files.set(`/${envelope}`, bytes(files.get(`/${envelope}`)!));
/** The server says no digest of it. */
const unnamed = ({ origin, envelope }: Origin) => ({
  envelope: { url: `${origin}/${envelope}`, name: 'update.suit', sizeMax: 4096 },
});
const says =
  (more: Partial<Wanted>, name: string) =>
  ({ origin }: Origin) => ({ files: [{ url: `${origin}/other`, name, sizeMax: 1 << 30, ...more }] });

const ROWS: readonly Row[] = [
  {
    name: 'signed by another',
    pack: { keys: [seededKey(2)] },
    code: Err.SignatureWrong,
    says: /a device refuses it, -27 SignatureWrong: .*compare key ids/,
  },
  {
    name: 'one signature of two',
    options: { threshold: 2, anchors: [anchorOf(seededKey(1)), anchorOf(seededKey(2))] },
    code: Err.TooFewSignatures,
    says: /TooFewSignatures/,
  },
  {
    name: 'by an anchor that speaks for another class',
    options: { anchors: [anchorOf(seededKey(1), new Uint8Array(16), new Uint8Array(16))] },
    code: Err.AnchorScope,
    says: /AnchorScope/,
  },
  {
    name: 'another envelope than its name says',
    change: envelopeIs((bytes) => flipped(bytes, 300)),
    code: Err.SourceMalformed,
    says: /not the envelope that is wanted/,
  },
  {
    name: 'an envelope with a bit changed',
    change: envelopeIs((bytes) => flipped(bytes, 300)),
    source: unnamed,
    code: 0,
    says: /refuses it|no SUIT envelope/,
  },
  {
    name: 'an envelope cut short',
    change: envelopeIs((bytes) => bytes.subarray(0, 200)),
    source: unnamed,
    code: Err.Envelope,
    says: /no SUIT envelope/,
  },
  {
    name: 'a login page',
    change: envelopeIs(() => Buffer.from('<html></html>')),
    source: unnamed,
    code: Err.Envelope,
    says: /no SUIT envelope/,
  },
  {
    name: 'nothing',
    change: envelopeIs(() => new Uint8Array(0)),
    source: unnamed,
    code: Err.Envelope,
    says: /no SUIT envelope/,
  },
  {
    name: 'an envelope without an end',
    change: envelopeIs(() => new Uint8Array(5000)),
    source: unnamed,
    code: Err.EnvelopeTooLong,
    says: /longer than 4096 bytes, which no device takes/,
  },
  {
    name: 'no envelope',
    change: ({ files, envelope }) => void files.delete(`/${envelope}`),
    code: Err.SourceRefused,
    says: /HTTP 404/,
  },
  {
    name: 'an envelope elsewhere',
    source: () => ({
      envelope: { url: 'https://evil.example/update.suit', name: 'update.suit', sizeMax: 4096 },
    }),
    code: Err.OriginRefused,
    says: /not among the origins of the configuration; name it in allowOrigins/,
  },
  {
    name: 'a payload at a URL',
    pack: { uri: 'https://cdn.example/image.bin' },
    code: Err.OriginRefused,
    says: /devices would not ask the gateway; pack it without --uri/,
  },
  {
    name: 'a payload at //',
    pack: { uri: '//cdn.example/image.bin' },
    code: Err.OriginRefused,
    says: /devices would not ask/,
  },
  ...[
    '../image.bin',
    'a/../../image.bin',
    './image.bin',
    '/etc/passwd',
    'a//b',
    'a?b',
    'a%2e%2e/b',
    'a\\b',
    'a b',
    'update.suit',
    'x'.repeat(256),
  ].map((uri): Row => ({
    name: `a payload called ${uri.slice(0, 20)}`,
    pack: { uri },
    code: Err.UriMalformed,
    says: /no path below the envelope; pack it without --uri/,
  })),
  {
    name: 'no payload',
    change: ({ files }, payload) => void files.delete(payload),
    code: Err.SourceRefused,
    says: /HTTP 404/,
    asked: true,
  },
  {
    name: 'another payload',
    change: changed((bytes) => flipped(bytes, 9000)),
    code: Err.SourceMalformed,
    says: /not what its name says/,
    asked: true,
  },
  {
    name: 'a shorter payload',
    change: changed((bytes) => bytes.subarray(1)),
    code: Err.SourceMalformed,
    says: /bytes instead of/,
    asked: true,
  },
  {
    name: 'another framed payload, under a name of its own',
    pack: { uri: 'image.bin' },
    change: changed((bytes) => flipped(bytes, 9000)),
    code: Err.SourceMalformed,
    says: /not the file image.bin that is wanted: .*does not give the block/,
    asked: true,
  },
  {
    name: 'another plain payload, under a name of its own',
    pack: { uri: 'image.bin', format: 'plain' },
    change: changed((bytes) => flipped(bytes, 9000)),
    code: Err.SourceMalformed,
    says: /the image is not the one that is signed/,
    asked: true,
  },
  {
    name: 'encrypted, under a name of its own, and the server says no digest',
    pack: { uri: 'image.bin', encryption: { recipients: [deviceKey('x25519')] } },
    code: Err.SourceMalformed,
    says: /image.bin cannot be proven: it is encrypted, .*pack it without --uri/,
  },
  {
    name: 'a payload of another length, as the server says',
    pack: { uri: 'image.bin' },
    source: says({ size: 17 }, 'image.bin'),
    code: Err.SourceMalformed,
    says: /says 17 bytes, and the signed manifest \d+; upload/,
  },
  {
    name: 'a payload from elsewhere, as the server says',
    pack: { uri: 'image.bin' },
    source: says({ url: 'https://cdn.example/image.bin' }, 'image.bin'),
    code: Err.OriginRefused,
    says: /not among the origins/,
  },
  {
    name: 'a payload that the server breaks off',
    change: ({ acts }, payload) => void acts.set(payload, (socket) => socket.destroy()),
    code: Err.SourceLost,
    says: /gave up/,
    fatal: false,
    asked: true,
  },
  {
    name: 'a payload without an end',
    change: ({ acts }, payload) =>
      void acts.set(payload, (socket) => {
        socket.write(head('200 OK'));
        forEver(socket, new Uint8Array(10_000));
      }),
    code: Err.SourceMalformed,
    says: /not what its name says/,
    asked: true,
  },
];

for (const row of ROWS)
  test(`${row.name}: not taken, and nobody is told that it is there`, async (t) => {
    const made = packed(row.pack);
    const origin = await originOf(t, layOut(made));
    const payload = `/${made.uris[0]}`;
    row.change?.(origin, payload);
    const { releases, store } = openedReleases(t, origin, row.options);
    const source = sourceOf(origin, row.source?.(origin));
    const error = await t.throwsAsync(releases.obtain(source), { instanceOf: ReleaseError });
    if (row.code !== 0) t.is(error.code, row.code, error.message);
    t.true(error.code < 0);
    t.regex(error.message, row.says);
    t.is(error.fatal, row.fatal ?? true, error.message);
    t.deepEqual(releases.all(), []);
    t.is(
      origin.asked.some(({ path }) => path === payload),
      row.asked ?? false,
    );
    t.true(store.usage().artefacts <= 1, 'the envelope at most');
  });
