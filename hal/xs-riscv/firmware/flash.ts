/**
 * The second NOR bank as three partitions: slot A, slot B, the journal, one after another. They are made with the realm
 * and lie in flash; how many sectors a slot has, and of how many bytes a unit is, they ask of the board at each call.
 */
import type { FlashPartition, FlashPort, FlashStatus } from '../../ports.ts';
import { SLOT_SECTORS, WRITE_UNIT } from './settings.ts';

const SECTOR = 0x40000;
const JOURNAL_SECTORS = 3;
/** The place behind the two slots. */
const JOURNAL_PLACE = 2;

/** What reads, programs and erases is native, and finds its place in `this`: no function of JavaScript has stack for it. */
interface Place extends FlashPartition {
  readonly place: number;
}

/** Where a place begins in the bank. */
export function slotOffset(place: number): number {
  return place * boardSetting(SLOT_SECTORS) * SECTOR;
}

/** Soon garbage: it is asked for at open. */
function status(this: Place): FlashStatus {
  const blocks = this.place === JOURNAL_PLACE ? JOURNAL_SECTORS : boardSetting(SLOT_SECTORS);
  return {
    size: blocks * SECTOR,
    blocks: blocks,
    blockLength: SECTOR,
    writeAlign: boardSetting(WRITE_UNIT),
    eraseValue: 0xff,
  };
}

const SLOT_A: Place = {
  place: 0,
  read: partitionRead,
  write: partitionWrite,
  eraseBlock: partitionErase,
  status: status,
};
const SLOT_B: Place = {
  place: 1,
  read: partitionRead,
  write: partitionWrite,
  eraseBlock: partitionErase,
  status: status,
};
const BEHIND: Place = {
  place: JOURNAL_PLACE,
  read: partitionRead,
  write: partitionWrite,
  eraseBlock: partitionErase,
  status: status,
};

export const SLOTS: readonly [FlashPort, FlashPort] = [{ partition: SLOT_A }, { partition: SLOT_B }];
export const JOURNAL: FlashPort = { partition: BEHIND };
