/**
 * A gateway that is killed: it takes check-ins and says each one on its output once it may be acknowledged.
 * Arguments: folder, seed. Lines: `<device> <counter> <state> <lastSeen>`.
 */
import { writeSync } from 'node:fs';
import { random } from '../../hal/node/faults.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { openRollout } from '../../gateway/rollout/rollout.ts';
import { CLAIMS, entry, keyOf, releaseOf, Reporting, workOf } from './_devices.ts';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';

const [folder = '', seed = '1'] = process.argv.slice(2);
const next = random(Number(seed));
const ids = Array.from({ length: 8 }, (_, at) => `d-${at}`);
const entries = ids.map((id) => entry(id));
const groups = [{ name: 'd', devices: ['*'], failures: 3 }];

const inventory = await openInventory({ folder, entries, keyOf });
openRollout({ inventory, plan: { groups, pairs: [] }, entries, now: () => 1 });
const devices = new Map(
  ids.map((id) => [id, new Reporting(id, { counter: (inventory.device(id)!.report?.counter ?? 0) + 1 })]),
);

let now = Math.max(0, ...inventory.devices().map(({ lastSeen }) => lastSeen));
const round = async (id: string): Promise<void> => {
  const turn = ++now;
  const name = `app ${Math.floor(turn / 40)}`;
  const sequence = 10 + Math.floor(turn / 40);
  inventory.wanted(id, workOf(`${id} ${name}`, name), turn);
  inventory.moved(id, 'offered', 0, '', turn, releaseOf(name, sequence));
  const device = devices.get(id)!;
  const kind = next() % 4;
  const report = device.report({
    runs: kind === 1 ? name : 'base',
    sequence: kind === 1 ? sequence : 1,
    trial: kind === 1,
    ...(kind === 2 && { event: Event.Reverted, code: Err.CheckFailed, about: name, to: sequence }),
  });
  const { device: record } = inventory.checkedIn(id, report, CLAIMS, turn);
  const line = `${id} ${record.report!.counter} ${record.work!.work.id} ${record.work!.state} ${turn}\n`;
  await inventory.saved();
  // At once, past every buffer: what was said was said.
  writeSync(1, line);
};

for (;;) await Promise.all(Array.from({ length: 1 + (next() % 4) }, () => round(ids[next() % ids.length]!)));
