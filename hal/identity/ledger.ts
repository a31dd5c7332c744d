/**
 * The ledger: what reports and statements must not forget, in three or more erase sectors of their own (docs/SPEC.md
 * section 29.3, docs/DESIGN.md section 28). A record has all of it:
 *
 *   version u16 | zero u16 | numbers u53: all reports below it may have gone out | statement: sequence u53, issued u53
 *
 * 1. A sector takes records only in the power cycle in which it was erased.
 * 2. A sector is opened by the same record three times. A record with another one behind it is whole; with two, it can be
 *    told so at each later boot, though the last of them be torn.
 * 3. What is read may be of a record that a cut has left, and be gone at the next boot. It is never less than what was
 *    acted on: numbers only rise, and to skip some does no harm. A number is given out, and a statement counts as kept,
 *    only when a record that has it was read back in this power cycle.
 * 4. The sector to be erased is chosen as in the boot journal (agent/journal.ts, invariant 3).
 */
import { readU16, readU53, writeU16, writeU53 } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import {
  flashCompare,
  flashErase,
  flashOpen,
  flashProgram,
  flashRead,
  flashSectorStart,
  flashUp,
} from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import {
  PAYLOAD_AT,
  RecordType,
  recordCheck,
  recordClose,
  recordLength,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import type { FlashPort, Watchdog } from '../ports.ts';

export const LEDGER_VERSION: number = 0x0101;
const VERSION_AT: number = PAYLOAD_AT;
const NUMBERS_AT: number = VERSION_AT + 4;
const SEQUENCE_AT: number = NUMBERS_AT + 8;
const ISSUED_AT: number = SEQUENCE_AT + 8;
/** Bytes of a record's payload: of the boot journal's state, which has the same type, the length is another. */
export const LEDGER_LENGTH: number = ISSUED_AT + 8 - PAYLOAD_AT;
const SECTORS_MIN = 3;
const OPENING = 3;
/** Records in a sector; more are not looked for in a large one. */
const RECORDS_MAX = 64;
/** Numbers that one record gives leave for. */
const RESERVE = 64;
const NUMBER_MAX = 0x1fffffffffffff;
const UNREADABLE = -1;

export interface Seen {
  sequence: number;
  issued: number;
}

/** Functions of one object: to be called as its methods. */
export interface Ledger {
  /** The number of the next report: 1 or more, above all before it. Or LedgerFailed. */
  next(): number;
  /** The newest statement that was kept. */
  seen(into: Seen): void;
  /** Keeps a statement. 0, or LedgerFailed. */
  keep(sequence: number, issued: number): number;
}

interface LedgerState extends Ledger {
  readonly flash: Flash;
  readonly buffer: Uint8Array;
  readonly scratch: Uint8Array;
  /** Bytes of a record, and how many fit into a sector. */
  readonly stride: number;
  /** For each sector: the sequence of its first record, or UNREADABLE; how many can be read behind it; whether it failed. */
  readonly first: number[];
  readonly after: number[];
  readonly bad: boolean[];
  /** The sector with the newest record, or -1. */
  home: number;
  /** The sector erased in this power cycle, or -1, and where its next record goes. */
  sector: number;
  at: number;
  /** The next record's sequence. */
  sequence: number;
  /** The next number, the one behind the last that a record gives leave for, and what the newest record says. */
  number: number;
  leave: number;
  numbers: number;
  stated: number;
  issued: number;
}

function sectorRecords(ledger: LedgerState, sector: number): number {
  const length = flashSectorStart(ledger.flash, sector + 1) - flashSectorStart(ledger.flash, sector);
  return Math.min(RECORDS_MAX, Math.floor(length / ledger.stride));
}

/** Reads the record at `at` into the buffer. Its sequence, or UNREADABLE. */
function recordRead(ledger: LedgerState, at: number): number {
  const bytes = ledger.buffer;
  const length = recordLength(LEDGER_LENGTH);
  if (flashRead(ledger.flash, at, bytes, 0, length) < 0) return UNREADABLE;
  if (recordCheck(bytes, 0, length) !== length || recordType(bytes, 0) !== RecordType.State)
    return UNREADABLE;
  if (recordPayload(bytes, 0) !== LEDGER_LENGTH || readU16(bytes, VERSION_AT) !== LEDGER_VERSION)
    return UNREADABLE;
  return recordSequence(bytes, 0);
}

/** The newest record counts, wherever it stands. */
function recordTake(ledger: LedgerState, sector: number, sequence: number): void {
  if (sequence < ledger.sequence) return;
  const bytes = ledger.buffer;
  ledger.sequence = sequence + 1;
  ledger.home = sector;
  ledger.numbers = readU53(bytes, NUMBERS_AT);
  ledger.stated = readU53(bytes, SEQUENCE_AT);
  ledger.issued = readU53(bytes, ISSUED_AT);
}

function sectorScan(ledger: LedgerState, sector: number): void {
  const start = flashSectorStart(ledger.flash, sector);
  const count = sectorRecords(ledger, sector);
  let last = UNREADABLE;
  for (let i = 0; i < count; i++) {
    const sequence = recordRead(ledger, start + i * ledger.stride);
    if (!(sequence > last)) continue;
    if (last === UNREADABLE) ledger.first[sector] = sequence;
    else ledger.after[sector]!++;
    last = sequence;
    recordTake(ledger, sector, sequence);
  }
}

/** The sector to erase next, as agent/journal.ts chooses it; or -1. */
function sectorTarget(ledger: LedgerState): number {
  const sectors = ledger.flash.sectors;
  let keptFrom = UNREADABLE;
  let weak = 0;
  for (let i = 0; i < sectors; i++) {
    if (ledger.after[i]! >= OPENING - 1) keptFrom = Math.max(keptFrom, ledger.first[i]!);
    if (ledger.after[i] === 1 || ledger.bad[i]) weak++;
  }
  let target = -1;
  let spare = -1;
  for (let i = 0; i < sectors; i++) {
    if (ledger.bad[i] || i === ledger.sector) continue;
    const kept = ledger.after[i]! > 0 && ledger.first[i]! >= keptFrom;
    if (!kept && (target < 0 || ledger.first[i]! < ledger.first[target]!)) target = i;
    if (i !== ledger.home && (spare < 0 || ledger.first[i]! < ledger.first[spare]!)) spare = i;
  }
  return target >= 0 ? target : weak >= sectors - 1 ? spare : -1;
}

/** Programs one record with what the ledger holds, and reads it back: in its place or, once more, in the next. */
function recordAppend(ledger: LedgerState): number {
  const flash = ledger.flash;
  const bytes = ledger.buffer;
  for (let tries = 2; tries > 0; tries--) {
    const end = flashSectorStart(flash, ledger.sector) + sectorRecords(ledger, ledger.sector) * ledger.stride;
    if (!(ledger.at + ledger.stride <= end)) return Err.LedgerFailed;
    bytes.fill(0, PAYLOAD_AT, NUMBERS_AT);
    writeU16(bytes, VERSION_AT, LEDGER_VERSION);
    writeU53(bytes, NUMBERS_AT, ledger.numbers);
    writeU53(bytes, SEQUENCE_AT, ledger.stated);
    writeU53(bytes, ISSUED_AT, ledger.issued);
    const length = recordClose(bytes, RecordType.State, ledger.sequence, LEDGER_LENGTH);
    bytes.fill(flash.erased, length, ledger.stride);
    const at = ledger.at;
    ledger.at += ledger.stride;
    ledger.sequence++;
    if (flashProgram(flash, at, bytes, 0, ledger.stride) < 0) continue;
    if (flashCompare(flash, at, bytes, 0, ledger.stride, ledger.scratch) < 0) continue;
    if (ledger.first[ledger.sector] === UNREADABLE) ledger.first[ledger.sector] = ledger.sequence - 1;
    else ledger.after[ledger.sector]!++;
    return Ok;
  }
  return Err.LedgerFailed;
}

/** Erases a sector and opens it. If power dies here, a sector that this one was not chosen for still has it all. */
function sectorOpen(ledger: LedgerState): number {
  for (;;) {
    const target = sectorTarget(ledger);
    if (target < 0) return Err.LedgerFailed;
    ledger.first[target] = UNREADABLE;
    ledger.after[target] = 0;
    if (flashErase(ledger.flash, target) === Ok) {
      ledger.sector = target;
      ledger.at = flashSectorStart(ledger.flash, target);
      let left = OPENING;
      while (left > 0 && recordAppend(ledger) === Ok) left--;
      if (left === 0) {
        ledger.home = target;
        return Ok;
      }
    }
    ledger.sector = -1;
    ledger.bad[target] = true;
  }
}

function save(ledger: LedgerState): number {
  if (ledger.sector >= 0 && recordAppend(ledger) === Ok) return Ok;
  return sectorOpen(ledger);
}

function next(this: LedgerState): number {
  if (!(this.number < this.leave)) {
    // Numbers that a record without leave of this power cycle spoke of are never given out: whatever read it is skipped.
    this.number = Math.max(this.number, this.numbers);
    const numbers = this.number + RESERVE;
    if (!(numbers <= NUMBER_MAX)) return Err.LedgerFailed;
    this.numbers = numbers;
    const code = save(this);
    if (code < 0) return code;
    this.leave = numbers;
  }
  return this.number++;
}

function seen(this: LedgerState, into: Seen): void {
  into.sequence = this.stated;
  into.issued = this.issued;
}

function keep(this: LedgerState, sequence: number, issued: number): number {
  if (!(sequence >= 0 && sequence <= NUMBER_MAX && issued >= 0 && issued <= NUMBER_MAX))
    return Err.BadArgument;
  const stated = this.stated;
  const before = this.issued;
  this.stated = sequence;
  this.issued = issued;
  const code = save(this);
  if (code === Ok) return Ok;
  this.stated = stated;
  this.issued = before;
  return code;
}

/** Reads what there is. Throws where a person gave it too little flash. */
export function openLedger(port: FlashPort, watchdog: Watchdog | undefined): Ledger {
  const flash = flashOpen(port, watchdog);
  if (!(flash.sectors >= SECTORS_MIN))
    throw new RangeError(
      `ledger: ${flash.sectors} erase sectors: three is the least that survives every cut`,
    );
  const stride = flashUp(flash, recordLength(LEDGER_LENGTH));
  const first: number[] = [];
  const after: number[] = [];
  const bad: boolean[] = [];
  for (let i = 0; i < flash.sectors; i++) {
    first.push(UNREADABLE);
    after.push(0);
    bad.push(false);
  }
  const ledger: LedgerState = {
    flash: flash,
    buffer: new Uint8Array(stride),
    scratch: new Uint8Array(stride),
    stride: stride,
    first: first,
    after: after,
    bad: bad,
    home: -1,
    sector: -1,
    at: 0,
    sequence: 1,
    number: 1,
    leave: 0,
    numbers: 1,
    stated: 0,
    issued: 0,
    next: next,
    seen: seen,
    keep: keep,
  };
  for (let i = 0; i < flash.sectors; i++) {
    if (!(sectorRecords(ledger, i) >= OPENING + 1))
      throw new RangeError('ledger: an erase sector is too small for its records');
    sectorScan(ledger, i);
  }
  return ledger;
}
