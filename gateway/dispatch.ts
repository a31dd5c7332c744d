/**
 * Has the releases of the devices' work fetched, before any of them wakes. A release that cannot be had fails the work of
 * those that are to have it; one that cannot be had now is tried again.
 */
import { codeText } from '../publisher/explain.ts';
import type {
  DeviceRecord,
  Inventory,
  Instant,
  Release,
  Releases,
  ReleaseSource,
  Wanted,
  WorkState,
} from './contract.ts';
import { ReleaseError } from './fetch/error.ts';
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

/** hawkBit has other URLs for each device: the content is what tells one download from another. */
const keyOf = ({ envelope, files }: ReleaseSource): string =>
  JSON.stringify(
    [envelope, ...files].map(({ sha256, name, url }) => (sha256 === undefined ? url : [sha256, name])),
  );

interface Errand {
  readonly source: ReleaseSource;
  readonly devices: Set<string>;
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

  #look({ id, work }: DeviceRecord): void {
    if (this.#closed || work === undefined || work.cancelling || !NEEDED.includes(work.state)) return;
    if (work.release !== undefined && this.#options.releases.find(work.release) !== undefined) return;
    const { source } = work.work;
    const key = keyOf(source);
    const errand = this.#errands.get(key);
    if (errand !== undefined) {
      errand.devices.add(id);
      return;
    }
    this.#errands.set(key, { source, devices: new Set([id]), failures: 0 });
    this.#run(key);
  }

  #run(key: string): void {
    const run = this.#fetch(key).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #fetch(key: string): Promise<void> {
    const errand = this.#errands.get(key)!;
    this.#tell(key, errand, 'fetching', 0, '');
    try {
      const release = await this.#options.releases.obtain(errand.source);
      this.#errands.delete(key);
      this.#tell(key, errand, 'ready', 0, '', release);
      this.#pin();
      if (errand.source.statement !== undefined) this.#options.stated?.(errand.source.statement);
    } catch (thrown) {
      if (!(thrown instanceof ReleaseError)) throw thrown;
      this.#failed(key, errand, thrown);
    }
  }

  #failed(key: string, errand: Errand, { code, message, fatal }: ReleaseError): void {
    if (this.#closed) return;
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
      if (isTold(work.state) && state !== 'failed') continue;
      if (work.state === state && work.words === words && release === undefined) continue;
      inventory.moved(id, state, code, words, this.#now(), release, work.work.id);
    }
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
