/**
 * The journal as it stands in flash, read by the rules of docs/SPEC.md section 4 and nothing of agent/journal.ts: what
 * the invariants hold the board against, and what makes states alike whose records are merely numbered otherwise.
 */
import { createHash } from 'node:crypto';
import {
  PAYLOAD_AT,
  RecordType,
  recordCheck,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { stateNew, stateRead } from '../../agent/format/state.ts';
import type { SectorImage } from '../../hal/node/cells.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { stateView } from '../../hal/node/state-view.ts';
import type { StateView } from '../../hal/node/state-view.ts';

export interface RecordView {
  readonly offset: number;
  readonly length: number;
  readonly type: number;
  readonly sequence: number;
  /** Stands for the payload. */
  readonly digest: string;
}

export interface SectorView {
  readonly records: readonly RecordView[];
}

const short = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64').slice(0, 12);

const views = new WeakMap<SectorImage, SectorView>();

/** A sector's records: every one whose crc holds. */
export const sectorView = (image: SectorImage, unit: number): SectorView => {
  const known = views.get(image);
  if (known !== undefined) return known;
  const { bytes } = image;
  const records: RecordView[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = recordCheck(bytes, at, bytes.length);
    if (length === 0) {
      at += unit;
      continue;
    }
    const payload = recordPayload(bytes, at);
    records.push({
      offset: at,
      length,
      type: recordType(bytes, at),
      sequence: recordSequence(bytes, at),
      digest: short(bytes.subarray(at + PAYLOAD_AT, at + PAYLOAD_AT + payload)),
    });
    at += Math.ceil(length / unit) * unit;
  }
  const view = { records };
  views.set(image, view);
  return view;
};

/** Bytes in a program unit of a board's journal. */
export const journalUnit = ({ devices, journal }: BoardProfile): number => devices[journal.device]!.unit;

/** The sectors of a board's journal. */
export const journalSectors = (
  profile: BoardProfile,
  flash: Readonly<Record<string, readonly SectorImage[]>>,
): readonly SectorImage[] => {
  const { device, from, count } = profile.journal;
  return flash[device]!.slice(from, from + count);
};

export interface Counted {
  readonly state: StateView;
  /** Records behind it. */
  readonly after: number;
}

/** The newest state of the sectors in which at least one record stands behind the first; else the newest there is. */
export const stateCounted = (sectors: readonly SectorImage[], unit: number): Counted | undefined => {
  const all = sectors
    .map((image) => ({ image, view: sectorView(image, unit) }))
    .filter(({ view }) => view.records[0]?.type === RecordType.State)
    .sort((one, other) => other.view.records[0]!.sequence - one.view.records[0]!.sequence);
  const newest = all.find(({ view }) => view.records.length > 1) ?? all[0];
  if (newest === undefined) return undefined;
  const { records } = newest.view;
  const last = records.map(({ type }) => type).lastIndexOf(RecordType.State);
  const { offset } = records[last]!;
  const state = stateNew();
  const payload = recordPayload(newest.image.bytes, offset);
  if (stateRead(state, newest.image.bytes, offset + PAYLOAD_AT, payload) < 0) return undefined;
  return { state: stateView(state), after: records.length - 1 - last };
};

/**
 * What a journal says, in words that leave out what can make no difference to whoever reads it by the rules: the
 * numbers that records bear, of which only the order counts; which of the sectors is which; what a sector holds beside
 * its newest state, the name behind it, and up to two records; and all that sectors hold that are not protected
 * (docs/DESIGN.md 7.4), but that they are there.
 */
export const journalMeaning = (sectors: readonly SectorImage[], unit: number): string => {
  const all = sectors
    .map((image) => sectorView(image, unit).records)
    .filter((records) => records[0]?.type === RecordType.State)
    .sort((one, other) => other[0]!.sequence - one[0]!.sequence);
  const words: string[] = [];
  let protectedStill = true;
  for (const records of all) {
    if (!protectedStill) {
      words.push('old');
      continue;
    }
    const types = records.map(({ type }) => type);
    const last = types.lastIndexOf(RecordType.State);
    const name = types.lastIndexOf(RecordType.Name);
    const behind = Math.min(2, records.length - 1);
    const seals = Math.min(2, records.length - 1 - last);
    words.push(`${behind}${seals}${records[last]!.digest}${name > last ? records[name]!.digest : ''}`);
    if (behind === 2) protectedStill = false;
  }
  return words.join();
};
