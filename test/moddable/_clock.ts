/**
 * The board's time, ten times as fast as that of an idle machine. It goes on by turns of this process's loop, in which its
 * sockets have their turn too: a busy machine slows down both, and no wait of the script is over before what it waits for
 * had as many turns as on an idle one.
 */

/** Milliseconds of the board's time in a turn, which takes a real one, or more. */
const TURN = 10;

interface Wait {
  due: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

export class TurnClock {
  /** Milliseconds. */
  now = 0;
  readonly #waits = new Set<Wait>();
  #turning = false;

  set(run: () => void, time: number, every?: number): Wait {
    const wait: Wait = { due: this.now + time, every, run };
    this.#waits.add(wait);
    this.#turn();
    return wait;
  }

  clear(wait: Wait | undefined): void {
    if (wait !== undefined) this.#waits.delete(wait);
  }

  /** Nothing is waited for any more, and time stands still. */
  stop(): void {
    this.#waits.clear();
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setTimeout(() => {
      this.#turning = false;
      this.now += TURN;
      for (const wait of this.#waits) {
        if (wait.due > this.now) continue;
        if (wait.every === undefined) this.#waits.delete(wait);
        else wait.due = this.now + wait.every;
        wait.run();
      }
      if (this.#waits.size > 0) this.#turn();
    }, 1);
  }
}
