/** The ports of the board over its host functions. */
import { Reset } from '../../../agent/codes.ts';
import { windowInflate } from '../../inflate.ts';
import type { Clock, Crypto, Environment, FlashPartition, FlashPort, Hash, Ports } from '../../ports.ts';
import { ALGORITHM_ED25519, strictEd25519 } from '../../strict.ts';

const SECTOR = 0x40000;
const JOURNAL_SECTORS = 3;

/** Index of a number in board/board.h `settings`. */
export const Setting = {
  SlotSectors: 5,
  WriteUnit: 6,
  Watchdog: 7,
  Clock: 8,
} as const;

/** The second NOR bank: slot A, slot B, the journal, one after another. */
export function slotOffset(slot: number): number {
  return slot * boardSetting(Setting.SlotSectors) * SECTOR;
}

function done(code: number): void {
  if (code < 0) throw new RangeError('flash');
}

function region(base: number, sectors: number): FlashPort {
  const status = {
    size: sectors * SECTOR,
    blocks: sectors,
    blockLength: SECTOR,
    writeAlign: boardSetting(Setting.WriteUnit),
    eraseValue: 0xff,
  };
  const size = status.size;
  const partition: FlashPartition = {
    read: (into, offset) => {
      if (!(offset >= 0 && offset + into.length <= size)) throw new RangeError('read');
      done(flashRead(base + offset, into));
    },
    write: (bytes, offset) => {
      if (!(offset >= 0 && offset + bytes.length <= size)) throw new RangeError('write');
      done(flashProgram(base + offset, bytes));
    },
    eraseBlock: (from, to) => {
      const end = to === undefined ? from + 1 : to;
      if (!(from >= 0 && from < end && end <= sectors)) throw new RangeError('erase');
      for (let sector = from; sector < end; sector++) done(flashErase(base + sector * SECTOR));
    },
    status: () => status,
  };
  return { partition: partition };
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
      algorithm === ALGORITHM_ED25519 &&
      strictEd25519(key, signature) &&
      ed25519Verify(key, message, signature) === 1,
  };
}

function clockOf(kind: number): Clock | undefined {
  if (kind === 0) return undefined;
  return { now: () => boardNow(), trusted: () => kind === 2 };
}

export function portsOpen(): Ports {
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
    slots: [region(slotOffset(0), sectors), region(slotOffset(1), sectors)],
    journal: region(slotOffset(2), JOURNAL_SECTORS),
    crypto: cryptoOf(),
    inflate: windowInflate(),
    environment: environment,
  };
}
