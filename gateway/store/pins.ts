/** What several rooms want to stay in the store, as the one set that the store takes. */
import type { Digest } from '../contract.ts';
import type { Store } from './types.ts';

export class Pins {
  readonly #store: Pick<Store, 'pin'>;
  readonly #sets = new Map<string, readonly Digest[]>();

  constructor(store: Pick<Store, 'pin'>) {
    this.#store = store;
  }

  /** In place of what the room pinned before. */
  set(room: string, digests: Iterable<Digest>): void {
    this.#sets.set(room, [...digests]);
    this.#store.pin(new Set([...this.#sets.values()].flat()));
  }
}
