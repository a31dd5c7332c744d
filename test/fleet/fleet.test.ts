/** Fleets of real agents against real servers in one process: who ends with what, and why. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { deviceToken, hawkbitUplink } from '../../bootloader-sim/fleet/index.ts';
import type { FailKind, Verdict } from '../../bootloader-sim/fleet/index.ts';
import { startDdi } from '../../bench/net/ddi.ts';
import { BLUETOOTH_LE } from '../../hal/links/index.ts';
import { membersOf } from '../../publisher/fleet/members.ts';
import { fleetBehind, fleetOf, folderAt, folderOf, told, update } from './_scene.ts';

/** Why each goes back. */
const WHY: Readonly<Record<FailKind, number>> = {
  crashesAtStart: Err.AttemptsSpent,
  hangs: Err.AttemptsSpent,
  neverConfirms: Err.WindowOver,
  failsCheck: Err.CheckFailed,
};

const facts = ({ device, runs, sequence, code }: Verdict): readonly unknown[] => [
  device.id,
  device.fails,
  runs,
  sequence,
  code,
];

const artefacts = (asked: readonly string[]): string[] =>
  asked.filter((line) => !line.includes('latest.json'));

test('a folder: who is well runs the new image; who fails, in each of the ways, runs the old one and says why', async (t) => {
  const server = await folderOf(t);
  const fleet = fleetOf(t, folderAt(server), { members: membersOf(12, undefined), fail: 0.5 });
  const { verdicts, settled } = await fleet.run();
  t.true(settled);
  const failing = verdicts.filter(({ device }) => device.fails !== undefined);
  t.is(failing.length, 6);
  t.is(new Set(failing.map(({ device }) => device.fails)).size, 4);
  for (const verdict of verdicts) {
    const { device, runs, code, right } = verdict;
    t.is(runs, device.fails === undefined ? 'new' : 'old', told(verdict));
    if (device.fails !== undefined) t.is(code, WHY[device.fails], told(verdict));
    t.true(right, told(verdict));
  }
});

test('the same seed: the same devices fail, and end in the same way; another seed: others', async (t) => {
  const server = await folderOf(t);
  const once = async (seed: number): Promise<unknown[]> => {
    const fleet = fleetOf(t, folderAt(server), { members: membersOf(10, undefined), fail: 0.4, seed });
    const { verdicts } = await fleet.run();
    return verdicts.map(facts);
  };
  const first = await once(7);
  t.deepEqual(await once(7), first);
  t.notDeepEqual(await once(8), first);
});

test('behind a gateway: all come to the new image, and what they run was fetched once', async (t) => {
  const groups = [
    { name: 'test', devices: ['test-*'] },
    { name: 'field', devices: ['field-*'], after: ['test'] },
  ];
  const members = membersOf(16, 'test:4,field');
  const { fleet, server } = await fleetBehind(t, groups, { members });
  const { verdicts, settled } = await fleet.run();
  t.true(settled);
  for (const verdict of verdicts) t.is(verdict.runs, 'new', told(verdict));
  t.is(artefacts(server.asked).length, 2, server.asked.join('\n'));
});

test('behind a gateway: failures stop the group and what comes after it, and who waits is as the factory made it', async (t) => {
  const groups = [
    { name: 'test', devices: ['test-*'], failures: 2 },
    { name: 'field', devices: ['field-*'], after: ['test'] },
  ];
  const members = membersOf(20, 'test:6,field');
  const { fleet } = await fleetBehind(t, groups, { members, fail: 0.5, seed: 3 });
  const planned = fleet.devices.filter(({ group, fails }) => group === 'test' && fails !== undefined);
  t.true(planned.length >= 2, `of the seed ${planned.length} fail in the first group`);
  const { verdicts, settled } = await fleet.run();
  t.true(settled);
  const back = verdicts.filter(({ device, code }) => device.group === 'test' && code < 0);
  t.true(back.length >= 2, verdicts.map(told).join('\n'));
  for (const verdict of back) {
    t.is(verdict.runs, 'old', told(verdict));
    t.is(verdict.code, WHY[verdict.device.fails!], told(verdict));
  }
  for (const verdict of verdicts) {
    t.true(verdict.right, told(verdict));
    if (verdict.device.group !== 'field') continue;
    t.true(verdict.untouched, told(verdict));
    t.is(verdict.device.counts.taken, 0, told(verdict));
  }
});

test('behind a gateway over HTTP, half of them losing power while they receive: all come to the new image', async (t) => {
  const groups = [{ name: 'lamps', devices: ['lamp-*'] }];
  const members = membersOf(10, 'lamp');
  const { fleet } = await fleetBehind(t, groups, { members, cut: 0.5 }, 'http');
  const { verdicts } = await fleet.run();
  for (const verdict of verdicts) t.is(verdict.runs, 'new', told(verdict));
  t.is(verdicts.filter(({ device }) => device.counts.cuts === 1).length, 5);
});

test('over CoAP, all of them losing power and one in five failing: as if they had not', async (t) => {
  const groups = [{ name: 'lamps', devices: ['lamp-*'], failures: '50%' }];
  const members = membersOf(10, 'lamp');
  const { fleet } = await fleetBehind(t, groups, { members, cut: 1, fail: 0.2 });
  const { verdicts } = await fleet.run();
  for (const verdict of verdicts) {
    t.true(verdict.right && !verdict.untouched, told(verdict));
    t.is(verdict.device.counts.cuts, 1, told(verdict));
  }
});

test('over a link that loses: all the same, and datagrams were lost', async (t) => {
  const members = membersOf(10, 'lamp');
  const groups = [{ name: 'lamps', devices: ['lamp-*'], failures: '50%' }];
  const links = [{ ...BLUETOOTH_LE, loss: 0.05 }];
  const { fleet } = await fleetBehind(t, groups, { members, links, fail: 0.2 });
  const { verdicts } = await fleet.run();
  for (const verdict of verdicts) {
    t.true(verdict.right && !verdict.untouched, told(verdict));
    t.true(verdict.device.counts.lost > 0, told(verdict));
  }
});

test('who boots nothing, and whose flash holds what no anchor signed, is called broken', async (t) => {
  const server = await folderOf(t);
  const noSlot = { sequence: 1, trouble: 'a stranger signed it' };
  const strange = fleetOf(t, folderAt(server), { members: membersOf(2, undefined), prove: () => noSlot });
  for (const verdict of (await strange.run()).verdicts) {
    t.is(verdict.runs, 'neither');
    t.is(verdict.words, noSlot.trouble);
    t.false(verdict.right);
  }
  const lying = fleetOf(t, folderAt(server), {
    members: membersOf(2, undefined),
    prove: () => ({ sequence: 9, trouble: '' }),
  });
  for (const verdict of (await lying.run()).verdicts) t.is(verdict.runs, 'neither');
  const damaged = fleetOf(t, folderAt(server), {
    members: membersOf(2, undefined),
    onWake: ({ board }) => {
      for (const device of Object.values(board.flash.devices)) device.poke(new Uint8Array(64), 0x3000);
      for (const device of Object.values(board.flash.devices)) device.poke(new Uint8Array(64), 0x13000);
    },
  });
  for (const verdict of (await damaged.run()).verdicts) {
    t.is(verdict.runs, 'neither', told(verdict));
    t.is(verdict.words, 'it boots nothing');
  }
});

test('of a hawkBit server: each device closes its action by what it came to run', async (t) => {
  const members = membersOf(10, undefined);
  const server = await startDdi({
    files: update.files,
    sleep: 60,
    tokens: (id) => [`TargetToken ${deviceToken(1, id)}`],
  });
  t.teardown(() => server.close());
  const token = (id: string): string => deviceToken(1, id);
  const uplink = hawkbitUplink({ url: server.url, token, kind: 'target' });
  const { verdicts, settled } = await fleetOf(t, uplink, { members, fail: 0.4 }).run();
  t.true(settled);
  for (const verdict of verdicts) {
    t.true(verdict.right && !verdict.untouched, told(verdict));
    const { id, fails } = verdict.device;
    t.is(server.closed.get(id), fails === undefined ? 'success' : 'failure', told(verdict));
  }
});
