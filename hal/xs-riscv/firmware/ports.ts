/** The ports of the board over its host functions. */
import { Reset } from '../../../agent/codes.ts';
import { windowInflate } from '../../inflate.ts';
import { partition } from '../../partition.ts';
import type { Clock, Crypto, Environment, FlashPartition, FlashPort, Hash, Ports } from '../../ports.ts';

/** COSE: Ed25519. */
export const ALGORITHM_ED25519 = -19;

const SECTOR = 0x40000;
const BANK_SECTORS = 128;
const JOURNAL_SECTORS = 3;

/** Index of a number in board/board.h `settings`. */
export const Setting = {
  SlotSectors: 5,
  WriteUnit: 6,
  Watchdog: 7,
  Clock: 8,
  TrialWindow: 15,
} as const;

/** The second NOR bank: slot A, slot B, the journal, one after another. */
export function slotOffset(slot: number): number {
  return slot * boardSetting(Setting.SlotSectors) * SECTOR;
}

function done(code: number): void {
  if (code < 0) throw new RangeError('flash');
}

/** All of the second bank. */
function bank(): FlashPort {
  const status = {
    size: BANK_SECTORS * SECTOR,
    blocks: BANK_SECTORS,
    blockLength: SECTOR,
    writeAlign: boardSetting(Setting.WriteUnit),
    eraseValue: 0xff,
  };
  const whole: FlashPartition = {
    read: (into, offset) => done(flashRead(offset, into)),
    write: (bytes, offset) => done(flashProgram(offset, bytes)),
    eraseBlock: (from, to) => {
      const end = to === undefined ? from + 1 : to;
      for (let sector = from; sector < end; sector++) done(flashErase(sector * SECTOR));
    },
    status: () => status,
  };
  return { partition: whole };
}

function hashOf(index: number): Hash {
  return {
    begin: () => hashBegin(index),
    update: (bytes, from, to) => hashUpdate(index, bytes, from, to),
    finish: (into) => hashFinish(index, into),
  };
}

function cryptoOf(): Crypto {
  const next = { index: 0 };
  return {
    sha256: () => hashOf(next.index++),
    verify: (algorithm, key, message, signature) =>
      algorithm === ALGORITHM_ED25519 && ed25519Verify(key, message, signature) === 1,
  };
}

function clockOf(kind: number): Clock | undefined {
  if (kind === 0) return undefined;
  return { now: () => boardNow(), trusted: () => kind === 2 };
}

export function portsOpen(): Ports {
  const flash = bank();
  const sectors = boardSetting(Setting.SlotSectors);
  const seconds = boardSetting(Setting.Watchdog);
  const environment: Environment = {
    reset: () => boardReset(Reset.Requested),
    resetCause: () => boardCause(),
    running: () => boardRunning(),
    clock: clockOf(boardSetting(Setting.Clock)),
    watchdog: seconds > 0 ? { feed: () => boardFeed(seconds) } : undefined,
  };
  return {
    slots: [partition(flash, 0, sectors), partition(flash, sectors, sectors)],
    journal: partition(flash, 2 * sectors, JOURNAL_SECTORS),
    crypto: cryptoOf(),
    inflate: windowInflate(),
    environment: environment,
  };
}
