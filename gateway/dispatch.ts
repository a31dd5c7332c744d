/**
 * Has the releases of the devices' work fetched, before any of them wakes. A release that cannot be had fails the work of
 * those that are to have it; one that cannot be had now is tried again.
 */
import * as Err from '../agent/err.ts';
import { codeText } from '../publisher/explain.ts';
import type {
  DeviceRecord,
  Inventory,
  Instant,
  Release,
  Releases,
  ReleaseSource,
  Wanted,
  WorkRecord,
  WorkState,
} from './contract.ts';
import { releaseErrorOf } from './fetch/error.ts';
import type { ReleaseError } from './fetch/error.ts';
import { isOver, isTold } from './inventory/transitions.ts';

export interface DispatchOptions {
  readonly inventory: Inventory;
  readonly releases: Releases;
  /** Of the store: what is at work is not evicted. */
  readonly pin: (digests: ReadonlySet<string>) => void;
  /** Where the server has a signed statement beside it. */
  readonly stated?: ((wanted: Wanted) => void) | undefined;
  readonly now?: (() => Instant) | undefined;
  /** Milliseconds to the next try; doubled for each further one up to the longest. */
  readonly again?: number | undefined;
  readonly longest?: number | undefined;
}

const AGAIN = 5000;
const LONGEST = 900_000;
const DOUBLINGS = 16;
/** Not whole in the slot for good: the release is to be here, and is fetched again where files of it were lost. */
const NEEDED: readonly WorkState[] = ['waiting', 'fetching', 'ready', 'offered', 'staged'];
/** Devices as whom a file is asked for, until its refusal is believed. */
const DOORS_MAX = 8;

/** hawkBit has other URLs for each device: the content is what tells one download from another. */
const keyOf = ({ envelope, files }: ReleaseSource): string =>
  JSON.stringify(
    [envelope, ...files].map(({ sha256, name, url }) => (sha256 === undefined ? url : [sha256, name])),
  );

/** Where one device may fetch it, and as whom. */
const doorOf = ({ envelope }: ReleaseSource): string => `${envelope.authorization ?? ''} ${envelope.url}`;

/** Read from the disk: the server's next answer brings what opens it. */
const isShut = ({ envelope, files }: ReleaseSource): boolean =>
  [envelope, ...files].some(({ guarded, authorization }) => guarded === true && authorization === undefined);

interface Errand {
  readonly devices: Set<string>;
  /** Doors at which the server has refused it. */
  readonly refused: Set<string>;
  failures: number;
}

class Dispatch {
  readonly #options: DispatchOptions;
  readonly #now: () => Instant;
  readonly #errands = new Map<string, Errand>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  readonly #unwatch: () => void;
  #closed = false;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { inventory } = options;
    // As it is now: what it was when the change went to the disk may be over.
    this.#unwatch = inventory.watch(({ id }) => this.#look(inventory.device(id)!));
    this.review();
    this.#pin();
  }

  /** Files of releases may have gone. */
  review(): void {
    for (const device of this.#options.inventory.devices()) this.#look(device);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled(this.#running);
  }

  #wants({ work }: DeviceRecord): boolean {
    if (work === undefined || work.cancelling) return false;
    const there = work.release !== undefined && this.#options.releases.find(work.release) !== undefined;
    if (there || isShut(work.work.source)) return false;
    return NEEDED.includes(work.state);
  }

  #look(device: DeviceRecord): void {
    if (this.#closed || !this.#wants(device)) return;
    const key = keyOf(device.work!.work.source);
    const errand = this.#errands.get(key);
    if (errand !== undefined) {
      errand.devices.add(device.id);
      return;
    }
    this.#errands.set(key, { devices: new Set([device.id]), refused: new Set(), failures: 0 });
    this.#run(key);
  }

  #run(key: string): void {
    const run = this.#fetch(key)
      .catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Of those of its devices that want it still, as the server has said last; the others are let go. */
  #sources(key: string, { devices }: Errand): readonly ReleaseSource[] {
    const sources: ReleaseSource[] = [];
    for (const id of devices) {
      const device = this.#options.inventory.device(id);
      const source = device?.work?.work.source;
      if (device === undefined || source === undefined || !this.#wants(device) || keyOf(source) !== key)
        devices.delete(id);
      else sources.push(source);
    }
    return sources;
  }

  async #fetch(key: string): Promise<void> {
    const errand = this.#errands.get(key)!;
    const sources = this.#sources(key, errand);
    // One device's door may be shut, as its action was taken back, and the next one's not.
    const source = sources.find((one) => !errand.refused.has(doorOf(one))) ?? sources[0];
    if (source === undefined) {
      this.#errands.delete(key);
      return;
    }
    this.#tell(key, errand, 'fetching', 0, '');
    // What is over by now makes room for what comes.
    this.#pin();
    try {
      const release = await this.#options.releases.obtain(source);
      this.#errands.delete(key);
      this.#tell(key, errand, 'ready', 0, '', release);
      this.#pin();
      if (source.statement !== undefined) this.#options.stated?.(source.statement);
    } catch (thrown) {
      this.#failed(key, errand, source, releaseErrorOf(thrown));
    }
  }

  #failed(key: string, errand: Errand, source: ReleaseSource, { code, message, fatal }: ReleaseError): void {
    if (this.#closed) return;
    if (code === Err.SourceRefused) {
      errand.refused.add(doorOf(source));
      const others = this.#sources(key, errand).some((one) => !errand.refused.has(doorOf(one)));
      if (others && errand.refused.size < DOORS_MAX) return this.#run(key);
    }
    if (fatal) {
      this.#errands.delete(key);
      return this.#tell(key, errand, 'failed', code, message === '' ? codeText(code) : message);
    }
    this.#tell(key, errand, 'fetching', 0, message);
    const { again = AGAIN, longest = LONGEST } = this.#options;
    const wait = Math.min(longest, again * 2 ** Math.min(DOUBLINGS, errand.failures++));
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#run(key);
    }, wait);
    this.#timers.add(timer);
  }

  /** Those of its devices that still want just this. Who was told of it stays so, unless it is not to be had. */
  #tell(key: string, errand: Errand, state: WorkState, code: number, words: string, release?: Release): void {
    const { inventory } = this.#options;
    for (const id of errand.devices) {
      const work = inventory.device(id)?.work;
      if (work === undefined || !NEEDED.includes(work.state) || keyOf(work.work.source) !== key) continue;
      if (work.state === state && work.words === words && release === undefined) continue;
      if (isTold(work.state) && state !== 'failed') this.#toldBefore(id, work, release);
      else inventory.moved(id, state, code, words, this.#now(), release, work.work.id);
    }
  }

  /** The path that it was given holds again, or leads nowhere for good. */
  #toldBefore(id: string, { work, release: before }: WorkRecord, release: Release | undefined): void {
    if (release === undefined || release.id === before) return;
    const words = 'the server has another release in its place by now';
    this.#options.inventory.moved(id, 'failed', Err.SourceChanged, words, this.#now(), undefined, work.id);
  }

  #pin(): void {
    const { inventory, releases, pin } = this.#options;
    const digests = new Set<string>();
    for (const { work } of inventory.devices()) {
      if (work?.release === undefined || isOver(work.state)) continue;
      const release = releases.find(work.release);
      for (const file of release ? [release.envelope, ...release.payloads] : []) digests.add(file.digest);
    }
    pin(digests);
  }
}

export const openDispatch = (options: DispatchOptions): { review(): void; close(): Promise<void> } =>
  new Dispatch(options);
