/**
 * What is known of each device. The records are in memory, and each change goes to the disk before anyone is answered
 * (`saved`); docs/DESIGN.md section 30.2.
 */
import { PublishError } from '../../publisher/errors.ts';
import type { ReportKey } from '../../publisher/report-key.ts';
import type {
  Claims,
  DeviceEntry,
  DeviceRecord,
  Instant,
  Inventory,
  Release,
  Work,
  WorkState,
} from '../contract.ts';
import { claimsTrim, nextWakeOf } from './claims.ts';
import { openDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { Keeper } from './keeper.ts';
import { keyPrint, reportProve } from './proof.ts';
import { heldNew, heldRead, heldWrite } from './record.ts';
import type { Held, Taken } from './record.ts';
import { wordsCut } from './words.ts';
import { moved, reported, wanted } from './work.ts';

export interface InventoryOptions {
  /** Of its own; one process at a time. */
  readonly folder: string;
  readonly entries: readonly DeviceEntry[];
  /** What proves its reports; undefined: nothing does, and none is believed. */
  readonly keyOf: (entry: DeviceEntry) => ReportKey | undefined;
  /** Default: what the entry says. gateway/rollout/groups.ts `groupsOf` knows the plan's globs. */
  readonly groupOf?: ((entry: DeviceEntry) => string) | undefined;
  /** In place of the LevelDB in `folder`. */
  readonly disk?: Disk | undefined;
}

const DEVICE = 'd/';
const SETTING = 's/';
const VERSION_KEY = 'version';
const VERSION = '1';
/** Keys that a device may have had: of older ones the counters are forgotten. */
const PRINTS_MAX = 8;

const text = new TextEncoder();
const plain = new TextDecoder();

interface Known {
  readonly key: ReportKey | undefined;
  readonly print: string;
  held: Held;
}

const takenWith = (taken: Taken, print: string, counter: number): Taken =>
  [...taken.filter(([one]) => one !== print), [print, counter] as const].slice(-PRINTS_MAX);

const unknown = (id: string): PublishError =>
  new PublishError('is not in the configuration', { field: `device ${id}`, remedy: 'Enrol it first' });

class LastingInventory implements Inventory {
  readonly #known = new Map<string, Known>();
  readonly #settings = new Map<string, string>();
  readonly #keeper: Keeper;
  /** Of the work that came last. */
  #order = 0;
  readonly #watchers = new Set<(device: DeviceRecord) => void>();
  readonly #followers = new Set<(before: DeviceRecord, after: DeviceRecord) => void>();

  constructor(disk: Disk, { entries, keyOf, groupOf }: InventoryOptions) {
    this.#keeper = new Keeper(disk);
    for (const entry of entries) {
      const { id, vendor, classId } = entry;
      const key = keyOf(entry);
      const group = groupOf ? groupOf(entry) : entry.group;
      const held = heldNew({ id, group, vendor, classId });
      this.#known.set(id, { key, print: key ? keyPrint(key) : '', held });
    }
  }

  /** Records of devices that are not in the configuration stay where they are: their counters count when they are back. */
  async load(disk: Disk, folder: string): Promise<void> {
    let version: string | undefined;
    for await (const [key, value] of disk.load()) {
      if (key === VERSION_KEY) version = plain.decode(value);
      else if (key.startsWith(SETTING)) this.#settings.set(key.slice(SETTING.length), plain.decode(value));
      else if (key.startsWith(DEVICE)) {
        const known = this.#known.get(key.slice(DEVICE.length));
        if (known) known.held = heldRead(value, known.held.device, known.print, folder);
        this.#order = Math.max(this.#order, known?.held.device.work?.order ?? 0);
      }
    }
    if (version === undefined) this.#keeper.changed(VERSION_KEY, () => text.encode(VERSION));
    else if (version !== VERSION)
      throw new PublishError(`version ${version} is not known`, {
        file: folder,
        field: 'inventory',
        remedy: `This flipside reads version ${VERSION}; take the one that wrote it`,
      });
    await this.saved();
  }

  device(id: string): DeviceRecord | undefined {
    return this.#known.get(id)?.held.device;
  }

  devices(): readonly DeviceRecord[] {
    return [...this.#known.values()].map(({ held }) => held.device);
  }

  checkedIn(
    id: string,
    report: Uint8Array | undefined,
    claimed: Claims,
    now: Instant,
  ): { readonly device: DeviceRecord; readonly verified: boolean; readonly refusal: string } {
    const known = this.#get(id);
    const claims = claimsTrim(claimed);
    const { device, taken } = known.held;
    const seen = { ...device, claims, lastSeen: now, nextWake: nextWakeOf(claims, now) };
    const proof = report && this.#prove(known, report);
    if (proof && 'report' in proof) {
      const counted = takenWith(taken, known.print, proof.report.counter);
      this.#put(known, reported({ ...seen, report: proof.report, reportAt: now }, now, true), counted);
      return { device: known.held.device, verified: true, refusal: '' };
    }
    const refusal = proof ? wordsCut(proof.refusal) : '';
    this.#put(known, proof ? { ...seen, refusedReports: seen.refusedReports + 1, refusal } : seen);
    return { device: known.held.device, verified: false, refusal };
  }

  #prove(known: Known, report: Uint8Array): ReturnType<typeof reportProve> {
    if (known.key === undefined) return { refusal: 'there is no report key for this device' };
    const after = known.held.taken.find(([print]) => print === known.print)?.[1] ?? -1;
    return reportProve(report, known.held.device.id, known.key, after);
  }

  wanted(id: string, work: Work | undefined, now: Instant): void {
    const known = this.#get(id);
    this.#put(known, wanted(known.held.device, work, now, this.#order + 1));
    this.#order = Math.max(this.#order, known.held.device.work?.order ?? 0);
  }

  moved(
    id: string,
    state: WorkState,
    code: number,
    words: string,
    now: Instant,
    release?: Release,
    work?: string,
  ): boolean {
    const known = this.#get(id);
    const { device } = known.held;
    if (work !== undefined && device.work?.work.id !== work) return false;
    const next = moved(device, { state, code, words, release }, now);
    if (next === undefined) return false;
    this.#put(known, next);
    return true;
  }

  #get(id: string): Known {
    const known = this.#known.get(id);
    if (known === undefined) throw unknown(id);
    return known;
  }

  #put(known: Known, after: DeviceRecord, taken: Taken = known.held.taken): void {
    const before = known.held.device;
    if (after === before) return;
    known.held = { device: after, taken };
    this.#keeper.changed(
      DEVICE + after.id,
      () => heldWrite(known.held),
      () => this.#tell(after),
    );
    for (const follower of this.#followers) follower(before, after);
  }

  /** One that throws is a mistake of its own: the others are told, and the writing goes on. */
  #tell(device: DeviceRecord): void {
    for (const watcher of this.#watchers) {
      try {
        watcher(device);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  watch(changed: (device: DeviceRecord) => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  follow(changed: (before: DeviceRecord, after: DeviceRecord) => void): () => void {
    this.#followers.add(changed);
    return () => void this.#followers.delete(changed);
  }

  setting(key: string): string | undefined {
    return this.#settings.get(key);
  }

  settings(prefix: string): readonly (readonly [string, string])[] {
    return [...this.#settings].filter(([key]) => key.startsWith(prefix));
  }

  keep(key: string, value: string | undefined): void {
    if (this.#settings.get(key) === value) return;
    if (value === undefined) this.#settings.delete(key);
    else this.#settings.set(key, value);
    this.#keeper.changed(SETTING + key, () => {
      const now = this.#settings.get(key);
      return now === undefined ? undefined : text.encode(now);
    });
  }

  saved(): Promise<void> {
    return this.#keeper.saved();
  }

  close(): Promise<void> {
    return this.#keeper.close();
  }
}

/** Throws PublishError: the folder is in use, or of another version, or a record is not one. */
export const openInventory = async (options: InventoryOptions): Promise<Inventory> => {
  const disk = options.disk ?? (await openDisk(options.folder));
  try {
    const inventory = new LastingInventory(disk, options);
    await inventory.load(disk, options.folder);
    return inventory;
  } catch (error) {
    await disk.close();
    throw error;
  }
};
