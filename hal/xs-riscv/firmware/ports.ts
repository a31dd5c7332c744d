/**
 * The ports of the board over its host functions. All but inflate are made with the realm, when it is frozen, and lie in
 * flash: in RAM they take nothing, and nobody may write to them. What the host has written beside the program is asked
 * for when it is used.
 */
import { Reset } from '../../../agent/codes.ts';
import { windowInflate } from '../../inflate.ts';
import type { BootPorts, Crypto, Environment, Hash, Ports } from '../../ports.ts';
import { JOURNAL, SLOTS } from './flash.ts';
import { CLOCK, WATCHDOG } from './settings.ts';

/** COSE: Ed25519. */
export const ALGORITHM_ED25519 = -19;

interface NumberedHash extends Hash {
  readonly hash: number;
}

/** As many as the board has: board/functions.c. */
export const HASHES: readonly NumberedHash[] = [
  { hash: 0, begin: hashBegin, update: hashUpdate, finish: hashFinish },
  { hash: 1, begin: hashBegin, update: hashUpdate, finish: hashFinish },
  { hash: 2, begin: hashBegin, update: hashUpdate, finish: hashFinish },
];

/** The board counts those it has given away, and begins anew with each machine. */
function sha256(): Hash {
  return HASHES[hashOpen()]!;
}

export const CRYPTO: Crypto = { sha256: sha256, verify: signatureVerify };

function trusted(): boolean {
  return boardSetting(CLOCK) === 2;
}

function reset(): void {
  boardReset(Reset.Requested);
}

const CLOCK_PORT = { now: boardNow, trusted: trusted };
const WATCHDOG_PORT = { feed: boardFeed };

// One object for each thing that a board can have, or not: which of them it is is asked when the machine has begun.
const BARE: Environment = { reset: reset, resetCause: boardCause, running: boardRunning };
const TIMED: Environment = { reset: reset, resetCause: boardCause, running: boardRunning, clock: CLOCK_PORT };
const WATCHED: Environment = {
  reset: reset,
  resetCause: boardCause,
  running: boardRunning,
  watchdog: WATCHDOG_PORT,
};
const BOTH: Environment = {
  reset: reset,
  resetCause: boardCause,
  running: boardRunning,
  clock: CLOCK_PORT,
  watchdog: WATCHDOG_PORT,
};

/** Without clock and watchdog. */
export const PORTS_BARE: BootPorts = {
  slots: SLOTS,
  journal: JOURNAL,
  crypto: CRYPTO,
  environment: BARE,
};
const PORTS_TIMED: BootPorts = { slots: SLOTS, journal: JOURNAL, crypto: CRYPTO, environment: TIMED };
const PORTS_WATCHED: BootPorts = {
  slots: SLOTS,
  journal: JOURNAL,
  crypto: CRYPTO,
  environment: WATCHED,
};
const PORTS_BOTH: BootPorts = { slots: SLOTS, journal: JOURNAL, crypto: CRYPTO, environment: BOTH };

/** What the boot decision needs. */
export function bootPorts(): BootPorts {
  const watched = boardSetting(WATCHDOG) > 0;
  if (boardSetting(CLOCK) > 0) return watched ? PORTS_BOTH : PORTS_TIMED;
  return watched ? PORTS_WATCHED : PORTS_BARE;
}

/** What the agent needs: the same, and inflate, which has its tables in RAM. */
export function portsOpen(ports: BootPorts): Ports {
  const more = Object.create(ports) as BootPorts & { inflate?: Ports['inflate'] };
  more.inflate = windowInflate();
  return more as Ports;
}
