/** A serial line into a simulated board: what a firmware does with its UART, from boot to boot. */
import { More } from '../agent/codes.ts';
import { openSerial } from '../hal/serial/server.ts';
import type { Serial, SerialOptions } from '../hal/serial/index.ts';
import type { Board } from './board.ts';
import { cycleFeed, cycleRuns } from './cycle.ts';
import { liveOf, restart, tick } from './life.ts';
import type { Live } from './life.ts';

export interface SerialLine {
  /** Bytes that came over the line. While the board is off they are lost. */
  receive(bytes: Uint8Array): void;
  /** One round of the main loop; boots the board first if it is off. Returns what goes out over the line. */
  step(): Uint8Array;
  /** Lets a tick of the application pass: its health checks, its clock. */
  tick(): void;
  /** Whether the last step had work left. */
  readonly busy: boolean;
  /** Of the boot that runs. */
  readonly serial: Serial | undefined;
}

export type LineOptions = Omit<SerialOptions, 'agent' | 'reset'>;

/** What the hardware keeps of what came, as a UART with a ring buffer does: more than the longest request on the line. */
const RING = 8192;
const GIVE = 256;

export const serialLine = (board: Board, options: LineOptions = {}): SerialLine => {
  let live: Live | undefined;
  let serial: Serial | undefined;
  let ring = new Uint8Array(0);
  let busy = false;

  const attach = (): Live => {
    const now = liveOf(board);
    if (now === live) return now;
    live = now;
    ring = ring.subarray(ring.length);
    const slotSize = board.flash.slots[0].partition.status().size;
    serial =
      now.agent === undefined
        ? undefined
        : openSerial({ slotSize, ...options, agent: now.agent, reset: () => restart(board) });
    return now;
  };

  return {
    get busy() {
      return busy;
    },
    get serial() {
      return serial;
    },
    receive(bytes) {
      if (live === undefined || !cycleRuns(board, live.cycle)) return;
      const all = new Uint8Array(Math.min(RING, ring.length + bytes.length));
      all.set(ring);
      all.set(bytes.subarray(0, all.length - ring.length), ring.length);
      ring = all;
    },
    step() {
      const { cycle } = attach();
      const out = new Uint8Array(GIVE);
      busy = false;
      if (serial === undefined || !cycleRuns(board, cycle)) return out.subarray(0, 0);
      cycleFeed(board, cycle);
      ring = ring.subarray(serial.take(ring, 0, ring.length));
      busy = serial.poll() === More || ring.length > 0;
      // What a board that went off in the middle of this had to say is not heard any more.
      if (!cycleRuns(board, cycle)) return out.subarray(0, 0);
      return out.subarray(0, serial.give(out, 0, GIVE));
    },
    tick() {
      const now = attach();
      if (cycleRuns(board, now.cycle)) tick(board, now);
      board.keep();
    },
  };
};
