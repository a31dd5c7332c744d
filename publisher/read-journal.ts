/** Reads the records of a boot journal (docs/SPEC.md section 4) from a dump. */
import { crc32 } from 'node:zlib';
import { PAYLOAD_MAX } from '../agent/format/record.ts';
import { viewOf } from './bytes.ts';

export const RecordType = { State: 0xa1, Seal: 0xa2, Name: 0xa3 } as const;
const HeadLength = 8;
const CrcLength = 4;

export interface RecordView {
  readonly at: number;
  readonly type: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** For a state: whether two later records of its sector can be read. */
  readonly sealed: boolean;
}

/** The record at `at`, or undefined. */
export const recordRead = (bytes: Uint8Array, at: number): Omit<RecordView, 'sealed'> | undefined => {
  if (at + HeadLength + CrcLength > bytes.length) return undefined;
  const type = bytes[at] as number;
  if (type < RecordType.State || type > RecordType.Name || bytes[at + 1] !== 0) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint16(at + 2, true);
  const crcAt = at + HeadLength + length;
  if (length > PAYLOAD_MAX || crcAt + CrcLength > bytes.length) return undefined;
  if (view.getUint32(crcAt, true) !== crc32(bytes.subarray(at, crcAt))) return undefined;
  return {
    at,
    type,
    sequence: view.getUint32(at + 4, true),
    payload: bytes.subarray(at + HeadLength, crcAt),
  };
};

/** Every record of a sector, in order. Steps by single bytes over what is torn, so that the program unit may be any. */
const sectorRead = (bytes: Uint8Array, from: number, to: number): RecordView[] => {
  const found: Omit<RecordView, 'sealed'>[] = [];
  const sector = bytes.subarray(0, to);
  for (let at = from; at < to;) {
    const record = recordRead(sector, at);
    if (record) found.push(record);
    at = record ? at + HeadLength + record.payload.length + CrcLength : at + 1;
  }
  return found.map((record, at) => ({ ...record, sealed: found.length > at + 2 }));
};

export interface SectorView {
  readonly from: number;
  readonly length: number;
  readonly records: readonly RecordView[];
}

/** `lengths`: of every erase sector, or of each. */
export const journalRead = (bytes: Uint8Array, lengths: number | readonly number[]): SectorView[] => {
  const sectors: SectorView[] = [];
  let from = 0;
  while (from < bytes.length) {
    const length = typeof lengths === 'number' ? lengths : (lengths[sectors.length] ?? bytes.length);
    const to = Math.min(bytes.length, from + length);
    sectors.push({ from, length: to - from, records: sectorRead(bytes, from, to) });
    from = to;
  }
  return sectors;
};

/** Where a dump of a whole flash holds journal records: from the first sector that has some to the last. */
export const journalFind = (
  flash: Uint8Array,
  sectorLength = 4096,
): { from: number; to: number } | undefined => {
  const sectors: number[] = [];
  for (let from = 0; from < flash.length; from += sectorLength) {
    const first = recordRead(flash, from);
    if (first?.type === RecordType.State) sectors.push(from);
  }
  const [from, to] = [sectors[0], sectors.at(-1)];
  return from === undefined || to === undefined ? undefined : { from, to: to + sectorLength };
};

/**
 * The state that counts: the newest one of the newest sector in which a record can be read after the first (SPEC
 * section 4). Where there is none, the board takes its journal for lost; the highest that can be read is shown.
 */
export const stateNewest = (sectors: readonly SectorView[]): RecordView | undefined => {
  const states = (records: readonly RecordView[]): RecordView[] =>
    records.filter((record) => record.type === RecordType.State);
  const bySequence = (one: RecordView, other: RecordView): number => one.sequence - other.sequence;
  const counting = sectors
    .map((sector) => sector.records)
    .filter((records) => records.length > 1 && records[0]!.type === RecordType.State)
    .sort((one, other) => bySequence(one[0]!, other[0]!))
    .at(-1);
  return states(counting ?? sectors.flatMap((sector) => sector.records))
    .sort(bySequence)
    .at(-1);
};
