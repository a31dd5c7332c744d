/** Statements that lie beside the files of an assignment: each is fetched once, and again until the server can be had. */
import { httpErrorOf } from '../../hal/node/http-error.ts';
import { STATEMENT_MAX } from '../../agent/format/statement.ts';
import type { Wanted } from '../contract.ts';
import type { Asker } from '../fetch/asker.ts';
import { ReleaseError } from '../fetch/error.ts';
import { keyOf } from '../fetch/wanted.ts';
import type { Statements } from '../statements.ts';
import { paceRetry } from './pace.ts';
import type { PaceOptions } from './pace.ts';

export interface StatedOptions extends PaceOptions {
  readonly asker: Pick<Asker, 'ask' | 'close'>;
  readonly statements: Pick<Statements, 'take'>;
  /** Why one is not taken. */
  readonly warn: (words: string) => void;
}

export class Stated {
  readonly #options: StatedOptions;
  /** By content, where the server says it: of hawkBit one artefact has many URLs. */
  readonly #seen = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: StatedOptions) {
    this.#options = options;
  }

  obtain(wanted: Wanted): void {
    const key = keyOf(wanted);
    if (this.#seen.has(key) || this.#closed) return;
    this.#seen.add(key);
    this.#run(wanted, 0);
  }

  #run(wanted: Wanted, failures: number): void {
    const run = this.#fetch(wanted, failures).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #fetch(wanted: Wanted, failures: number): Promise<void> {
    const { asker, statements, warn } = this.#options;
    try {
      const { bytes } = await asker.ask(wanted.url, '', STATEMENT_MAX, wanted.authorization);
      await statements.take(bytes!, wanted.url);
    } catch (thrown) {
      const error = thrown instanceof ReleaseError ? { ...thrown, retryAfter: 0 } : httpErrorOf(thrown);
      if (this.#closed) return;
      warn(`${wanted.url}: ${(thrown as Error).message}`);
      if (error.fatal) return;
      const wait = paceRetry(failures + 1, error, this.#options);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#run(wanted, failures + 1);
      }, wait * 1000);
      this.#timers.add(timer);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.asker.close();
    await Promise.allSettled(this.#running);
  }
}
