/** What the demo and the process of its board say to each other. */
import type { Behaviours } from 'flipside/bootloader-sim';
import type { BoardName } from 'flipside/hal/node';

/** The file a board process is started with. */
export interface Setup {
  readonly board: BoardName;
  readonly directory: string;
  readonly vendor: string;
  readonly model: string;
  readonly anchorFile: string;
  readonly behaviours: Behaviours;
}

export type Order =
  /** Nothing but its standing. */
  | { readonly do: 'look' }
  | { readonly do: 'provision'; readonly file: string }
  /** Boot, and live until an image runs that is not on trial. */
  | { readonly do: 'live' }
  | { readonly do: 'offer'; readonly url: string }
  | { readonly do: 'activate' };

/** Flash operations of the process so far. */
export interface Operations {
  readonly slotErases: number;
  readonly slotPrograms: number;
  readonly journalErases: number;
  readonly journalPrograms: number;
}

export interface Progress extends Operations {
  /** Envelope and payload bytes that the agent took. */
  readonly bytes: number;
  /** Where in the payload it stands. */
  readonly position: number;
  readonly blocks: number;
  readonly fetched: number;
  readonly copied: number;
  readonly kept: number;
}

export interface Boot {
  readonly number: number;
  readonly cause: number;
  readonly slot: number;
  readonly sequence: number;
  readonly trial: boolean;
  readonly attempt: number;
  readonly ended: string;
  /** What the image logged, without the agent's own lines. */
  readonly log: readonly string[];
}

export interface Standing extends Progress {
  /** The agent's answer to the order. */
  readonly code: number;
  readonly phase: number;
  readonly running: number;
  readonly trial: boolean;
  readonly sequence: number;
  readonly accepted: number;
  readonly verified: number;
  readonly boots: readonly Boot[];
  readonly received: number;
  readonly requests: number;
  readonly report: ReportSeen;
}

export interface ReportSeen {
  readonly event: number;
  readonly code: number;
  readonly check: string;
  readonly attempts: number;
  readonly from: number;
  readonly to: number;
}

export type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly standing: Standing }
  | { readonly kind: 'failed'; readonly message: string };
