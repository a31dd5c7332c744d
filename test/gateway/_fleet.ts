/** A fleet under a plan: its inventory, its rollout, and devices that say what they are told to say. */
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { GroupPlan, Inventory, Plan, Rollout } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { openRollout } from '../../gateway/rollout/rollout.ts';
import type { RolloutOptions } from '../../gateway/rollout/rollout.ts';
import { CLAIMS, entry, keyOf, MemoryDisk, releaseOf, Reporting, workOf } from './_devices.ts';
import type { Told } from './_devices.ts';

export const group = (name: string, more: Partial<GroupPlan> = {}): GroupPlan => ({
  name,
  devices: [`${name}-*`],
  ...more,
});

export const MINUTE: number = 60_000;

export class Fleet {
  readonly disk: MemoryDisk = new MemoryDisk();
  now: number = 0;
  #actions = 0;
  readonly #devices = new Map<string, Reporting>();
  inventory!: Inventory;
  rollout!: Rollout;

  async open(ids: readonly string[], plan: Partial<Plan>, more: Partial<RolloutOptions> = {}): Promise<this> {
    const entries = ids.map((id) => entry(id));
    const all = { groups: [], pairs: [], ...plan };
    const { of } = groupsOf(all, entries);
    this.inventory = await openInventory({
      folder: 'memory',
      disk: new MemoryDisk(this.disk.cells),
      entries,
      keyOf,
      groupOf: ({ id }) => of.get(id)!,
    });
    this.rollout = openRollout({
      inventory: this.inventory,
      plan: all,
      entries,
      now: () => this.now,
      ...more,
    });
    return this;
  }

  give(ids: readonly string[], title: string): void {
    for (const id of ids) this.inventory.wanted(id, workOf(String(++this.#actions), title), this.now);
  }

  /** As the desk does: one that checks in begins where its gate is open. */
  begin(id: string, name: string, sequence = 7): string {
    const { kind } = this.rollout.gate(this.inventory.device(id)!);
    if (kind === 'open') this.inventory.moved(id, 'offered', 0, '', this.now, releaseOf(name, sequence));
    return kind;
  }

  says(id: string, told: Told): void {
    const device = this.#devices.get(id) ?? new Reporting(id);
    this.#devices.set(id, device);
    const { verified, refusal } = this.inventory.checkedIn(id, device.report(told), CLAIMS, this.now);
    if (!verified) throw new Error(refusal);
  }

  succeeds(id: string, name: string): void {
    this.says(id, { runs: name, sequence: 7 });
  }

  fails(id: string, name: string): void {
    const event = { event: Event.Reverted, code: Err.CheckFailed, about: name, to: 7 };
    this.says(id, { runs: 'old', sequence: 6, ...event });
  }

  gate(id: string): string {
    const { kind, whom, words } = this.rollout.gate(this.inventory.device(id)!);
    return kind === 'open' ? kind : `${kind} ${whom.join(' ')}: ${words}`;
  }

  later(milliseconds: number = MINUTE): void {
    this.now += milliseconds;
  }
}

export const TWO: readonly string[] = ['a-1', 'a-2', 'b-1', 'b-2'];
export const STAGED: Partial<Plan> = { groups: [group('a'), group('b', { after: ['a'] })] };
