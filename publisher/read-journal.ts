/** Reads the records of a boot journal (docs/SPEC.md section 4) from a dump. */
import { crc32 } from 'node:zlib';
import { viewOf } from './bytes.ts';

export const RecordType = { State: 0xa1, Seal: 0xa2, Name: 0xa3 } as const;
const HeadLength = 8;
const CrcLength = 4;
const PayloadMost = 1024;

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
  if (length > PayloadMost || crcAt + CrcLength > bytes.length) return undefined;
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

/** The state that counts: the sealed one with the highest sequence; else the highest of all. */
export const stateNewest = (sectors: readonly SectorView[]): RecordView | undefined => {
  const states = sectors
    .flatMap((sector) => sector.records)
    .filter((record) => record.type === RecordType.State);
  const newest = (all: RecordView[]): RecordView | undefined =>
    all.reduce<RecordView | undefined>(
      (best, one) => (best && best.sequence > one.sequence ? best : one),
      undefined,
    );
  return newest(states.filter((record) => record.sealed)) ?? newest(states);
};
