/** Folders of `flipside publish` above the gateway: what they lead to, what they may not, and what devices get of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Behaviour } from '../../bootloader-sim/index.ts';
import { classIdentifier, uuidText } from '../../publisher/index.ts';
import { confirmed, folderScene } from './_folder-scene.ts';
import type { FolderScene } from './_folder-scene.ts';
import { fileServer, published } from './_folder.ts';
import type { FileServer } from './_folder.ts';
import { classId, deviceNew, deviceStatus, packed, stranger, vendor } from './_world.ts';
import type { Device } from './_world.ts';

const plugId = classIdentifier(vendor, 'plug');
const lamps = [packed(1), packed(2, [1, 3]), packed(3, [2]), packed(4, [4])] as const;
const plugs = [packed(1, [], { classId: plugId }), packed(6, [0, 5], { classId: plugId })] as const;
const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };

const runs = (device: Device): number => deviceStatus(device).sequence;
const files = ({ asked }: FileServer, pattern: RegExp): string[] =>
  asked.filter((line) => pattern.test(line));

test('over TLS: published, fetched once for all, taken by who runs less, left alone by who does not', async (t) => {
  const entries = ['a', 'b', 'c'].map((id) => ({ id, ...ids }));
  const { server, open, until } = await folderScene(t, entries, 'server');
  published(server, 'lamps', lamps[1]);
  await open();
  const [old, other, newer] = [deviceNew('a', lamps[0]), deviceNew('b', lamps[0]), deviceNew('c', lamps[2])];
  let fetched = 0;
  await until('both run it', [old, other], () => [old, other].every((one) => confirmed(one, lamps[1])));
  await until('it asks by its tag', [newer], () => files(server, /latest\.json 304/).length > 2);
  for (const one of files(server, /\.(suit|bin) 20[06]/)) fetched += one.length > 0 ? 1 : 0;
  t.is(fetched, 2, server.asked.join('\n'));
  t.is(runs(newer), 3);
});

test('a folder for each class: each device gets its own', async (t) => {
  const { server, open, until } = await folderScene(t, [
    { id: 'lamp', ...ids },
    { id: 'plug', vendor: ids.vendor, classId: uuidText(plugId) },
  ]);
  published(server, 'lamps', lamps[1]);
  published(server, 'plugs', plugs[1]);
  const urls = [`${server.origin}/lamps/`, `${server.origin}/plugs/latest.json`];
  await open({ upstream: { kind: 'folder', urls } });
  const [lamp, plug] = [deviceNew('lamp', lamps[0]), deviceNew('plug', plugs[0], [], plugId)];
  await until('both', [lamp, plug], () => confirmed(lamp, lamps[1]) && confirmed(plug, plugs[1]));
  t.pass();
});

test('what a device went back from is not offered again; what is published next is', async (t) => {
  const { server, open, until, rounds } = await folderScene(t, [{ id: 'a', ...ids }]);
  const sick: Behaviour = { kind: 'failsCheck', ticks: 1 };
  const device = deviceNew('a', lamps[0], [[lamps[1], sick]]);
  published(server, 'lamps', lamps[1]);
  await open();
  const boots = (): number => device.board.boots;
  await until('it went back', [device], () => boots() >= 3 && confirmed(device, lamps[0]));
  const before = boots();
  await rounds([device]);
  t.is(boots(), before);
  published(server, 'lamps', lamps[2]);
  await until('it takes the next', [device], () => confirmed(device, lamps[2]));
});

test('the sequence rises: what goes back, or is another under the same number, is said and not wanted', async (t) => {
  const { server, open, until, rounds, trouble } = await folderScene(t, [{ id: 'a', ...ids }]);
  const device = deviceNew('a', lamps[0]);
  published(server, 'lamps', lamps[2]);
  await open();
  await until('it runs 3', [device], () => confirmed(device, lamps[2]));
  const late = deviceNew('a', lamps[0]);
  published(server, 'lamps', lamps[1], { replace: true });
  await until('it says so', [], async () => /offers sequence 2 .* and 3 was there/.test(await trouble()));
  await open();
  await until('it still says so', [], async () =>
    /offers sequence 2 .* and 3 was there/.test(await trouble()),
  );
  published(server, 'lamps', packed(3, [0]), { replace: true });
  await until('not another either', [], async () =>
    /offers sequence 3 .* and 3 was there/.test(await trouble()),
  );
  t.is(runs(late), 1);
  await rounds([device]);
  t.true(confirmed(device, lamps[2]));
});

test('started again while the folder cannot be had: devices still get what was newest', async (t) => {
  const entries = ['a', 'b'].map((id) => ({ id, ...ids }));
  const { server, open, until, trouble } = await folderScene(t, entries);
  const [first, second] = [deviceNew('a', lamps[0]), deviceNew('b', lamps[0])];
  published(server, 'lamps', lamps[1]);
  await open();
  await until('the first', [first], () => confirmed(first, lamps[1]));
  server.instead.set('/lamps/latest.json', { status: 503 });
  server.asked.length = 0;
  await open();
  await until('the second', [second], () => confirmed(second, lamps[1]));
  t.regex(await trouble(), /latest\.json: HTTP 503/);
  t.deepEqual(files(server, /\.(suit|bin) /), []);
});

test('closed in the middle of a download: it is not waited for', async (t) => {
  const { server, open, until } = await folderScene(t, [{ id: 'a', ...ids }]);
  published(server, 'lamps', lamps[1]);
  server.instead.set(`/lamps/${lamps[1].name}`, 'silence');
  const gateway = await open();
  await until('it is at it', [], () => files(server, /silence/).length > 0);
  // The server says no more until it is closed itself, which comes later.
  await gateway.close();
  server.instead.clear();
  const again = await open();
  const device = deviceNew('a', lamps[0]);
  await until('the device runs it', [device], () => confirmed(device, lamps[1]));
  t.truthy(again.coap);
});

const LATEST = 'latest.json';
/** Fields of the configuration, where it changes them. */
type Setting = (scene: FolderScene, elsewhere: FileServer) => unknown;

const latestChanged = (server: FileServer, change: object): void => {
  const file = join(server.folder, 'lamps', LATEST);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
};

const BAD: readonly (readonly [string, Setting, RegExp])[] = [
  [
    'no folder at all',
    ({ server }) => void server.instead.set('/lamps/latest.json', { status: 404 }),
    /HTTP 404/,
  ],
  [
    'a page of HTML',
    ({ server }) => writeFileSync(join(server.folder, 'lamps', LATEST), '<html>'),
    /no latest\.json of flipside publish/,
  ],
  [
    'a latest.json that is too long',
    ({ server }) => latestChanged(server, { pad: 'x'.repeat(5000) }),
    /longer than 4096 bytes/,
  ],
  [
    'a sequence that the manifest has not',
    ({ server }) => latestChanged(server, { sequence: 9 }),
    /says 9, and the signed manifest of .* 2/,
  ],
  [
    'an envelope of a stranger',
    ({ server }) => void published(server, 'lamps', packed(3, [2], { signer: stranger })),
    /a device refuses it/,
  ],
  [
    'an envelope at another origin',
    ({ server }, elsewhere) => latestChanged(server, { envelope: `${elsewhere.origin}/update.suit` }),
    /not among the origins of the configuration/,
  ],
  [
    'a redirect to another origin',
    ({ server }, elsewhere) =>
      void server.instead.set('/lamps/latest.json', {
        status: 302,
        headers: { location: `${elsewhere.origin}/latest.json` },
      }),
    /not the configured host/,
  ],
  ['an address of this machine', () => ({ allowPrivate: [] }), /127\.0\.0\.1/],
  [
    'a payload that is missing',
    ({ server }) => void server.instead.set(`/lamps/${lamps[1].name}`, { status: 404 }),
    /HTTP 404/,
  ],
];

for (const [name, setting, words] of BAD)
  test(`not taken, and said: ${name}`, async (t) => {
    const one = await folderScene(t, [{ id: 'a', ...ids }]);
    const elsewhere = await fileServer();
    t.teardown(() => elsewhere.close());
    published(one.server, 'lamps', lamps[1]);
    await one.open(Object(setting(one, elsewhere)) as Record<string, unknown>);
    const device = deviceNew('a', lamps[0]);
    await one.until('said', [device], async () => words.test(await one.trouble()));
    t.is((await one.wake(device)).orders?.path, '');
    t.is(runs(device), 1);
    t.deepEqual(elsewhere.asked, []);
  });

test('a device whose class is not known: refused at the start, with the remedy', async (t) => {
  const { open } = await folderScene(t, [{ id: 'a' }]);
  const { message } = await t.throwsAsync(open());
  t.regex(message, /device a: has no classId\. .*--vendor and --class/);
});
