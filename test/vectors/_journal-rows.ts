/** Rows of formats.json for the boot journal: records by themselves, and a sector as the agent writes it. */
import { journalLoad, journalName, journalOpen, journalSave } from '../../agent/journal.ts';
import { PAYLOAD_AT, RECORD_MAX, RecordType, recordClose } from '../../agent/format/record.ts';
import { STATE_LENGTH } from '../../agent/format/layout.ts';
import { stateNew } from '../../agent/format/state.ts';
import type { State } from '../../agent/format/state.ts';
import { STATE_BYTES, stateView } from '../../hal/node/state-view.ts';
import type { StateNumber } from '../../hal/node/state-view.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { hex, text } from './_row.ts';

/** Numbers as they are, bytes as hex. */
export type StateFields = Readonly<Record<string, number | string>>;

const pattern = (length: number, from: number): string =>
  hex(Uint8Array.from({ length }, (_, i) => (from + i) & 255));
const padded = (words: string, length: number): string => {
  const out = new Uint8Array(length);
  out.set(text(words));
  return hex(out);
};

/** Every field has a value of its own, each byte of a number another one: a field in the wrong place shows. */
export const KNOWN: StateFields = {
  confirmed: 1,
  trial: 0,
  attempts: 2,
  boots: 5,
  windowBoots: 4,
  backoffs: 3,
  nameSlot: 6,
  event: 7,
  eventDetail: 42,
  eventCause: 8,
  eventSlot: 9,
  eventAttempts: 10,
  eventBoots: 11,
  eventCode: 112,
  exchange: 13,
  secondLow: 14,
  nameOffset: 0x00012000,
  nameLength: 0x00001000,
  trialSince: 0x71234567,
  floor: 0x01020304,
  trialFloor: 0xfedcba98,
  backoffSince: 0x0a0b0c0d,
  keepEnd: 0x15161718,
  keepTail: 0x25262728,
  takeEnd: 0x35363738,
  takeTail: 0x45464748,
  accepted: 0x1fffffffffffff,
  trialSequence: 0x01020304050607,
  eventFrom: 0x100000000,
  eventTo: 0xffffffff,
  refusedUpTo: 1001,
  refusedSequence0: 1002,
  refusedSequence1: 1003,
  refusedSequence2: 1004,
  refusedSequence3: 1005,
  acceptedDigest: pattern(32, 0x10),
  trialDigest: pattern(32, 0x30),
  eventDigest: pattern(32, 0x50),
  backoffDigest: pattern(16, 0x70),
  refused: pattern(64, 0x80),
  checkName: padded('r\u00e9seau', 16),
};

export function stateFill(state: State, fields: StateFields): void {
  const into = stateView(state);
  for (const [name, value] of Object.entries(fields)) {
    const part = STATE_BYTES.find(([of]) => of === name);
    if (part) state.set(Buffer.from(String(value), 'hex'), part[1]);
    else into[name as StateNumber] = value as number;
  }
}

export function stateFields(state: State): StateFields {
  const parts = STATE_BYTES.map(([name, at, length]) => [name, hex(state.subarray(at, at + length))]);
  return { ...(Object.fromEntries(parts) as Record<string, string>), ...stateView(state) };
}

export interface NameFields {
  readonly slot: number;
  readonly offset: number;
  readonly length: number;
}

export interface RecordRow {
  readonly name: string;
  readonly type: number;
  readonly sequence: number;
  readonly bytes: string;
  readonly state?: StateFields;
  readonly range?: NameFields;
}

type Fill = (bytes: Uint8Array) => number;

function recordBytes(type: number, sequence: number, fill: Fill): string {
  const bytes = new Uint8Array(RECORD_MAX);
  const payload = fill(bytes);
  return hex(bytes.subarray(0, recordClose(bytes, type, sequence, payload)));
}

const fillState =
  (fields: StateFields): Fill =>
  (bytes) => {
    const state = stateNew();
    stateFill(state, fields);
    bytes.set(state, PAYLOAD_AT);
    return STATE_LENGTH;
  };

/** Laid down here byte by byte from docs/SPEC.md: the journal's writer keeps its own to itself. */
const fillName =
  (range: NameFields): Fill =>
  (bytes) => {
    const view = new DataView(bytes.buffer, PAYLOAD_AT);
    view.setUint8(0, range.slot);
    view.setUint32(4, range.offset, true);
    view.setUint32(8, range.length, true);
    return 12;
  };

const RANGE: NameFields = { slot: 1, offset: 0x00013000, length: 0x00001000 };
const NO_RANGE: NameFields = { slot: 255, offset: 0, length: 0 };

export function recordRows(): RecordRow[] {
  const blank = stateFields(stateNew());
  const state = (name: string, sequence: number, fields: StateFields): RecordRow => ({
    name,
    type: RecordType.State,
    sequence,
    bytes: recordBytes(RecordType.State, sequence, fillState(fields)),
    state: fields,
  });
  const range = (name: string, sequence: number, fields: NameFields): RecordRow => ({
    name,
    type: RecordType.Name,
    sequence,
    bytes: recordBytes(RecordType.Name, sequence, fillName(fields)),
    range: fields,
  });
  return [
    state('state, known fields', 0x01020304, KNOWN),
    state('state of a board that knows nothing', 1, blank),
    {
      name: 'seal',
      type: RecordType.Seal,
      sequence: 0x01020305,
      bytes: recordBytes(RecordType.Seal, 0x01020305, () => 0),
    },
    range('name', 0x01020306, RANGE),
    range('name, nothing in doubt', 0xffffffff, NO_RANGE),
  ];
}

export interface JournalRow {
  readonly name: string;
  readonly unit: number;
  readonly erased: number;
  readonly sectorLength: number;
  /** Each sector from its start; what follows the bytes given is erased. */
  readonly sectors: readonly string[];
  /** What counts, and the number of records behind it. */
  readonly state: StateFields;
  readonly seals: number;
  /** The next record's. */
  readonly sequence: number;
}

const SECTORS = 3;

/** Blank; a state and two names; then, if `turn`, a reset and another state, which goes to another sector. */
function journalRow(unit: number, erased: 0 | 0xff, sectorLength: number, turn: boolean): JournalRow {
  const flash = new NorFlash({
    sectors: Array.from({ length: SECTORS }, () => sectorLength),
    writeAlign: unit,
    eraseValue: erased,
  });
  let journal = journalOpen(flash.port(), undefined);
  const done = (code: number): void => {
    if (code < 0) throw new Error(`journal: ${code}`);
  };
  journalLoad(journal);
  stateFill(journal.state, { ...KNOWN, nameSlot: NO_RANGE.slot, nameOffset: 0, nameLength: 0 });
  done(journalSave(journal));
  done(journalName(journal, NO_RANGE.slot, 0, 0));
  done(journalName(journal, RANGE.slot, RANGE.offset, RANGE.length));
  if (turn) {
    journal = journalOpen(flash.port(), undefined);
    done(journalLoad(journal));
    stateView(journal.state).attempts += 1;
    done(journalSave(journal));
  }
  const sectors = Array.from({ length: SECTORS }, (_, at) => {
    const bytes = flash.bytes.subarray(at * sectorLength, (at + 1) * sectorLength);
    let end = sectorLength;
    while (end > 0 && bytes[end - 1] === erased) end -= 1;
    return hex(bytes.subarray(0, end));
  });
  return {
    name: `unit ${unit}, erased ${erased}${turn ? ', after a reset' : ''}`,
    unit,
    erased,
    sectorLength,
    sectors,
    state: stateFields(journal.state),
    seals: journal.seals,
    sequence: journal.sequence,
  };
}

export const journalRows = (): JournalRow[] => [
  journalRow(4, 0xff, 1024, false),
  journalRow(8, 0, 1024, false),
  journalRow(32, 0xff, 4096, true),
];
