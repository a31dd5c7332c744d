/** Reads the whole store again and again, slowly: bits that rot are found before a device finds them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from './types.ts';

export interface ScrubberOptions {
  readonly store: Pick<Store, 'scrub' | 'usage'>;
  /** Files were removed: what is at work is to be fetched again. */
  readonly spoilt: (count: number) => void;
  /** Milliseconds for all of it once. Default a day. */
  readonly period?: number | undefined;
}

const DAY = 86_400_000;

class Scrubber {
  readonly #options: ScrubberOptions;
  readonly #ended = new AbortController();
  readonly #run: Promise<void>;

  constructor(options: ScrubberOptions) {
    this.#options = options;
    this.#run = this.#rounds();
  }

  async #rounds(): Promise<void> {
    const { store, spoilt, period = DAY } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      // One pause more than there are files: an empty store is not asked in a loop.
      const wait = period / (store.usage().artefacts + 1);
      const count = await store.scrub(() => this.#pause(wait));
      if (count > 0) spoilt(count);
      await this.#pause(wait);
    }
  }

  /** False: it is to end. */
  async #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#ended;
    // Not what keeps the process alive.
    await pause(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#run;
  }
}

export const openScrubber = (options: ScrubberOptions): { close(): Promise<void> } => new Scrubber(options);
