/** The ports of the board over its host functions. */
import { Reset } from '../../../agent/codes.ts';
import { windowInflate } from '../../inflate.ts';
import { partition } from '../../partition.ts';
import type { BootPorts, Crypto, FlashPartition, FlashPort, FlashStatus, Hash, Ports } from '../../ports.ts';

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

// Functions of the module that find what they need in `this`, where closures would do, and are a prototype's, where
// properties would do: these lie in flash.

function bankRead(into: Uint8Array, offset: number): void {
  done(flashRead(offset, into));
}

function bankWrite(bytes: Uint8Array, offset: number): void {
  done(flashProgram(offset, bytes));
}

function bankErase(from: number, to?: number): void {
  const end = to === undefined ? from + 1 : to;
  for (let sector = from; sector < end; sector++) done(flashErase(sector * SECTOR));
}

function bankStatus(this: FlashPartition & FlashStatus): FlashStatus {
  return this;
}

const BANK = {
  size: BANK_SECTORS * SECTOR,
  blocks: BANK_SECTORS,
  blockLength: SECTOR,
  eraseValue: 0xff,
  read: bankRead,
  write: bankWrite,
  eraseBlock: bankErase,
  status: bankStatus,
};

/** All of the second bank. */
function bank(): FlashPort {
  const whole = Object.create(BANK) as FlashPartition & { writeAlign: number };
  whole.writeAlign = boardSetting(Setting.WriteUnit);
  return { partition: whole };
}

interface NumberedHash extends Hash {
  index: number;
}

function begin(this: NumberedHash): void {
  hashBegin(this.index);
}

function update(this: NumberedHash, bytes: Uint8Array, from: number, to: number): void {
  hashUpdate(this.index, bytes, from, to);
}

function finish(this: NumberedHash, into: Uint8Array): void {
  hashFinish(this.index, into);
}

const HASH = { begin: begin, update: update, finish: finish };

interface CountingCrypto extends Crypto {
  /** Index of the next hash. */
  next: number;
}

function sha256(this: CountingCrypto): NumberedHash {
  const hash = Object.create(HASH) as NumberedHash;
  hash.index = this.next++;
  return hash;
}

function verify(algorithm: number, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return algorithm === ALGORITHM_ED25519 && ed25519Verify(key, message, signature) === 1;
}

function cryptoOf(): Crypto {
  const crypto: CountingCrypto = { next: 0, sha256: sha256, verify: verify };
  return crypto;
}

function now(): number {
  return boardNow();
}

function trusted(): boolean {
  return boardSetting(Setting.Clock) === 2;
}

function feed(): void {
  boardFeed(boardSetting(Setting.Watchdog));
}

function reset(): void {
  boardReset(Reset.Requested);
}

function resetCause(): number {
  return boardCause();
}

function running(): number {
  return boardRunning();
}

/** What the boot decision needs. */
export function bootPortsOpen(): BootPorts {
  const flash = bank();
  const sectors = boardSetting(Setting.SlotSectors);
  return {
    slots: [partition(flash, 0, sectors), partition(flash, sectors, sectors)],
    journal: partition(flash, 2 * sectors, JOURNAL_SECTORS),
    crypto: cryptoOf(),
    environment: {
      reset: reset,
      resetCause: resetCause,
      running: running,
      clock: boardSetting(Setting.Clock) > 0 ? { now: now, trusted: trusted } : undefined,
      watchdog: boardSetting(Setting.Watchdog) > 0 ? { feed: feed } : undefined,
    },
  };
}

/** What the agent needs. */
export function portsOpen(ports: BootPorts): Ports {
  return {
    slots: ports.slots,
    journal: ports.journal,
    crypto: ports.crypto,
    inflate: windowInflate(),
    environment: ports.environment,
  };
}
