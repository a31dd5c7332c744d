/**
 * One half step of an exchange: a unit is erased and filled with another. It is done only when all of it read back
 * right in the power cycle that wrote it: a program or an erase that silently does nothing ends here.
 */
import type { Watchdog } from '../hal/ports.ts';
import { Ok } from './codes.ts';
import { flashBlank, flashCompare, flashErase, flashProgram, flashRead, flashSectorAt } from './flash.ts';
import type { Flash } from './flash.ts';

/** Once more: a unit that fails twice is taken for bad. */
const TRIES = 2;

/** What is moved, and where to. Made once, and set for each half step. */
export interface Move {
  readonly buffer: Uint8Array;
  readonly scratch: Uint8Array;
  readonly watchdog: Watchdog | undefined;
  from: Flash;
  fromAt: number;
  to: Flash;
  toAt: number;
  /** Bytes of the unit. */
  length: number;
  /** Of the unit, the bytes before `end` and from `tail` on are wanted. */
  end: number;
  tail: number;
  /** Whether the last try failed for what was to be read. */
  unreadable: boolean;
}

export function moveNew(
  flash: Flash,
  buffer: Uint8Array,
  scratch: Uint8Array,
  watchdog: Watchdog | undefined,
): Move {
  return {
    buffer: buffer,
    scratch: scratch,
    watchdog: watchdog,
    from: flash,
    fromAt: 0,
    to: flash,
    toAt: 0,
    length: 0,
    end: 0,
    tail: 0,
    unreadable: false,
  };
}

/** Ok, or what was wrong the second time. */
export function moveRun(move: Move): number {
  let code: number = Ok;
  for (let tried = 0; tried < TRIES; tried++) {
    move.unreadable = false;
    code = moveTry(move);
    if (code === Ok) return Ok;
  }
  return code;
}

function moveTry(move: Move): number {
  const flash = move.to;
  const end = flashSectorAt(flash, move.toAt + move.length - 1);
  for (let sector = flashSectorAt(flash, move.toAt); sector <= end; sector++) {
    const code = flashErase(flash, sector);
    if (move.watchdog) move.watchdog.feed();
    if (code < 0) return code;
  }
  const low = Math.max(0, Math.min(move.end, move.length));
  const high = Math.min(move.length, Math.max(move.tail, low));
  const code = moveRange(move, 0, low);
  return code < 0 ? code : moveRange(move, high, move.length);
}

function moveRange(move: Move, start: number, end: number): number {
  const bytes = move.buffer;
  for (let at = start; at < end;) {
    const n = Math.min(bytes.length, end - at);
    let code = flashRead(move.from, move.fromAt + at, bytes, 0, n);
    if (code < 0) {
      move.unreadable = true;
      return code;
    }
    // Before the program: into units whose erase did nothing it would be the second of one erase.
    code = flashBlank(move.to, move.toAt + at, n, move.scratch);
    if (code < 0) return code;
    if (!wholly(bytes, n, move.to.erased)) {
      code = flashProgram(move.to, move.toAt + at, bytes, 0, n);
      if (code < 0) return code;
      code = flashCompare(move.to, move.toAt + at, bytes, 0, n, move.scratch);
      if (code < 0) return code;
    }
    if (move.watchdog) move.watchdog.feed();
    at += n;
  }
  return Ok;
}

function wholly(bytes: Uint8Array, length: number, value: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[i] !== value) return false;
  return true;
}
