/**
 * The boot journal on flash: append-only records in three or more erase sectors (docs/SPEC.md section 4,
 * docs/DESIGN.md section 7).
 *
 * 1. A sector takes records only in the power cycle in which it was erased: a place that reads blank may have been
 *    touched by a cut, and is no place to program.
 * 2. The newest state is acted on only when two later records of its sector can be read. Where fewer can, it is
 *    written anew, in a fresh sector, with two seals, and then acted on.
 * 3. Let k be the number of readable records after a sector's first state. Power dies in one record at a time, so all
 *    before the last readable one are complete, and the last may be torn: k falls by one at most from boot to boot.
 *    A state acted on had k >= 2, so k >= 1 for ever. With k = 0 it was never acted on, may be torn, and does not
 *    count: it could be gone at the next boot, and back when its number has long been given to another. k = 1 may mean
 *    either. So the newest sector with k >= 1 counts, and from it down to the first with k >= 2 all are kept; any
 *    other may be erased.
 */
import type { FlashPort, Watchdog } from '../hal/ports.ts';
import { readU32, writeU32 } from './bytes.ts';
import { Ok } from './codes.ts';
import * as Err from './err.ts';
import {
  UNIT_MAX,
  flashCompare,
  flashErase,
  flashOpen,
  flashProgram,
  flashRead,
  flashSectorStart,
  flashUp,
} from './flash.ts';
import type { Flash } from './flash.ts';
import {
  NAME_LENGTH_AT,
  NAME_OFFSET_AT,
  NAME_SLOT_AT,
  PAYLOAD_AT,
  RECORD_MAX,
  RECORD_MIN,
  STATE_LENGTH,
} from './format/layout.ts';
import {
  RecordType,
  recordCheck,
  recordClose,
  recordLength,
  recordLikely,
  recordPayload,
  recordSequence,
  recordStarts,
  recordType,
} from './format/record.ts';
import { stateNew, stateRead, stateReset, stateSet } from './format/state.ts';
import type { State } from './format/state.ts';

const SECTORS_MIN = 3;
const SEALS = 2;
const NAME_LENGTH = 12;
/** Places tried for one record before the sector is given up: a unit that went bad costs a record's length. */
const TRIES = 2;
/** How far a scan looks past a record that cannot be read: as far as failed tries can leave. */
const GAP_MAX: number = TRIES * (RECORD_MAX + UNIT_MAX);
const UNREADABLE = -1;
const SCRATCH = 64;

/** A record, padded to the largest program unit. */
export const JOURNAL_BUFFER: number = RECORD_MAX + UNIT_MAX;

export interface Journal {
  readonly flash: Flash;
  readonly state: State;
  readonly buffer: Uint8Array;
  readonly scratch: Uint8Array;
  /** For each sector: the sequence of its first record, or UNREADABLE. */
  readonly first: number[];
  /** For each sector: how many records can be read after the first. */
  readonly after: number[];
  /** Sectors that failed in this power cycle. */
  readonly bad: boolean[];
  /** The sector with the newest state, or -1. */
  home: number;
  /** Records readable after the newest state. */
  seals: number;
  /** The sector erased in this power cycle, or -1. */
  sector: number;
  /** Where the next record goes in it. */
  at: number;
  /** The next record's sequence number. */
  sequence: number;
}

/**
 * `shared`: at least JOURNAL_BUFFER bytes; `scratch`: 64 at least. Nothing of the caller's outlives a call of the journal in
 * them.
 */
export function journalOpen(
  port: FlashPort,
  watchdog: Watchdog | undefined,
  shared?: Uint8Array,
  scratch?: Uint8Array,
): Journal {
  const flash = flashOpen(port, watchdog);
  if (!(flash.sectors >= SECTORS_MIN)) {
    throw new RangeError(
      `journal: ${flash.sectors} erase sectors: three is the least that survives every cut`,
    );
  }
  const first: number[] = [];
  const after: number[] = [];
  const bad: boolean[] = [];
  for (let sector = 0; sector < flash.sectors; sector++) {
    first.push(UNREADABLE);
    after.push(0);
    bad.push(false);
    if (!(sectorLength(flash, sector) >= stateRoom(flash))) {
      throw new RangeError('journal: an erase sector is too small for a sealed state');
    }
  }
  return {
    flash: flash,
    state: stateNew(),
    buffer: shared ?? new Uint8Array(RECORD_MAX + flash.unit),
    scratch: scratch ?? new Uint8Array(SCRATCH),
    first: first,
    after: after,
    bad: bad,
    home: -1,
    seals: 0,
    sector: -1,
    at: 0,
    sequence: 1,
  };
}

function sectorLength(flash: Flash, sector: number): number {
  return flashSectorStart(flash, sector + 1) - flashSectorStart(flash, sector);
}

/** Bytes that a state and its seals take. */
function stateRoom(flash: Flash): number {
  return flashUp(flash, recordLength(STATE_LENGTH)) + SEALS * flashUp(flash, RECORD_MIN);
}

/** Whether the newest state may be acted on as it stands. */
export function journalSealed(journal: Journal): boolean {
  return journal.home >= 0 && journal.seals >= SEALS;
}

/** Reads the journal. JournalLost: there is no readable state, and `state` is that of a board that knows nothing. */
export function journalLoad(journal: Journal): number {
  journal.home = -1;
  journal.sector = -1;
  journal.sequence = 1;
  for (let sector = 0; sector < journal.flash.sectors; sector++) journalScan(journal, sector, false);
  // Where no sector shows a second record, the newest state left was never acted on; but it was decided, and whole.
  if (journalSearch(journal, 1) < 0) journalSearch(journal, 0);
  if (journal.home >= 0) return Ok;
  stateReset(journal.state);
  return Err.JournalLost;
}

/** Takes the state of the newest sector with at least `least` records after its first. That sector, or -1. */
function journalSearch(journal: Journal, least: number): number {
  for (;;) {
    const newest = journalNewest(journal, least);
    if (newest < 0) return -1;
    journal.home = -1;
    journalScan(journal, newest, true);
    // Where an unstable record has gone since the first scan, the next newest sector counts. Where the state is of a
    // layout not known here, none does: an older one has been acted on no longer.
    if (journal.first[newest] !== UNREADABLE && journal.after[newest]! >= least) return newest;
    journal.home = -1;
  }
}

/** Reads one sector; with `take`, takes its newest state. */
function journalScan(journal: Journal, sector: number, take: boolean): void {
  const flash = journal.flash;
  const end = flashSectorStart(flash, sector + 1);
  let last = UNREADABLE;
  journal.first[sector] = UNREADABLE;
  journal.after[sector] = 0;
  let gap = 0;
  for (let at = flashSectorStart(flash, sector); at + RECORD_MIN <= end && gap <= GAP_MAX;) {
    const length = journalRead(journal, at, end);
    const sequence = length > 0 ? recordSequence(journal.buffer, 0) : 0;
    const fits = last === UNREADABLE ? recordType(journal.buffer, 0) === RecordType.State : sequence > last;
    if (!(length > 0 && fits)) {
      const next = journalSkip(journal, at + flash.unit, end);
      gap += next - at;
      at = next;
      continue;
    }
    if (last === UNREADABLE) journal.first[sector] = sequence;
    else journal.after[sector]!++;
    if (sequence >= journal.sequence) journal.sequence = sequence + 1;
    if (take) journalTake(journal, sector);
    last = sequence;
    at += flashUp(flash, length);
    gap = 0;
  }
}

/**
 * The first place from `at` on where a record may start, as far as one read of the scratch shows; `at` itself where
 * that read fails, since it takes in units that a cut may have left unreadable. Most of what a scan reads is blank.
 */
function journalSkip(journal: Journal, at: number, end: number): number {
  const flash = journal.flash;
  const scratch = journal.scratch;
  const length = Math.min(scratch.length, end - at);
  if (!(length > 0) || flashRead(flash, at, scratch, 0, length) < 0) return at;
  let skipped = 0;
  while (skipped < length && !recordStarts(scratch, skipped)) skipped += flash.unit;
  return at + skipped;
}

/** Reads the record at `at` into the buffer, and not a byte past it: the unit behind it may not be readable. */
function journalRead(journal: Journal, at: number, end: number): number {
  const bytes = journal.buffer;
  if (flashRead(journal.flash, at, bytes, 0, RECORD_MIN) < 0 || !recordLikely(bytes, 0)) return 0;
  const length = recordLength(recordPayload(bytes, 0));
  if (!(length <= RECORD_MAX && at + length <= end)) return 0;
  if (flashRead(journal.flash, at, bytes, 0, length) < 0) return 0;
  return recordCheck(bytes, 0, length);
}

function journalTake(journal: Journal, sector: number): void {
  const bytes = journal.buffer;
  const state = journal.state;
  const type = recordType(bytes, 0);
  if (type === RecordType.State) {
    const known = stateRead(state, bytes, PAYLOAD_AT, recordPayload(bytes, 0)) === Ok;
    journal.home = known ? sector : -1;
    journal.seals = 0;
    return;
  }
  journal.seals++;
  if (type === RecordType.Name && recordPayload(bytes, 0) === NAME_LENGTH) {
    state[NAME_SLOT_AT] = bytes[PAYLOAD_AT]!;
    stateSet(state, NAME_OFFSET_AT, readU32(bytes, PAYLOAD_AT + 4));
    stateSet(state, NAME_LENGTH_AT, readU32(bytes, PAYLOAD_AT + 8));
  }
}

/** The newest readable sector with at least `least` records after its first; or -1. */
function journalNewest(journal: Journal, least: number): number {
  let newest = -1;
  for (let sector = 0; sector < journal.flash.sectors; sector++) {
    if (journal.first[sector] === UNREADABLE || journal.after[sector]! < least) continue;
    if (newest < 0 || journal.first[sector]! > journal.first[newest]!) newest = sector;
  }
  return newest;
}

/**
 * The sector to erase next: the oldest that invariant 3 does not keep; or -1. When all are kept, the oldest goes: a
 * journal that takes no more records would be the end of all updates, and the states of the others are complete,
 * whatever their seals read. That takes as many cuts in a row as there are sectors but one, each inside a seal; a
 * sector that is worn out does for one of them.
 */
function journalTarget(journal: Journal): number {
  let keptFrom = UNREADABLE;
  for (let sector = 0; sector < journal.flash.sectors; sector++) {
    if (journal.after[sector]! >= SEALS) keptFrom = Math.max(keptFrom, journal.first[sector]!);
  }
  let target = -1;
  let spare = -1;
  for (let sector = 0; sector < journal.flash.sectors; sector++) {
    if (journal.bad[sector] || sector === journal.sector) continue;
    const kept = journal.after[sector]! > 0 && journal.first[sector]! >= keptFrom;
    if (!kept && (target < 0 || journal.first[sector]! < journal.first[target]!)) target = sector;
    // Never the one that counts: on a supply that takes no programs the whole journal would go, sector by sector.
    if (sector === journal.home) continue;
    if (spare < 0 || journal.first[sector]! < journal.first[spare]!) spare = sector;
  }
  return target >= 0 ? target : ambiguous(journal) ? spare : -1;
}

/** Whether no sector shows the two seals that would make another one free, or the one that is free takes no erase. */
function ambiguous(journal: Journal): boolean {
  let weak = 0;
  for (let sector = 0; sector < journal.flash.sectors; sector++) {
    if (journal.after[sector] === 1 || journal.bad[sector]) weak++;
  }
  return weak >= journal.flash.sectors - 1;
}

/** Programs the record in the buffer and reads it back; on failure once more, further on. */
function journalAppend(journal: Journal, type: number, payload: number): number {
  const flash = journal.flash;
  for (let tried = 0; tried < TRIES; tried++) {
    const length = recordClose(journal.buffer, type, journal.sequence, payload);
    const padded = flashUp(flash, length);
    if (!(journal.at + padded <= flashSectorStart(flash, journal.sector + 1))) return Err.JournalFailed;
    journal.buffer.fill(flash.erased, length, padded);
    const at = journal.at;
    journal.at += padded;
    journal.sequence++;
    if (flashProgram(flash, at, journal.buffer, 0, padded) < 0) continue;
    if (flashCompare(flash, at, journal.buffer, 0, padded, journal.scratch) === Ok) return Ok;
  }
  return Err.JournalFailed;
}

function journalAppendState(journal: Journal): number {
  const sector = journal.sector;
  const opens = journal.first[sector] === UNREADABLE;
  journal.buffer.set(journal.state, PAYLOAD_AT);
  let code = journalAppend(journal, RecordType.State, STATE_LENGTH);
  if (code < 0) return code;
  if (opens) journal.first[sector] = journal.sequence - 1;
  else journal.after[sector]!++;
  for (let seal = 0; seal < SEALS; seal++) {
    code = journalAppend(journal, RecordType.Seal, 0);
    if (code < 0) return code;
    journal.after[sector]!++;
  }
  journal.home = sector;
  journal.seals = SEALS;
  return Ok;
}

/** Goes to a fresh sector, and carries the state there. The sectors that may be the last stable copy are not touched. */
function journalTurn(journal: Journal): number {
  for (;;) {
    const target = journalTarget(journal);
    if (target < 0) return Err.JournalFailed;
    journal.first[target] = UNREADABLE;
    journal.after[target] = 0;
    if (flashErase(journal.flash, target) === Ok) {
      journal.sector = target;
      journal.at = flashSectorStart(journal.flash, target);
      if (journalAppendState(journal) === Ok) return Ok;
    }
    journal.sector = -1;
    journal.bad[target] = true;
  }
}

function journalHasRoom(journal: Journal, length: number): boolean {
  if (journal.sector < 0) return false;
  return journal.at + length <= flashSectorStart(journal.flash, journal.sector + 1);
}

/** Writes the state with its seals. When this returns Ok the state may be acted on. */
export function journalSave(journal: Journal): number {
  if (journalHasRoom(journal, stateRoom(journal.flash)) && journalAppendState(journal) === Ok) return Ok;
  return journalTurn(journal);
}

/** Names a range of a slot before it is touched. After a reset the last range named is erased again. */
export function journalName(journal: Journal, slot: number, offset: number, length: number): number {
  const state = journal.state;
  state[NAME_SLOT_AT] = slot;
  stateSet(state, NAME_OFFSET_AT, offset);
  stateSet(state, NAME_LENGTH_AT, length);
  if (!journalHasRoom(journal, flashUp(journal.flash, recordLength(NAME_LENGTH))))
    return journalTurn(journal);
  const bytes = journal.buffer;
  bytes.fill(0, PAYLOAD_AT, PAYLOAD_AT + NAME_LENGTH);
  bytes[PAYLOAD_AT] = slot;
  writeU32(bytes, PAYLOAD_AT + 4, offset);
  writeU32(bytes, PAYLOAD_AT + 8, length);
  if (journalAppend(journal, RecordType.Name, NAME_LENGTH) < 0) return journalTurn(journal);
  journal.after[journal.sector]!++;
  journal.seals++;
  return Ok;
}
