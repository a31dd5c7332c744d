/**
 * What has failed, what was stopped by it, and what a person has paused, as lasting settings:
 *
 *   rollout/failed/<group>/<device>/<title>  [work, manifest, 1: it counts, 0: a person has resumed since]
 *   rollout/stop/<group>/<title>             {at, devices}
 *   rollout/pause/<group>                    1
 *
 * They go to the disk with the report that brought them about. A device counts once for a release, and stays counted when
 * the server gives it other work; a stop stays until a person lifts it, whatever the server says.
 */
import type { DeviceRecord, Instant, Inventory } from '../contract.ts';

/** Releases of a group of which failures are remembered. */
const TITLES_MAX = 64;
/** Devices named in words. */
const NAMED_MAX = 8;

interface Failure {
  readonly work: string;
  readonly manifest: string;
  readonly counts: boolean;
}

export interface Stop {
  readonly at: Instant;
  readonly devices: readonly string[];
}

interface Title {
  readonly failed: Map<string, Failure>;
  counted: number;
  stop: Stop | undefined;
}

const KEY = /^rollout\/(failed|stop|pause)\/([^/]+)(?:\/(.*))?$/s;

const failureRead = (text: string): Failure => {
  const [work, manifest, counts] = JSON.parse(text) as [string, string, number];
  return { work, manifest, counts: counts === 1 };
};

export class GroupStops {
  readonly #inventory: Inventory;
  readonly #name: string;
  readonly #line: number;
  readonly #titles = new Map<string, Title>();
  #paused = false;

  constructor(inventory: Inventory, name: string, line: number) {
    this.#inventory = inventory;
    this.#name = name;
    this.#line = line;
  }

  load(kind: string, rest: string, value: string): void {
    if (kind === 'pause') this.#paused = true;
    else if (kind === 'stop') this.#title(rest).stop = JSON.parse(value) as Stop;
    else {
      const at = rest.indexOf('/');
      this.#set(rest.slice(at + 1), rest.slice(0, at), failureRead(value));
    }
  }

  #title(title: string): Title {
    const found = this.#titles.get(title) ?? { failed: new Map(), counted: 0, stop: undefined };
    this.#titles.set(title, found);
    return found;
  }

  #set(title: string, device: string, failure: Failure): void {
    const found = this.#title(title);
    if (found.failed.get(device)?.counts) found.counted--;
    found.failed.set(device, failure);
    if (failure.counts) found.counted++;
  }

  #keep(title: string, device: string, failure: Failure): void {
    this.#set(title, device, failure);
    const { work, manifest, counts } = failure;
    this.#inventory.keep(
      `rollout/failed/${this.#name}/${device}/${title}`,
      JSON.stringify([work, manifest, counts ? 1 : 0]),
    );
  }

  /** A verified failure. The same one twice, such as after a restart, is one. */
  failed({ id, work }: DeviceRecord, at: Instant): void {
    if (work === undefined) return;
    const { title } = work.work;
    if (this.#titles.get(title)?.failed.get(id)?.work === work.work.id) return;
    this.#keep(title, id, { work: work.work.id, manifest: work.manifestDigest ?? '', counts: true });
    this.#stopWhereReached(title, at);
    this.#forget();
  }

  /** Also of what is on record, where the plan's line was lowered. */
  #stopWhereReached(title: string, at: Instant): void {
    const found = this.#title(title);
    if (found.stop !== undefined || found.counted < this.#line) return;
    const devices = [...found.failed].filter(([, { counts }]) => counts).map(([device]) => device);
    found.stop = { at, devices: devices.slice(-NAMED_MAX) };
    this.#inventory.keep(`rollout/stop/${this.#name}/${title}`, JSON.stringify(found.stop));
  }

  loaded(at: Instant): void {
    for (const title of this.#titles.keys()) this.#stopWhereReached(title, at);
  }

  /** The oldest go first, and of them those that stop nothing. */
  #forget(): void {
    if (this.#titles.size <= TITLES_MAX) return;
    const titles = [...this.#titles];
    const [title, { failed }] = titles.find(([, { stop }]) => stop === undefined) ?? titles[0]!;
    for (const device of failed.keys())
      this.#inventory.keep(`rollout/failed/${this.#name}/${device}/${title}`, undefined);
    this.#inventory.keep(`rollout/stop/${this.#name}/${title}`, undefined);
    this.#titles.delete(title);
  }

  count(title: string): number {
    return this.#titles.get(title)?.counted ?? 0;
  }

  /** The stop that holds this release, or any manifest that failed under another name. `matters`: titles it heeds. */
  find(manifest: string | undefined, matters: (title: string) => boolean): Stop | undefined {
    for (const [title, { stop, failed }] of this.#titles) {
      if (stop === undefined) continue;
      if (matters(title)) return stop;
      if (manifest === undefined) continue;
      if (stop.devices.some((id) => failed.get(id)?.manifest === manifest)) return stop;
    }
    return undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
    this.#inventory.keep(`rollout/pause/${this.#name}`, '1');
  }

  resume(): void {
    this.#paused = false;
    this.#inventory.keep(`rollout/pause/${this.#name}`, undefined);
    for (const [title, found] of this.#titles) {
      if (found.stop === undefined) continue;
      found.stop = undefined;
      this.#inventory.keep(`rollout/stop/${this.#name}/${title}`, undefined);
      for (const [device, failure] of found.failed) this.#keep(title, device, { ...failure, counts: false });
    }
  }
}

export const stopsLoad = (
  inventory: Inventory,
  stops: ReadonlyMap<string, GroupStops>,
  now: Instant,
): void => {
  for (const [key, value] of inventory.settings('rollout/')) {
    const [, kind, group, rest] = KEY.exec(key) ?? [];
    if (kind !== undefined) stops.get(group!)?.load(kind, rest ?? '', value);
  }
  for (const one of stops.values()) one.loaded(now);
};
