/**
 * Who may begin now; docs/DESIGN.md section 30.2. All of it is counted along with the inventory's changes: a gate looks at
 * its own group, those before it and its pairs, and not at the fleet.
 */
import { PublishError } from '../../publisher/errors.ts';
import type {
  DeviceEntry,
  DeviceRecord,
  Gate,
  GateKind,
  GroupState,
  Instant,
  Inventory,
  Plan,
  Rollout,
  WorkRecord,
} from '../contract.ts';
import { isBefore, isOver } from '../inventory/transitions.ts';
import { groupsOf } from './groups.ts';
import type { Group, Groups } from './groups.ts';
import { GroupStops, stopsLoad } from './stops.ts';
import { GroupTally } from './tally.ts';
import { GroupWay, PairWay } from './way.ts';

export interface RolloutOptions {
  readonly inventory: Inventory;
  readonly plan: Plan;
  readonly entries: readonly DeviceEntry[];
  /** Seconds after which a device that is under way and says no more counts as lost. Default 7 days. */
  readonly patience?: number | undefined;
  /**
   * Seconds for which work of a group that comes after others waits in any case: the server may give them theirs a moment
   * later, and a group without work holds up nobody. Longer than a round of the server's answers. Default 60.
   */
  readonly settle?: number | undefined;
  readonly now?: (() => Instant) | undefined;
}

const PATIENCE = 7 * 86400;
const SETTLE = 60;

interface Part {
  readonly group: Group;
  readonly size: number;
  readonly line: number;
  readonly tally: GroupTally;
  readonly way: GroupWay;
  readonly stops: GroupStops;
}

const gateOf = (kind: GateKind, whom: readonly string[], words: string): Gate => ({ kind, whom, words });
const OPEN = gateOf('open', [], '');

class PlannedRollout implements Rollout {
  readonly #inventory: Inventory;
  readonly #parts = new Map<string, Part>();
  readonly #of: Groups['of'];
  readonly #pairs: PairWay;
  readonly #settle: number;
  readonly #now: () => Instant;
  readonly #unfollow: () => void;

  constructor({
    inventory,
    plan,
    entries,
    patience = PATIENCE,
    settle = SETTLE,
    now = Date.now,
  }: RolloutOptions) {
    const { groups, of, pairs } = groupsOf(plan, entries);
    this.#inventory = inventory;
    this.#of = of;
    this.#pairs = new PairWay(pairs);
    this.#settle = settle * 1000;
    this.#now = now;
    const sizes = new Map<string, number>();
    for (const name of of.values()) sizes.set(name, (sizes.get(name) ?? 0) + 1);
    for (const [name, group] of groups) {
      const size = sizes.get(name) ?? 0;
      const line = group.failureLine(size);
      this.#parts.set(name, {
        group,
        size,
        line,
        tally: new GroupTally(group.success),
        way: new GroupWay(patience * 1000),
        stops: new GroupStops(inventory, name, line),
      });
    }
    stopsLoad(inventory, new Map([...this.#parts].map(([name, { stops }]) => [name, stops])), now());
    for (const device of inventory.devices()) this.#changed(undefined, device);
    this.#unfollow = inventory.follow((before, after) => this.#changed(before, after));
  }

  #changed(before: DeviceRecord | undefined, after: DeviceRecord): void {
    const part = this.#partOf(after.id);
    part.way.changed(after);
    this.#pairs.changed(after);
    if (before?.work === after.work) return;
    part.tally.changed(before?.work, after.work);
    // Before anything else can take the place of that work.
    if (after.work?.counted) part.stops.failed(after, this.#now());
  }

  #partOf(id: string): Part {
    const part = this.#parts.get(this.#of.get(id) ?? '');
    if (part !== undefined) return part;
    throw new PublishError('is not in the plan', { field: `device ${id}`, remedy: 'Enrol it first' });
  }

  gate({ id }: DeviceRecord): Gate {
    const device = this.#inventory.device(id);
    const work = device?.work;
    if (device === undefined || work === undefined || isOver(work.state))
      return gateOf('open', [], 'there is nothing to begin');
    const part = this.#partOf(id);
    if (work.state === 'trial') return OPEN;
    const held = this.#stopped(part, work) ?? this.#paused(part);
    if (held !== undefined || !isBefore(work.state)) return held ?? OPEN;
    return this.#after(part, work) ?? this.#pair(id) ?? this.#together(part, id) ?? OPEN;
  }

  /** The group's own stops, and those of what comes before it. */
  #stopped(part: Part, { work, manifestDigest }: WorkRecord): Gate | undefined {
    for (const name of [part.group.name, ...part.group.before]) {
      const { stops, tally } = this.#parts.get(name)!;
      const stop = stops.find(manifestDigest, (title) =>
        part.group.name === name ? title === work.title : tally.matters(title, work.title),
      );
      if (stop === undefined) continue;
      const words = `group ${name} is stopped: ${stop.devices.join(', ')} failed. Look into it, then resume ${name}`;
      return gateOf('stopped', [name], words);
    }
    return undefined;
  }

  #paused({ stops, group: { name } }: Part): Gate | undefined {
    return stops.paused ? gateOf('paused', [name], `group ${name} is paused`) : undefined;
  }

  #after({ group }: Part, { work, wantedAt }: WorkRecord): Gate | undefined {
    const whom: string[] = [];
    const words: string[] = [];
    for (const name of group.before) {
      const { tally } = this.#parts.get(name)!;
      const holding = tally.holds(work.title);
      if (holding === undefined) continue;
      const { succeeded, devices, line } = tally.progress(holding);
      whom.push(name);
      words.push(`group ${name}: ${succeeded} of ${devices} succeeded, ${line} have to`);
    }
    if (whom.length > 0) return gateOf('after', whom, words.join('; '));
    const age = this.#now() - (wantedAt ?? 0);
    if (group.before.length === 0 || age < 0 || age >= this.#settle) return undefined;
    return gateOf('after', group.before, 'what comes first may still be given work');
  }

  #pair(id: string): Gate | undefined {
    const partner = this.#pairs.partner(id);
    if (partner === undefined) return undefined;
    const silent = this.#partOf(partner).way.isLost(partner, this.#now());
    const words = silent
      ? `its partner ${partner} is under way and was not heard of for long. Find it, or take it out of the pair`
      : `its partner ${partner} is under way`;
    return gateOf('pair', [partner], words);
  }

  #together({ group, way }: Part, id: string): Gate | undefined {
    if (group.together === Infinity) return undefined;
    const others = way.count(this.#now(), id);
    if (others < group.together) return undefined;
    return gateOf('together', [group.name], `${others} of group ${group.name} are under way`);
  }

  groups(): readonly GroupState[] {
    return [...this.#parts.values()].map((part) => this.#stateOf(part));
  }

  #stateOf({ group, size, line, tally, way, stops }: Part): GroupState {
    const now = this.#now();
    const release = tally.newest;
    const { counts, succeeded, line: successLine } = tally.progress(release ?? '');
    const having = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return {
      name: group.name,
      release,
      counts: { ...counts, none: size - having },
      devices: size,
      succeeded,
      failed: release === undefined ? 0 : stops.count(release),
      successLine,
      failureLine: line,
      stopped: release !== undefined && stops.find(undefined, (title) => title === release) !== undefined,
      paused: stops.paused,
      after: group.after,
      underWay: way.count(now),
      lost: way.lost(now),
    };
  }

  #named(name: string): Part {
    const part = this.#parts.get(name);
    if (part !== undefined) return part;
    const remedy = `There are: ${[...this.#parts.keys()].join(', ')}`;
    throw new PublishError('is not in the plan', { field: `group ${name}`, remedy });
  }

  pause(name: string): void {
    this.#named(name).stops.pause();
  }

  resume(name: string): void {
    this.#named(name).stops.resume();
  }

  close(): void {
    this.#unfollow();
  }
}

/** Throws PublishError on a plan that cannot be. */
export const openRollout = (options: RolloutOptions): Rollout => new PlannedRollout(options);
