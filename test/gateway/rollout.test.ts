/** Each gate, and what asking for it takes. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { PublishError } from '../../publisher/errors.ts';
import type { DeviceRecord, Inventory, Plan } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { openRollout } from '../../gateway/rollout/rollout.ts';
import { CLAIMS, entry, keyOf, MemoryDisk, releaseOf, workOf } from './_devices.ts';
import { Fleet, group, MINUTE, STAGED, TWO } from './_fleet.ts';

test('what comes after waits until what comes first has succeeded', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.later();
  t.is(fleet.gate('b-1'), 'after a: group a: 0 of 2 succeeded, 2 have to');
  t.is(fleet.begin('a-1', 'new'), 'open');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'after a: group a: 1 of 2 succeeded, 2 have to');
  fleet.begin('a-2', 'new');
  fleet.succeeds('a-2', 'new');
  t.is(fleet.gate('b-1'), 'open');
});

test('a share is enough where the plan says so', async (t) => {
  const groups = [group('a', { success: 0.5 }), group('b', { after: ['a'] })];
  const fleet = await new Fleet().open(TWO, { groups });
  fleet.give(TWO, 'app 2');
  fleet.later();
  fleet.begin('a-1', 'new');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'open');
});

test('other software counts as well: actuators wait for the sensors that have work', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(['b-1', 'b-2'], 'actuator 2');
  t.is(
    fleet.gate('b-1'),
    'after a: what comes first may still be given work',
    'the server may not be done yet',
  );
  fleet.later(MINUTE - 1);
  fleet.give(['a-1'], 'sensor 5');
  fleet.later();
  t.regex(fleet.gate('b-1'), /^after a: group a: 0 of 1 succeeded/);
  fleet.begin('a-1', 'new');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'open');
  fleet.give(['a-2'], 'sensor 6');
  t.regex(fleet.gate('b-1'), /^after a: group a: 0 of 1 succeeded/, 'newer work of theirs');
});

test('groups without work hold up nobody, and let through what is before them', async (t) => {
  const groups = [group('a'), group('m', { after: ['a'] }), group('b', { after: ['m'] })];
  const fleet = await new Fleet().open([...TWO, 'm-1'], { groups });
  fleet.give(['b-1'], 'app 2');
  fleet.later();
  t.is(fleet.gate('b-1'), 'open');
  fleet.give(['a-1'], 'app 2');
  t.regex(fleet.gate('b-1'), /^after a:/);
});

test('work that was taken back, or that a device is past, is not waited for', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.later();
  fleet.inventory.wanted('a-1', undefined, fleet.now);
  fleet.says('a-2', { runs: 'newest', sequence: 9 });
  t.is(fleet.begin('a-2', 'new'), 'open');
  t.is(fleet.inventory.device('a-2')!.work!.code, Err.SequenceOld);
  t.is(fleet.gate('b-1'), 'open');
  t.is(fleet.rollout.groups()[0]!.failed, 0);
});

test('a failure of the gateway is none of the release, but it is waited for', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(['a-1', 'b-1'], 'app 2');
  fleet.later();
  fleet.inventory.moved('a-1', 'failed', 0, 'the envelope is not signed', fleet.now);
  t.is(fleet.rollout.groups()[0]!.failed, 0);
  t.regex(fleet.gate('b-1'), /^after a:/);
});

const PAIR: Partial<Plan> = { groups: [group('a')], pairs: [['a-1', 'a-2']] };

test('never two of a pair', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.give(['a-1', 'a-2'], 'app 2');
  fleet.begin('a-1', 'new');
  t.is(fleet.gate('a-2'), 'pair a-1: its partner a-1 is under way');
  t.is(fleet.gate('a-1'), 'open');
  fleet.says('a-1', { runs: 'new', sequence: 7, trial: true });
  t.regex(fleet.gate('a-2'), /^pair a-1/);
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('a-2'), 'open');
});

test('a partner on trial of what somebody else began counts, too', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.says('a-1', { runs: 'by hand', sequence: 20, trial: true });
  fleet.give(['a-2'], 'app 2');
  t.regex(fleet.gate('a-2'), /^pair a-1/);
});

test('the word of a device, or of the gateway, frees no partner', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.give(['a-1', 'a-2'], 'app 2');
  fleet.begin('a-1', 'new');
  fleet.inventory.moved('a-1', 'failed', 0, 'says, without proof: failure', fleet.now);
  t.regex(fleet.gate('a-2'), /^pair a-1/);
  fleet.says('a-1', { runs: 'old', sequence: 6 });
  t.regex(fleet.gate('a-2'), /^pair a-1/, 'it is told to give it up only now');
  fleet.says('a-1', { runs: 'old', sequence: 6 });
  t.is(fleet.gate('a-2'), 'open');
});

test('together: no more at once, however many check in', async (t) => {
  const groups = [group('a', { together: 3 })];
  const ids = Array.from({ length: 40 }, (_, at) => `a-${at}`);
  const fleet = await new Fleet().open(ids, { groups });
  fleet.give(ids, 'app 2');
  const kinds = ids.map((id) => fleet.begin(id, 'new'));
  t.is(kinds.filter((kind) => kind === 'open').length, 3);
  t.is(fleet.gate('a-9'), 'together a: 3 of group a are under way');
  fleet.succeeds('a-0', 'new');
  t.deepEqual([fleet.begin('a-9', 'new'), fleet.begin('a-10', 'new')], ['open', 'together']);
});

test('the lost give up their place among many, and keep it beside their partner', async (t) => {
  const groups = [group('a', { together: 1 })];
  const plan = { groups, pairs: [['a-1', 'a-3']] };
  const fleet = await new Fleet().open(['a-1', 'a-2', 'a-3'], plan, { patience: 600 });
  fleet.give(['a-1', 'a-2', 'a-3'], 'app 2');
  fleet.begin('a-1', 'new');
  fleet.later(10 * MINUTE - 1);
  t.regex(fleet.gate('a-2'), /^together/);
  fleet.later(1);
  t.is(fleet.gate('a-2'), 'open');
  t.regex(fleet.gate('a-3'), /^pair a-1: .*not heard of for long\. Find it/);
  const [state] = fleet.rollout.groups();
  t.deepEqual([state!.lost, state!.underWay, state!.failed, state!.stopped], [['a-1'], 0, 0, false]);
  fleet.inventory.checkedIn('a-1', undefined, CLAIMS, fleet.now);
  t.deepEqual(fleet.rollout.groups()[0]!.lost, []);
  t.regex(fleet.gate('a-2'), /^together/);
  fleet.inventory.checkedIn('a-1', undefined, { ...CLAIMS, sleeps: 3600 }, fleet.now);
  fleet.later(69 * MINUTE);
  t.regex(fleet.gate('a-2'), /^together/, 'it said that it would sleep');
  fleet.later(MINUTE);
  t.is(fleet.gate('a-2'), 'open');
});

test('a paused group, behind a restart as well', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.rollout.pause('a');
  t.is(fleet.gate('a-1'), 'paused a: group a is paused');
  await fleet.inventory.close();
  await fleet.open(TWO, STAGED);
  t.is(fleet.gate('a-1'), 'paused a: group a is paused');
  t.true(fleet.rollout.groups()[0]!.paused);
  fleet.rollout.resume('a');
  t.is(fleet.gate('a-1'), 'open');
  const error = t.throws(() => fleet.rollout.pause('c'), { instanceOf: PublishError });
  t.is(error!.message, 'group c: is not in the plan. There are: a, b');
});

test('nothing to begin', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  t.is(fleet.rollout.gate(fleet.inventory.device('a-1')!).words, 'there is nothing to begin');
});

/** The record, and how often a field of it was read. */
const countingReads = (inventory: Inventory): { readonly inventory: Inventory; reads: () => number } => {
  let reads = 0;
  const counted = (device: DeviceRecord): DeviceRecord =>
    new Proxy(device, {
      get: (target, name) => {
        reads++;
        return Reflect.get(target, name) as unknown;
      },
    });
  const watched: Inventory = Object.create(inventory) as Inventory;
  watched.device = (id) => {
    const device = inventory.device(id);
    return device && counted(device);
  };
  watched.devices = () => inventory.devices().map(counted);
  watched.follow = (changed) => inventory.follow((before, after) => changed(counted(before), counted(after)));
  watched.setting = (key) => inventory.setting(key);
  watched.settings = (prefix) => inventory.settings(prefix);
  watched.keep = (key, value) => inventory.keep(key, value);
  return { inventory: watched, reads: () => reads };
};

for (const size of [1000, 10_000]) {
  test(`${size} devices ask for their gate: so many reads for each, and no more`, async (t) => {
    const ids = Array.from({ length: size }, (_, at) => `${at % 2 ? 'a' : 'b'}-${at}`);
    const entries = ids.map((id) => entry(id));
    const real = await openInventory({ folder: 'm', disk: new MemoryDisk(), entries, keyOf });
    const { inventory, reads } = countingReads(real);
    const groups = [group('a', { together: 50, success: 0.9, failures: '5%' }), group('b', { after: ['a'] })];
    const pairs = [
      ids.slice(0, size / 2),
      ...Array.from({ length: size / 4 }, (_, at) => ids.slice(2 * at, 2 * at + 2)),
    ];
    const rollout = openRollout({ inventory, plan: { groups, pairs }, entries, now: () => MINUTE });
    for (const [at, id] of ids.entries()) real.wanted(id, workOf(String(at), `app ${at % 100}`), 0);
    const before = reads();
    let open = 0;
    for (const id of ids) {
      const { kind } = rollout.gate(real.device(id)!);
      if (kind === 'open' && real.moved(id, 'offered', 0, '', MINUTE, releaseOf('new', 7))) open++;
    }
    t.true(open >= 50 && open <= 51, `${open} began`);
    const each = (reads() - before) / size;
    t.log(`${each.toFixed(1)} reads of a record for each gate`);
    t.true(each < 20, String(each));
  });
}
