/**
 * Changes on their way to the disk. What changes while one write is under way goes with the next, all of it in one batch:
 * so a flash that takes 20 ms for a flush does not hold up a fleet, and what is on the disk is always what the memory was
 * at one moment. Killed before the batch is in, none of it is there, and none of it was acknowledged.
 */
import type { Change, Disk } from './disk.ts';

type Value = () => Uint8Array | undefined;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Behind {
  readonly key: string;
  readonly run: () => void;
}

/** While the disk takes nothing they would grow with each change: whoever is told late is told of the last one. */
const lastOfEach = (behind: readonly Behind[]): Behind[] => [
  ...new Map(behind.map((one) => [one.key, one])).values(),
];

export class Keeper {
  readonly #disk: Disk;
  /** Made when it is written: a record that changed twice is written once. */
  #changed = new Map<string, Value>();
  #behind: Behind[] = [];
  #waiting: Waiter[] = [];
  #running = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** `behind` runs once the change is on the disk. */
  changed(key: string, value: Value, behind?: () => void): void {
    this.#changed.set(key, value);
    if (behind) this.#behind.push({ key, run: behind });
    this.#start();
  }

  saved(): Promise<void> {
    if (!this.#running && this.#changed.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#start();
    });
  }

  async close(): Promise<void> {
    try {
      await this.saved();
    } finally {
      await this.#disk.close();
    }
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // What else happens in this turn goes along.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#changed.size > 0 || this.#waiting.length > 0) if (!(await this.#step())) break;
    this.#running = false;
  }

  async #step(): Promise<boolean> {
    const [changed, behind, waiting] = [this.#changed, this.#behind, this.#waiting];
    [this.#changed, this.#behind, this.#waiting] = [new Map(), [], []];
    try {
      const batch: Change[] = [...changed].map(([key, value]) => ({ key, value: value() }));
      if (batch.length > 0) await this.#disk.write(batch);
    } catch (error) {
      // Still to be written, with the next change or for the next who waits. What has changed since counts.
      this.#changed = new Map([...changed, ...this.#changed]);
      this.#behind = lastOfEach([...behind, ...this.#behind]);
      const later = this.#waiting;
      this.#waiting = [];
      for (const { reject } of [...waiting, ...later]) reject(error);
      return false;
    }
    for (const { run } of behind) run();
    for (const { resolve } of waiting) resolve();
    return true;
  }
}
