/** A gateway that is killed at moments of chance: whatever it acknowledged is there when it comes back. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import type { Inventory } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { CLAIMS, entry, keyOf, Reporting } from '../gateway/_devices.ts';

const KILLS = 120;
const child = join(import.meta.dirname, '..', 'gateway', '_inventory-child.js');
const ids = Array.from({ length: 8 }, (_, at) => `d-${at}`);
const entries = ids.map((id) => entry(id));

/** What it said before it was killed, `lines` lines and `wait` milliseconds after it had begun. */
const killed = (folder: string, seed: number, lines: number, wait: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const gateway = spawn(process.execPath, [child, folder, String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [text, trouble, dying] = ['', '', false];
    gateway.stderr.on('data', (data: Buffer) => (trouble += data.toString()));
    gateway.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (dying || text.split('\n').length <= lines) return;
      dying = true;
      setTimeout(() => gateway.kill('SIGKILL'), wait);
    });
    gateway.on('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(text.split('\n').slice(0, -1));
      else reject(new Error(`it ended by itself: ${trouble}`));
    });
  });

interface Said {
  readonly counter: number;
  readonly seen: number;
  readonly work: string;
  readonly state: string;
}

/** Device, counter, work (with a blank or two in it), state, time. */
const saidOf = (line: string): readonly [string, Said] => {
  const [id, counter, ...rest] = line.split(' ');
  const [state, seen] = rest.splice(-2);
  return [id!, { counter: Number(counter), seen: Number(seen), work: rest.join(' '), state: state! }];
};

/** What is missing. */
const missing = (inventory: Inventory, said: ReadonlyMap<string, Said>): string[] => {
  const found: string[] = [];
  for (const [id, { counter, seen, work, state }] of said) {
    const { report, lastSeen, work: kept } = inventory.device(id)!;
    const taken = report?.counter ?? 0;
    if (!(taken >= counter && lastSeen >= seen)) found.push(`${id}: ${taken}, said ${counter}`);
    // Nothing came behind it: then it is exactly what was said.
    else if (taken === counter && (kept!.work.id !== work || kept!.state !== state))
      found.push(`${id}: ${kept!.work.id} ${kept!.state}, said ${work} ${state}`);
    const old = new Reporting(id, { counter }).report({ runs: 'base' });
    if (inventory.checkedIn(id, old, CLAIMS, lastSeen).verified) found.push(`${id}: takes ${counter} again`);
  }
  return found;
};

/** Failures that are on record without the setting that counts them, or the other way round. */
const torn = (inventory: Inventory): string[] => {
  const counted = new Set(inventory.settings('rollout/failed/').map(([key]) => key));
  return inventory
    .devices()
    .filter(({ id, work }) => work?.counted && !counted.has(`rollout/failed/d/${id}/${work.work.title}`))
    .map(({ id }) => id);
};

test(`killed ${KILLS} times, nothing is lost that was acknowledged`, async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'flipside-inventory-kills-')), 'inventory');
  t.teardown(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  const said = new Map<string, Said>();
  let [acknowledged, failures] = [0, 0];
  for (let seed = 1; seed <= KILLS; seed++) {
    const next = random(seed);
    const [lines, wait] = [1 + (next() % 12), next() % 8];
    const replay = `seed ${seed}: killed ${wait} ms after line ${lines}`;
    for (const line of await killed(folder, seed, lines, wait)) {
      said.set(...saidOf(line));
      acknowledged++;
    }
    const inventory = await openInventory({ folder, entries, keyOf });
    t.deepEqual(missing(inventory, said), [], replay);
    t.deepEqual(torn(inventory), [], replay);
    failures = Math.max(failures, inventory.settings('rollout/failed/').length);
    await inventory.close();
  }
  t.log(`${acknowledged} check-ins acknowledged, ${failures} failures counted at most`);
  t.true(acknowledged >= 2 * KILLS && failures > 0);
});
