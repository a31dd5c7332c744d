/** Reports that are held to key, device and counter; and what a restart finds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import { PublishError } from '../../publisher/errors.ts';
import { reportAlgorithms } from '../../publisher/index.ts';
import type { DeviceEntry, DeviceRecord, Inventory } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { fullIdentity, id as bytesOfText } from '../identity/_identities.ts';
import { ALGORITHMS, counterFrom, factsOf, KEY_NAMES, reportKeyOf } from '../identity/_reports.ts';
import { CLAIMS, digestOf, entry, keyOf, MemoryDisk, releaseOf, Reporting, workOf } from './_devices.ts';

const OLD = { runs: 'old', sequence: 6 };

const opened = (
  ids: readonly string[],
  disk = new MemoryDisk(),
  keys: (entry: DeviceEntry) => ReturnType<typeof keyOf> = keyOf,
): Promise<Inventory> =>
  openInventory({ folder: 'memory', disk, entries: ids.map((id) => entry(id)), keyOf: keys });

/** Without the fields that are undefined: on the disk there are none. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, bare(field)]));
};

/** The record but for what a check-in that proves nothing may change. */
const proven = (device: DeviceRecord | undefined): unknown => {
  const { lastSeen: _s, nextWake: _w, claims: _c, refusedReports: _n, refusal: _r, ...rest } = device!;
  return rest;
};

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: a report holds once`, async (t) => {
    const inventory = await openInventory({
      folder: 'memory',
      disk: new MemoryDisk(),
      entries: [entry('a')],
      keyOf: () => reportKeyOf(algorithm),
    });
    const reporter = openReporter({
      identity: fullIdentity(),
      algorithm: reportAlgorithms[algorithm],
      keyId: bytesOfText(KEY_NAMES[algorithm]),
      device: bytesOfText('a'),
      counter: counterFrom(41),
    });
    const into = new Uint8Array(REPORT_MAX);
    const bytes = into.slice(0, reporter.write(into, factsOf()));
    const first = inventory.checkedIn('a', bytes, CLAIMS, 10);
    t.deepEqual([first.verified, first.refusal], [true, '']);
    const { report } = first.device;
    t.deepEqual(report!.bytes, into.subarray(0, bytes.length));
    t.deepEqual(
      [report!.counter, report!.sequence, report!.event, report!.code, report!.check, report!.to],
      [41, 7, Event.Reverted, Err.CheckFailed, 'mqtt connects', 7],
    );
    bytes.fill(0);
    t.notDeepEqual(report!.bytes[0], 0, 'the caller may use its buffer again');
    const again = inventory.checkedIn('a', into.slice(0, report!.bytes.length), CLAIMS, 20);
    t.deepEqual([again.verified, again.refusal], [false, 'counter: 41 is not above 41: replayed']);
    t.is(again.device.refusedReports, 1);
    t.deepEqual([again.device.lastSeen, again.device.reportAt], [20, 10]);
  });
}

const good = new Reporting('a', { counter: 10 }).report(OLD);
const flipped = (at: number): Uint8Array => good.map((byte, index) => (index === at ? byte ^ 1 : byte));

const REFUSED: readonly (readonly [name: string, bytes: Uint8Array, refusal: RegExp])[] = [
  ['with the key of another', new Reporting('a', { key: 'b' }).report(OLD), /^proof: not proven by this key/],
  ['of another, with its key', new Reporting('b', { key: 'a' }).report(OLD), /^device: of device 62/],
  ['altered in its proof', flipped(good.length - 1), /^proof:/],
  ['altered inside', flipped(60), /^(proof|report|version):/],
  ['cut short', good.subarray(0, good.length - 1), /^\w/],
  ['empty', new Uint8Array(0), /^\w/],
  ['too long', new Uint8Array(REPORT_MAX + 1), /^513 bytes are no report/],
];

for (const [name, bytes, refusal] of REFUSED) {
  test(`refused: a report ${name}`, async (t) => {
    const inventory = await opened(['a', 'b']);
    inventory.wanted('a', workOf('1', 'new'), 1);
    const before = inventory.device('a');
    const { verified, refusal: said, device } = inventory.checkedIn('a', bytes, CLAIMS, 10);
    t.false(verified);
    t.regex(said, refusal);
    t.is(device.refusal, said);
    t.is(device.refusedReports, 1);
    t.deepEqual(proven(device), proven(before));
    // It takes nothing of the counter, either.
    t.true(inventory.checkedIn('a', good, CLAIMS, 11).verified);
  });
}

test('each bit of a report that is altered: nothing of it is taken', async (t) => {
  const inventory = await opened(['a']);
  inventory.wanted('a', workOf('1', 'old'), 1);
  inventory.moved('a', 'ready', 0, '', 2, releaseOf('other', 6));
  const before = proven(inventory.device('a'));
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bytes = good.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    t.false(inventory.checkedIn('a', bytes, CLAIMS, 3).verified, `bit ${bit}`);
  }
  t.deepEqual(proven(inventory.device('a')), before);
  t.is(inventory.device('a')!.refusedReports, good.length * 8);
});

test('a check-in without a report moves what is claimed, and no more', async (t) => {
  const inventory = await opened(['a']);
  inventory.wanted('a', workOf('1', 'new'), 1);
  inventory.moved('a', 'offered', 0, '', 2, releaseOf('new', 7));
  const before = proven(inventory.device('a'));
  const claims = {
    ...CLAIMS,
    battery: 61.5,
    sleeps: 3600,
    staged: digestOf('new'),
    anchors: ['aa'],
    profile: 'm4',
  };
  const { device } = inventory.checkedIn('a', undefined, claims, 1000);
  t.deepEqual(proven(device), before);
  t.deepEqual([device.lastSeen, device.nextWake, device.refusedReports], [1000, 3_601_000, 0]);
  t.deepEqual(device.claims, { ...claims, battery: 62 });
});

test('what is claimed is bounded', async (t) => {
  const inventory = await opened(['a']);
  const long = 'x'.repeat(1e5);
  const anchors = Array.from({ length: 1000 }, () => long);
  const claims = {
    link: long,
    authenticated: false,
    battery: Infinity,
    sleeps: 1e30,
    profile: long,
    staged: long,
    anchors,
  };
  const { device } = inventory.checkedIn('a', undefined, claims, 0);
  t.true(JSON.stringify(device).length < 1500);
  t.is(device.nextWake, 31 * 86_400_000);
  const { device: other } = inventory.checkedIn('a', undefined, { ...CLAIMS, sleeps: NaN, battery: -1 }, 5);
  t.deepEqual([other.nextWake, other.claims!.battery], [0, undefined]);
});

test('a restart finds all of it', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await opened(['a', 'b'], disk);
  const device = new Reporting('a');
  inventory.wanted('a', workOf('1', 'new'), 1);
  inventory.moved('a', 'offered', 0, 'go', 2, releaseOf('new', 7));
  inventory.checkedIn('a', device.report(OLD), { ...CLAIMS, staged: digestOf('new'), battery: 50 }, 3);
  inventory.checkedIn('b', new Uint8Array(3), CLAIMS, 4);
  inventory.keep('told/1', 'proceeding');
  inventory.keep('told/2', 'x');
  inventory.keep('told/2', undefined);
  await inventory.close();
  const again = await opened(['a', 'b'], new MemoryDisk(disk.cells));
  t.deepEqual(bare(again.devices()), bare(inventory.devices()));
  t.is(again.device('a')!.work!.state, 'staged');
  t.deepEqual(again.settings(''), [['told/1', 'proceeding']]);
  device.counter--;
  t.false(again.checkedIn('a', device.report(OLD), CLAIMS, 5).verified, 'its counter is known');
  t.true(again.checkedIn('a', device.report(OLD), CLAIMS, 6).verified);
});

test('a device that was out of the configuration for a while is known again', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await opened(['a', 'b'], disk);
  const device = new Reporting('a', { counter: 5 });
  inventory.checkedIn('a', device.report(OLD), CLAIMS, 1);
  await inventory.close();
  const without = await opened(['b'], new MemoryDisk(disk.cells));
  t.is(without.device('a'), undefined);
  const error = t.throws(() => without.checkedIn('a', undefined, CLAIMS, 2), { instanceOf: PublishError });
  t.regex(error!.message, /^device a: is not in the configuration/);
  await without.close();
  const again = await opened(['a', 'b'], new MemoryDisk(disk.cells));
  device.counter = 5;
  t.regex(again.checkedIn('a', device.report(OLD), CLAIMS, 3).refusal, /replayed/);
});

test('a device that was replaced counts anew; the old key, should it come back, does not', async (t) => {
  const disk = new MemoryDisk();
  const keyed = (key: string): Promise<Inventory> =>
    opened(['a'], new MemoryDisk(disk.cells), () => keyOf({ id: key }));
  const said = async (key: string, counter: number): Promise<string> => {
    const inventory = await keyed(key);
    const report = new Reporting('a', { key, counter }).report(OLD);
    const { refusal } = inventory.checkedIn('a', report, CLAIMS, 1);
    await inventory.close();
    return refusal;
  };
  t.is(await said('first', 900), '');
  const before = await keyed('second');
  t.is(before.device('a')!.report, undefined, 'what the other one proved is not its own');
  t.is(await said('second', 3), '');
  t.regex(await said('second', 3), /replayed/);
  t.regex(await said('first', 900), /900 is not above 900: replayed/);
  t.is(await said('first', 901), '');
  t.regex(await said('second', 2), /replayed/);
});

test('a device without a key is never believed', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await openInventory({ folder: 'm', disk, entries: [entry('a')], keyOf: () => undefined });
  const { verified, refusal } = inventory.checkedIn('a', good, CLAIMS, 1);
  t.deepEqual([verified, refusal], [false, 'there is no report key for this device']);
});

test('who watches is told of each change, and not before it is on the disk', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await opened(['a', 'b'], disk);
  const told: (string | undefined)[] = [];
  const end = inventory.watch(
    ({ id, work }) => void told.push(`${id} ${work?.state} ${disk.cells.has(`d/${id}`)}`),
  );
  inventory.wanted('a', workOf('1', 'new'), 1);
  inventory.wanted('b', workOf('2', 'new'), 1);
  inventory.wanted('a', undefined, 2);
  t.deepEqual(told, []);
  await inventory.saved();
  t.deepEqual(told, ['a waiting true', 'b waiting true', 'a cancelled true']);
  t.is(disk.writes, 2, 'all of one turn is one batch');
  end();
  inventory.wanted('b', undefined, 3);
  await inventory.saved();
  t.is(told.length, 3);
});

test('who follows is told at once, and what it keeps is in the same batch', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await opened(['a'], disk);
  inventory.follow((before, after) => inventory.keep('seen', `${before.lastSeen} ${after.lastSeen}`));
  const before = disk.writes;
  inventory.checkedIn('a', undefined, CLAIMS, 7);
  t.is(inventory.setting('seen'), '0 7');
  await inventory.saved();
  t.is(disk.writes, before + 1);
});

test('a disk that fails: nothing is acknowledged, and nothing is lost', async (t) => {
  const disk = new MemoryDisk();
  const inventory = await opened(['a', 'b'], disk);
  const told: string[] = [];
  inventory.watch(({ id, lastSeen }) => void told.push(`${id} ${lastSeen}`));
  disk.failing = 2;
  inventory.checkedIn('a', undefined, CLAIMS, 1);
  await t.throwsAsync(inventory.saved(), { message: 'no room' });
  inventory.checkedIn('b', undefined, CLAIMS, 2);
  await t.throwsAsync(inventory.saved(), { message: 'no room' });
  t.deepEqual(told, []);
  await inventory.saved();
  t.deepEqual(told, ['a 1', 'b 2']);
  const again = await opened(['a', 'b'], new MemoryDisk(disk.cells));
  t.deepEqual(bare(again.devices()), bare(inventory.devices()));
});

test('a watcher that throws stops neither the others nor the writing', async (t) => {
  const inventory = await opened(['a']);
  const told: number[] = [];
  const thrown = new Promise((resolve) => process.once('warning', resolve));
  inventory.watch(() => {
    throw new Error('its own mistake');
  });
  inventory.watch(({ lastSeen }) => void told.push(lastSeen));
  inventory.checkedIn('a', undefined, CLAIMS, 1);
  await inventory.saved();
  t.deepEqual(told, [1]);
  t.is(((await thrown) as Error).message, 'its own mistake');
});

const MALFORMED: readonly (readonly [name: string, key: string, value: Uint8Array, message: RegExp])[] = [
  ['a record that is not CBOR', 'd/a', Uint8Array.of(0xff), /^memory: a: is not a record. Restore/],
  ['a record of another form', 'd/a', Uint8Array.of(0xa0), /^memory: a: is not a record/],
  ['a record that is nothing', 'd/a', Uint8Array.of(0xf6), /^memory: a: is not a record/],
  ['another version', 'version', Uint8Array.of(0x39), /^memory: inventory: version 9 is not known/],
];

for (const [name, key, value, message] of MALFORMED) {
  test(`refused at the start: ${name}`, async (t) => {
    const error = await t.throwsAsync(opened(['a'], new MemoryDisk(new Map([[key, value]]))), {
      instanceOf: PublishError,
    });
    t.regex(error!.message, message);
    t.is(error!.exit, key === 'version' ? 1 : 3);
  });
}

const onDisk = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-inventory-'));
  try {
    await run(join(folder, 'inventory'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const entries = [entry('a')];

test('LevelDB: a restart, a second process, and no secret on the disk', (t) =>
  onDisk(async (folder) => {
    const inventory = await openInventory({ folder, entries, keyOf });
    const secret = 'GatewayToken 8a3f2c';
    const { source } = workOf('1', 'new');
    const files = [{ ...source.envelope, authorization: secret }];
    inventory.wanted('a', workOf('1', 'new', { source: { envelope: files[0]!, files } }), 1);
    inventory.checkedIn('a', good, CLAIMS, 2);
    await inventory.saved();
    const error = await t.throwsAsync(openInventory({ folder, entries, keyOf }), {
      instanceOf: PublishError,
    });
    t.regex(error!.message, /inventory: is in use\. Another gateway runs on this folder/);
    t.is(error!.exit, 3);
    await inventory.close();
    for (const name of readdirSync(folder))
      t.false(readFileSync(join(folder, name)).includes('8a3f2c'), name);
    const again = await openInventory({ folder, entries, keyOf });
    const { work, report, lastSeen } = again.device('a')!;
    t.deepEqual([work!.state, report!.counter, lastSeen], ['waiting', 10, 2]);
    t.is(work!.work.source.envelope.authorization, undefined);
    again.wanted('a', workOf('1', 'new', { source: { envelope: files[0]!, files } }), 3);
    t.is(again.device('a')!.work!.work.source.envelope.authorization, secret, 'the server brings it again');
    await again.close();
  }));

test('LevelDB: a folder that cannot be is said', (t) =>
  onDisk(async (folder) => {
    const error = await t.throwsAsync(openInventory({ folder: `${folder}\0x`, entries, keyOf }), {
      instanceOf: PublishError,
    });
    t.regex(error!.message, /cannot be used/);
    t.is(error!.exit, 3);
  }));
