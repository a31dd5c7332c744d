/** Statements of the latest sequence: which a gateway takes, keeps and passes on, and what devices say by them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { openGateway } from '../../gateway/gateway.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { Statements } from '../../gateway/statements.ts';
import { contentOf, openStore } from '../../gateway/store/store.ts';
import { anchorOf, classIdentifier, uuidText, vendorIdentifier } from '../../publisher/index.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { MemoryDisk } from './_devices.ts';
import { fileServer, published, statedAt, statedUntil, statementOver } from './_folder.ts';
import {
  classId,
  deviceNew,
  deviceStatus,
  deviceWake,
  freezeNew,
  gatewayWritten,
  owner,
  packed,
  stranger,
  vendor,
} from './_world.ts';

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const lamps = [packed(1), packed(2, [1, 3]), packed(3, [2])] as const;
const otherClass = packed(9, [5], { classId: classIdentifier(vendor, 'plug') });
const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };
const held = { issued: NOW - 60, expires: NOW + DAY };
const good = statementOver(lamps[1], held);

interface Room {
  readonly statements: Statements;
  readonly pinned: string[];
  /** As after a restart. */
  again(anchors?: readonly (typeof owner)[]): Promise<Statements>;
  content(classId?: string): Uint8Array | undefined;
  readonly folder: string;
}

const room = async (t: ExecutionContext, entry: object = ids): Promise<Room> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-statements-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { cells } = new MemoryDisk();
  const entries = [{ id: 'a', group: '', reportKey: 'sealed', ...entry }];
  const pinned: string[] = [];
  const open = async (anchors: readonly (typeof owner)[]): Promise<Statements> => {
    const inventory = await openInventory({
      folder: '',
      entries,
      keyOf: () => undefined,
      disk: new MemoryDisk(cells),
    });
    const store = openStore({ folder, quota: 1 << 20 });
    const statements = new Statements({
      store,
      inventory,
      entries,
      anchors,
      pin: (all) => pinned.splice(0, 99, ...all),
    });
    room = { statements, store, inventory };
    return statements;
  };
  let room = {
    statements: undefined as unknown as Statements,
    store: openStore({ folder, quota: 1 << 20 }),
    inventory: undefined as Awaited<ReturnType<typeof openInventory>> | undefined,
  };
  await open([owner]);
  return {
    get statements() {
      return room.statements;
    },
    pinned,
    folder,
    async again(anchors = [owner]) {
      await room.inventory?.saved();
      room.store.close();
      return open(anchors);
    },
    content(one = ids.classId) {
      const artefact = room.statements.of(one);
      return artefact && contentOf(room.store, artefact);
    },
  };
};

const changed = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

const REFUSED: readonly (readonly [string, Uint8Array, number])[] = [
  ['of a stranger', statementOver(lamps[1], held, stranger), Err.SignatureWrong],
  ['with a bit that is another', changed(good, good.length - 9), Err.SignatureWrong],
  ['that is none', new Uint8Array(60), Err.Statement],
  ['of more than 4096 bytes', new Uint8Array(4097), Err.Statement],
  [
    'issued in two days',
    statementOver(lamps[1], { issued: NOW + 2 * DAY, expires: NOW + 3 * DAY }),
    Err.StatementNotJudged,
  ],
];

for (const [name, bytes, code] of REFUSED)
  test(`not taken: one ${name}`, async (t) => {
    const { statements, content } = await room(t);
    const error = await t.throwsAsync(statements.take(bytes, 'here'), { name: 'ReleaseError' });
    t.is((error as unknown as { code: number }).code, code, error.message);
    t.is(content(), undefined);
  });

test('not taken: of another vendor than the devices of that class', async (t) => {
  const { statements } = await room(t, { ...ids, vendor: uuidText(vendorIdentifier('example.org')) });
  const error = await t.throwsAsync(statements.take(good, 'here'));
  t.regex(error.message, /WrongVendor/);
});

test('the newest wins, by sequence and then by time; over restarts, too', async (t) => {
  const one = await room(t);
  await one.statements.take(good, 'here');
  const later = statementOver(lamps[1], { issued: NOW - 5, expires: NOW + DAY });
  await one.statements.take(later, 'here');
  t.deepEqual(one.content(), later);
  await t.throwsAsync(one.statements.take(good, 'here'), { message: /older than that of 2/ });
  const next = statementOver(lamps[2], { issued: NOW - 300, expires: NOW + DAY });
  await one.statements.take(next, 'here');
  await one.again();
  t.deepEqual(one.content(), next);
  t.is(one.pinned.length, 1);
  await t.throwsAsync(one.statements.take(later, 'here'), { message: /older than that of 3/ });
  await one.statements.take(next, 'here');
  await one.statements.take(statementOver(otherClass, held), 'here');
  t.is(one.pinned.length, 2);
  t.deepEqual(one.content(), next);
});

test('two at once: the newest wins, whichever is there first', async (t) => {
  const one = await room(t);
  const next = statementOver(lamps[2], held);
  for (const order of [
    [good, next],
    [next, good],
  ]) {
    await Promise.allSettled(order.map((bytes) => one.statements.take(bytes, 'here')));
    t.deepEqual(one.content(), next);
  }
});

test('one that has expired is passed on: what it says stays true', async (t) => {
  const { statements, content } = await room(t);
  const old = statementOver(lamps[1], { issued: NOW - 2 * DAY, expires: NOW - DAY });
  await statements.take(old, 'here');
  t.deepEqual(content(), old);
});

test('an anchor that is taken out takes its statements with it; a rotten one is taken again', async (t) => {
  const one = await room(t);
  const digest = await one.statements.take(good, 'here');
  await one.again([anchorOf(stranger)]);
  t.is(one.content(), undefined);
  await one.again();
  t.is(one.content(), undefined);
  await one.statements.take(good, 'here');
  writeFileSync(join(one.folder, 'whole', digest), changed(good, 20));
  await one.again();
  t.is(one.content(), undefined);
  await t.throwsAsync(one.statements.take(statementOver(lamps[0], held), 'here'), {
    message: /older than that of 2/,
  });
  await one.statements.take(good, 'here');
  t.deepEqual(one.content(), good);
});

/** What the gateway has of a device's last report. */
const sourceOf = async (status: string, id: string): Promise<string> => {
  const answer = await fetch(`${status}api/devices/${id}`);
  return JSON.stringify(
    ((await answer.json()) as { report?: { source?: unknown; sourceCode?: unknown } }).report ?? {},
  );
};

const tempFolder = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const until = async (
  what: string,
  holds: () => Promise<boolean>,
  wake: () => Promise<unknown>,
): Promise<void> => {
  for (const end = Date.now() + 30_000; !(await holds());) {
    if (Date.now() > end) throw new Error(`${what}: never`);
    await wake();
    await new Promise((done) => setTimeout(done, 30));
  }
};

test('from a folder to the report: fresh; signed anew; a release that cannot be had is told as withheld', async (t) => {
  const server = await fileServer();
  const upstream = { kind: 'folder', urls: [`${server.origin}/lamps`] };
  published(server, 'lamps', lamps[1], { statement: statedUntil(NOW - 60, 120) });
  const gateway = await openGateway({
    ...gatewayWritten(tempFolder(t), [{ id: 'a', ...ids }], { upstream, status: { port: 0 } }),
    pace: { least: 0.02, usual: 0.05, again: 0.02, settle: 0 },
  });
  t.teardown(async () => {
    await gateway.close();
    await server.close();
  });
  const device = deviceNew('a', lamps[0]);
  const clock = { now: NOW };
  const freeze = freezeNew(clock);
  const wake = () => deviceWake(device, gateway.coap!, { freeze });
  const says = (pattern: RegExp) => async () => pattern.test(await sourceOf(gateway.status!, 'a'));
  await until('it runs 2', async () => deviceStatus(device).accepted === 2, wake);
  await until('fresh', says(/"source":"fresh"/), wake);
  t.is(device.memory.source, 0);
  clock.now = NOW + 90;
  await until('expired', says(/StatementExpired/), wake);
  statedAt(server, 'lamps', statementOver(lamps[1], { issued: NOW, expires: NOW + 600 }));
  await until('fresh again', says(/"source":"fresh"/), wake);
  server.instead.set(`/lamps/${lamps[2].name}`, { status: 404 });
  published(server, 'lamps', lamps[2], { statement: statedUntil(NOW + 80) });
  await until('withheld', says(/SourceWithholds/), wake);
  t.is(device.memory.source, Err.SourceWithholds);
  server.instead.clear();
  await until('it runs 3', async () => deviceStatus(device).accepted === 3, wake);
  await until('fresh at last', says(/"source":"fresh"/), wake);
});

test('from hawkBit: the artefact latest.statement of the software module', async (t) => {
  const server = await fakeDdi();
  server.sleep = '00:00:00';
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const gateway = await openGateway({
    ...gatewayWritten(tempFolder(t), [{ id: 'lamp-1', ...ids }], { upstream, status: { port: 0 } }),
    pace: { least: 0.02, settle: 0 },
  });
  t.teardown(async () => {
    await gateway.close();
    await server.close();
  });
  const device = deviceNew('lamp-1', lamps[0]);
  const wake = () => deviceWake(device, gateway.coap!, { freeze: freezeNew({ now: NOW }) });
  server.assign({ id: '7', files: { ...lamps[1].files, 'latest.statement': good } });
  await until('fresh', async () => /"source":"fresh"/.test(await sourceOf(gateway.status!, 'lamp-1')), wake);
  t.is(deviceStatus(device).sequence, 2);
});
