/**
 * Boot control over otadata: trial, confirm and way back under the bootloader that ESP32 boards come with, built with
 * CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE.
 *
 *   request    New        → the bootloader: Pending → confirm: Valid
 *                                                   → any reset, unconfirmed: Aborted, and the record before counts
 *                                                   → reject: Invalid, and the record before counts
 *
 * What otadata cannot keep: more than one boot on trial, so that a loss of power ends a trial too; a cause; a floor (but
 * in eFuse). Its crc does not cover the state: torn, it may say that an image was confirmed, and the bootloader starts
 * it for ever. Hence any state but Valid counts as unconfirmed here, and the journal, which has the trial on record,
 * ends it. Report, floor and attempts live in the agent's journal, in a partition of its own.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashOpen } from '../../agent/flash.ts';
import type { BootControl, FlashPort, Hash, Watchdog } from '../ports.ts';
import type { Chip } from './chips.ts';
import { imageInfoNew, imageVerify } from './image.ts';
import {
  OtaState,
  RECORDS,
  otadataActive,
  otadataErase,
  otadataOpen,
  otadataRead,
  otadataSlot,
  otadataWrite,
  sequenceFor,
} from './otadata.ts';
import type { Otadata } from './otadata.ts';

export interface EspIdfBoard {
  /** The partition of type data, subtype ota (0x2000 bytes). */
  readonly otadata: FlashPort;
  /**
   * The slot whose image runs, 0 for ota_0. Where the board does not say, otadata does: wrong only where the bootloader
   * could not start the image that it was asked for.
   */
  readonly running?: (() => number) | undefined;
  /** With these an image is asked for only where the bootloader would start it (`ImageRefused`). */
  readonly images?:
    { readonly slots: readonly [FlashPort, FlashPort]; readonly chip: Chip; readonly hash: Hash } | undefined;
  readonly watchdog?: Watchdog | undefined;
}

export function espIdfControl(board: EspIdfBoard): BootControl {
  const otadata = otadataOpen(flashOpen(board.otadata, board.watchdog));
  const running = (): number => (board.running ? board.running() : selected(otadata));
  return {
    running: running,
    unconfirmed: () => unconfirmed(otadata, running()),
    request: (slot, forGood) => {
      const code = startable(board, slot);
      return code < 0 ? code : request(otadata, running(), slot, forGood);
    },
    confirm: () => confirm(otadata, running()),
    forget: () => forget(otadata, running()),
    reject: () => reject(otadata, running()),
  };
}

/** Whether the bootloader would start what stands in a slot, as far as the board lets that be judged. */
function startable(board: EspIdfBoard, slot: number): number {
  const images = board.images;
  if (!images) return Ok;
  if (!(slot === 0 || slot === 1)) return Err.BadArgument;
  const flash = flashOpen(images.slots[slot]!, board.watchdog);
  return imageVerify(flash, images.hash, images.chip, imageInfoNew());
}

/** The slot that the records ask for. */
function selected(otadata: Otadata): number {
  otadataRead(otadata);
  const record = otadataActive(otadata);
  return record < 0 ? 0 : otadataSlot(otadata, record);
}

/**
 * Reads both records, and says which is the running slot's, or -1. What runs is known for certain; what a cut left of
 * the other record may read as if it counted.
 */
function own(otadata: Otadata, running: number): number {
  otadataRead(otadata);
  const first = otadataActive(otadata);
  if (first < 0 || otadataSlot(otadata, first) === running) return first;
  const second = RECORDS - 1 - first;
  return otadata.good[second] && otadataSlot(otadata, second) === running ? second : -1;
}

/** A sequence above all that read right. */
function sequenceNext(otadata: Otadata, slot: number): number {
  let highest = 0;
  for (let i = 0; i < RECORDS; i++) {
    if (otadata.good[i]) highest = Math.max(highest, otadata.sequence[i]!);
  }
  return sequenceFor(slot, highest + 1);
}

/** Without a record of its own the running slot was started for want of any other. */
function unconfirmed(otadata: Otadata, running: number): number {
  const record = own(otadata, running);
  return record >= 0 && otadata.state[record] !== OtaState.Valid ? 1 : 0;
}

/** Into the other record: until it is whole, the one that started the running image counts. */
function request(otadata: Otadata, running: number, slot: number, forGood: boolean): number {
  if (!(slot === 0 || slot === 1)) return Err.BadArgument;
  const record = own(otadata, running);
  const state = forGood ? OtaState.Valid : OtaState.New;
  return otadataWrite(otadata, record < 0 ? 0 : RECORDS - 1 - record, sequenceNext(otadata, slot), state);
}

/**
 * In place, as the bootloader's own library does it. Cut between erase and write, the record before counts: back, as
 * from any trial. Not where the record says valid already: the journal may have the confirm on record by then, and
 * nobody could say why the board went back. So it stays until the other one stands.
 */
function confirm(otadata: Otadata, running: number): number {
  const record = own(otadata, running);
  if (record < 0 || otadata.state[record] === OtaState.Valid) {
    return request(otadata, running, running, true);
  }
  const counts = otadataActive(otadata) === record;
  const sequence = counts ? otadata.sequence[record]! : sequenceNext(otadata, running);
  return otadataWrite(otadata, record, sequence, OtaState.Valid);
}

/** Where no record is the running slot's, it gets one first: without any the bootloader starts ota_0. */
function forget(otadata: Otadata, running: number): number {
  let record = own(otadata, running);
  if (record < 0) {
    const code = request(otadata, running, running, true);
    if (code < 0) return code;
    record = own(otadata, running);
  }
  return record < 0 ? Err.FlashReadBack : otadataErase(otadata, RECORDS - 1 - record);
}

function reject(otadata: Otadata, running: number): number {
  const record = own(otadata, running);
  if (record < 0) return Err.NothingBootable;
  const other = RECORDS - 1 - record;
  // The record before must be good and start the other slot, or there is nothing to go back to.
  if (!otadata.good[other] || otadataSlot(otadata, other) === running) return Err.NothingBootable;
  return otadataWrite(otadata, record, otadata.sequence[record]!, OtaState.Invalid);
}
