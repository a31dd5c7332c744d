/** A simulated board: its flash, and all else that outlives a reset. Deterministic: the same calls, the same life. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Reset } from '../agent/codes.ts';
import { hssLms, swap } from '../agent/index.ts';
import { windowInflate } from '../hal/inflate.ts';
import { openBoard } from '../hal/node/boards.ts';
import type { BoardFlash, BoardImage, BoardProfile } from '../hal/node/boards.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import { random } from '../hal/node/faults.ts';
import type { Crypto, Decryption, Inflate } from '../hal/ports.ts';
import type { LogLine } from './cycle.ts';
import { cycleEnd } from './cycle.ts';
import type { Behaviour, Behaviours } from './behaviour.ts';
import type { Config, Owner } from './flipside.ts';
import type { Hooks } from './hooks.ts';
import type { Live } from './life.ts';
import type { Realm } from './realm.ts';
import { RETAINED_LENGTH } from './retained.ts';

/**
 * `trusted`: seconds since 1970, kept by a battery. `uptime`: seconds since the reset. `told`: the same, and beside it the
 * time of a source that is not trusted.
 */
export type ClockKind = 'trusted' | 'told' | 'uptime' | 'none';

export interface BoardOptions {
  readonly profile: BoardProfile;
  /** As `openAgent` and `bootDecide` take it. Patches are taken unless it says otherwise, and with `decryption` updates that are encrypted. */
  readonly config: Config;
  /** Default: node:crypto. */
  readonly crypto?: Crypto;
  /** Makes the inflate port of one boot. Default: the project's own. */
  readonly inflate?: () => Inflate;
  /** The device's keys. Default: it has none, and refuses updates that are encrypted. */
  readonly decryption?: Decryption | undefined;
  /** What its flash holds at first; shared with all boards of the same image. Not with `directory`. */
  readonly image?: BoardImage | undefined;
  /** In place of a fresh one for each boot. No image is executed then: behaviours stand for all of them. */
  readonly realm?: Realm | undefined;
  /** Keeps flash and state in this directory, so that they outlive the process. */
  readonly directory?: string;
  readonly hooks?: Hooks;
  /** What firmware that is no JavaScript does. Default: all of it is healthy. */
  readonly behaviours?: Behaviours;
  /** Default `trusted`. */
  readonly clock?: ClockKind;
  /** What the owner wants of the moment. Default: any moment is right. */
  readonly owner?: Owner | undefined;
  /** Where the record of what waits is kept: in flash (the default), or in memory that a loss of power wipes. */
  readonly keeps?: 'flash' | 'memory';
  /** Seconds since 1970 at the first boot. */
  readonly seconds?: number;
  /** Seconds that pass in one tick. Default 1. */
  readonly tick?: number;
  /** Seconds until the watchdog bites, from reset on. Default 30; 0: there is none. */
  readonly watchdog?: number;
  /** Whether the board has a hardware monotonic counter. Default false. */
  readonly counter?: boolean;
  readonly seed?: number;
  /** The agent's bundle, when not the one made by the build. */
  readonly bundle?: string;
  /** Milliseconds of real time after which a script counts as hung. Default 10 s. */
  readonly patience?: number;
  readonly onLog?: (line: LogLine) => void;
}

export interface Board {
  readonly flash: BoardFlash;
  readonly options: BoardOptions;
  readonly config: Config;
  readonly crypto: Crypto;
  readonly inflate: () => Inflate;
  readonly decryption: Decryption | undefined;
  readonly clock: ClockKind;
  readonly tick: number;
  readonly lines: LogLine[];
  readonly retained: Uint8Array;
  /** What the port `Keep` holds. */
  kept: Uint8Array;
  readonly counter: { value: number } | undefined;
  /** Time-out of the watchdog at reset, seconds. */
  watchdog: number;
  /** Whether there is energy for a moment. Replace it to starve the board. */
  energy: (moment: number) => boolean;
  /** Whether the update server can be reached. */
  network: boolean;
  hooks: Hooks;
  behaviours: Behaviours;
  /** Simulated seconds since 1970. */
  seconds: number;
  /** Why the next boot will have happened: agent/codes.ts `Reset`. */
  cause: number;
  /** How often a `losesPower` has had its way. */
  readonly losses: Map<Behaviour, number>;
  /** Boots so far. */
  boots: number;
  /** The boot that runs. */
  live: Live | undefined;
  log(line: LogLine): void;
  /** Keeps what outlives a reset, where there is a directory. */
  keep(): void;
  close(): void;
}

/** 2024-01-01, so that nothing depends on the day the simulation runs. */
const EPOCH = 1_704_067_200;
const STATE_FILE = 'board.json';

interface Kept {
  readonly seconds: number;
  readonly boots: number;
  readonly counter: number;
  readonly cause: number;
  readonly retained: string;
  readonly kept?: string;
  /** Whether a boot was running: then the process was killed in it, and that is a loss of power. */
  readonly running: boolean;
}

const load = (directory: string | undefined): Kept | undefined => {
  if (directory === undefined) return undefined;
  const file = join(directory, STATE_FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined;
};

const save = (directory: string, board: Board): void => {
  const kept: Kept = {
    seconds: board.seconds,
    boots: board.boots,
    counter: board.counter?.value ?? 0,
    cause: board.cause,
    retained: Buffer.from(board.retained).toString('hex'),
    kept: Buffer.from(board.kept).toString('hex'),
    running: board.live !== undefined && board.live.cycle.ended === undefined,
  };
  const file = join(directory, STATE_FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(kept)}\n`);
  renameSync(`${file}.new`, file);
};

export const createBoard = (options: BoardOptions): Board => {
  const { directory, seed = 1 } = options;
  const kept = load(directory);
  const board: Board = {
    flash: openBoard(options.profile, { directory, image: options.image }),
    options,
    config: { ...(options.profile.swap && { swap }), hssLms, ...options.config },
    crypto: options.crypto ?? nodeCrypto(),
    inflate: options.inflate ?? windowInflate,
    decryption: options.decryption,
    clock: options.clock ?? 'trusted',
    tick: options.tick ?? 1,
    lines: [],
    losses: new Map(),
    retained: new Uint8Array(RETAINED_LENGTH),
    kept: Buffer.from(kept?.kept ?? '', 'hex'),
    counter: options.counter === true ? { value: kept?.counter ?? 0 } : undefined,
    watchdog: options.watchdog ?? 30,
    energy: () => true,
    network: true,
    hooks: options.hooks ?? {},
    behaviours: options.behaviours ?? {},
    seconds: kept?.seconds ?? options.seconds ?? EPOCH,
    cause: Reset.Power,
    boots: kept?.boots ?? 0,
    live: undefined,
    log(line) {
      board.lines.push(line);
      options.onLog?.(line);
    },
    keep() {
      if (directory !== undefined) save(directory, board);
    },
    close() {
      board.keep();
      board.flash.close();
    },
  };
  retainedNoise(board, seed);
  if (kept?.running) keptForget(board, seed);
  if (kept !== undefined && !kept.running) {
    board.cause = kept.cause;
    board.retained.set(Buffer.from(kept.retained, 'hex'));
  }
  return board;
};

/** Without power the retained memory forgets, and wakes up with anything. */
export const retainedNoise = (board: Board, seed: number): void => {
  const next = random(seed);
  for (let at = 0; at < board.retained.length; at++) board.retained[at] = next() & 0xff;
};

/** The same for what the port `Keep` holds, where that is memory. */
export const keptForget = (board: Board, seed: number): void => {
  if (board.options.keeps !== 'memory') return;
  const next = random(seed);
  board.kept = board.kept.map(() => next() & 0xff);
};

/** Ends the boot that runs, if any, from outside: someone pulls the plug. */
export const unplug = (board: Board, cause: number = Reset.Power): void => {
  if (board.live !== undefined) cycleEnd(board, board.live.cycle, 'cut');
  board.flash.power.powerOff();
  board.cause = cause;
};

/** A board between two boots, to try one thing after another from the same place. */
export interface BoardSnapshot {
  readonly flash: BoardImage;
  readonly retained: Uint8Array;
  readonly kept: Uint8Array;
  readonly losses: ReadonlyMap<Behaviour, number>;
  readonly counter: number;
  readonly seconds: number;
  readonly cause: number;
  readonly boots: number;
}

export const snapshot = (board: Board): BoardSnapshot => ({
  flash: board.flash.save(),
  retained: board.retained.slice(),
  kept: board.kept.slice(),
  losses: new Map(board.losses),
  counter: board.counter?.value ?? 0,
  seconds: board.seconds,
  cause: board.cause,
  boots: board.boots,
});

/** Ends the boot that runs and drops a planned cut; the log stays. */
export const restore = (board: Board, from: BoardSnapshot): void => {
  if (board.live !== undefined) cycleEnd(board, board.live.cycle, 'cut');
  board.live = undefined;
  board.flash.power.cancelCut();
  board.flash.power.powerOn();
  board.flash.load(from.flash);
  board.retained.set(from.retained);
  board.kept = from.kept.slice();
  board.losses.clear();
  for (const [behaviour, count] of from.losses) board.losses.set(behaviour, count);
  if (board.counter !== undefined) board.counter.value = from.counter;
  board.seconds = from.seconds;
  board.cause = from.cause;
  board.boots = from.boots;
};
