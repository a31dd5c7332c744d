/**
 * The port `Keep` in flash: two erase sectors or more, not shared with anything else. docs/SPEC.md section 11.
 *
 *   a sector:  cell | cell | ... | erased           a cell:  number u32 | length u16 | zero u16 | bytes | crc32 u32 | to the unit
 *
 * 1. The newest cell that is whole counts, of all sectors; within one it is the last.
 * 2. What reads blank after a cut proves nothing: the first save of a power cycle goes to a sector that is erased in it,
 *    and never to the one with the newest cell. If power dies in it, what was kept before still stands.
 */
import { crc32, readU16, readU32, writeU16, writeU32 } from '../../agent/bytes.ts';
import {
  flashErase,
  flashOpen,
  flashProgram,
  flashRead,
  flashSectorStart,
  flashUp,
} from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import type { FlashPort, Keep } from '../ports.ts';

/** Most bytes that are kept. */
export const KEEP_MAX = 128;
const LENGTH_AT = 4;
const BYTES_AT: number = LENGTH_AT + 4;
const CRC_LENGTH = 4;
const SECTORS_MIN = 2;

interface State {
  readonly flash: Flash;
  /** A cell, with what fills its last unit. */
  readonly cell: Uint8Array;
  /** Of the newest cell: its sector, its number, and its place; number 0: there is none. */
  sector: number;
  number: number;
  at: number;
  length: number;
  /** Where the next cell goes in `sector`, in the power cycle that erased it; -1: into another sector. */
  next: number;
}

interface FlashKeep extends Keep {
  readonly state: State;
}

function cellLength(state: State, length: number): number {
  return flashUp(state.flash, BYTES_AT + length + CRC_LENGTH);
}

/** The length of what is kept in the cell at `at`, or -1: there is no whole one. */
function cellRead(state: State, at: number, end: number): number {
  const cell = state.cell;
  if (!(at + BYTES_AT <= end) || flashRead(state.flash, at, cell, 0, BYTES_AT) < 0) return -1;
  const length = readU16(cell, LENGTH_AT);
  if (!(length <= KEEP_MAX && at + cellLength(state, length) <= end)) return -1;
  const crcAt = BYTES_AT + length;
  if (flashRead(state.flash, at, cell, 0, crcAt + CRC_LENGTH) < 0) return -1;
  return readU32(cell, crcAt) === crc32(cell, 0, crcAt) && readU32(cell, 0) > 0 ? length : -1;
}

function search(state: State): void {
  for (let sector = 0; sector < state.flash.sectors; sector++) {
    const end = flashSectorStart(state.flash, sector + 1);
    let at = flashSectorStart(state.flash, sector);
    for (let length = cellRead(state, at, end); length >= 0; length = cellRead(state, at, end)) {
      const number = readU32(state.cell, 0);
      if (number > state.number) {
        state.sector = sector;
        state.number = number;
        state.at = at;
        state.length = length;
      }
      at += cellLength(state, length);
    }
  }
}

function load(this: FlashKeep, into: Uint8Array): number {
  const state = this.state;
  if (state.number === 0) return 0;
  const end = flashSectorStart(state.flash, state.sector + 1);
  const length = cellRead(state, state.at, end);
  // It read whole at open and does not any more: what comes of it is no record to whoever kept it.
  if (length < 0) return state.length;
  into.set(state.cell.subarray(BYTES_AT, BYTES_AT + Math.min(length, into.length)));
  return length;
}

/** Where a cell of `size` bytes may go; a sector is erased for it where need be. */
function place(state: State, size: number): number {
  if (state.next >= 0 && state.next + size <= flashSectorStart(state.flash, state.sector + 1))
    return state.next;
  const sector = state.number === 0 ? 0 : (state.sector + 1) % state.flash.sectors;
  if (flashErase(state.flash, sector) < 0) throw new RangeError('keep: the sector does not erase');
  return flashSectorStart(state.flash, sector);
}

function save(this: FlashKeep, bytes: Uint8Array): void {
  const state = this.state;
  const cell = state.cell;
  if (!(bytes.length <= KEEP_MAX)) throw new RangeError(`keep: at most ${KEEP_MAX} bytes`);
  const crcAt = BYTES_AT + bytes.length;
  const size = cellLength(state, bytes.length);
  const at = place(state, size);
  // Should anything fail from here on, the next save goes to another sector than the newest whole cell is in.
  state.next = -1;
  cell.fill(state.flash.erased);
  writeU32(cell, 0, state.number + 1);
  writeU16(cell, LENGTH_AT, bytes.length);
  writeU16(cell, LENGTH_AT + 2, 0);
  cell.set(bytes, BYTES_AT);
  writeU32(cell, crcAt, crc32(cell, 0, crcAt));
  if (flashProgram(state.flash, at, cell, 0, size) < 0) throw new RangeError('keep: it does not program');
  let sector = 0;
  while (flashSectorStart(state.flash, sector + 1) <= at) sector++;
  if (cellRead(state, at, flashSectorStart(state.flash, sector + 1)) !== bytes.length) {
    throw new RangeError('keep: it does not read back');
  }
  state.sector = sector;
  state.number++;
  state.at = at;
  state.length = bytes.length;
  state.next = at + size;
}

/** Opens it once in each start of the board. Throws RangeError where it is wired wrongly. */
export function flashKeep(port: FlashPort): Keep {
  const flash = flashOpen(port, undefined);
  if (!(flash.sectors >= SECTORS_MIN)) throw new RangeError('keep: two erase sectors at least');
  const state: State = {
    flash: flash,
    cell: new Uint8Array(flashUp(flash, BYTES_AT + KEEP_MAX + CRC_LENGTH)),
    sector: 0,
    number: 0,
    at: 0,
    length: 0,
    next: -1,
  };
  search(state);
  const keep: FlashKeep = { state: state, load: load, save: save };
  return keep;
}
