/** The flash of a board as a picture, sector by sector, in text. */
import { Mark } from '../../hal/node/cells.ts';
import type { SectorImage } from '../../hal/node/cells.ts';
import type { BoardProfile, SectorRange } from '../../hal/node/boards.ts';
import { RecordType } from '../../agent/format/record.ts';
import { journalSectors, journalUnit, sectorView } from './journal-view.ts';
import type { Stock } from './stock.ts';
import { overlaps } from './world.ts';
import type { Range, WorldState } from './world.ts';

const LEGEND =
  "one cell: an erase sector. · blank  ~ left undefined by a cut  ! worn  T tail  ? other; letters: an image's first";

const blank = ({ marks }: SectorImage): boolean => marks.every((mark) => mark === Mark.Erased);

const spoiled = (state: WorldState, device: string, from: number, to: number): string | undefined => {
  const hit = (list: readonly Range[]): boolean => list.some((one) => overlaps(one, device, from, to));
  if (hit(state.places)) return '~';
  return hit(state.bad) ? '!' : undefined;
};

/** The release of which a sector holds a part, at the place where that part belongs. */
const holder = (stock: Stock, bytes: Uint8Array, at: number): string | undefined =>
  Object.values(stock.releases).find(({ image }) => {
    const part = image.subarray(at, at + bytes.length);
    return part.length > 0 && Buffer.compare(bytes.subarray(0, part.length), part) === 0;
  })?.name;

const slotCells = (state: WorldState, stock: Stock, range: SectorRange): string => {
  const sectors = state.flash[range.device]!;
  let start = 0;
  let at = 0;
  let cells = '';
  sectors.forEach((image, sector) => {
    const length = image.bytes.length;
    if (sector >= range.from && sector < range.from + range.count) {
      const other = sector === range.from + range.count - 1 ? 'T' : '?';
      const held = holder(stock, image.bytes, at)?.[0];
      cells += spoiled(state, range.device, start, start + length) ?? (blank(image) ? '·' : (held ?? other));
      at += length;
    }
    start += length;
  });
  return cells;
};

const TYPES: Readonly<Record<number, string>> = {
  [RecordType.State]: 'S',
  [RecordType.Seal]: 's',
  [RecordType.Name]: 'n',
};

const journalCells = (profile: BoardProfile, state: WorldState): string => {
  const { device, from } = profile.journal;
  let start = state.flash[device]!.slice(0, from).reduce((sum, { bytes }) => sum + bytes.length, 0);
  return journalSectors(profile, state.flash)
    .map((image) => {
      const { records } = sectorView(image, journalUnit(profile));
      const spoil = spoiled(state, device, start, start + image.bytes.length) ?? '';
      start += image.bytes.length;
      const first = records[0];
      const text = records.map(({ type }) => TYPES[type] ?? '?').join('');
      return `[${first === undefined ? '·' : `${first.sequence} ${text}`}${spoil}]`;
    })
    .join(' ');
};

export const drawWorld = (profile: BoardProfile, state: WorldState, stock: Stock): string => {
  const rows: [string, string][] = [
    ['slot A', slotCells(state, stock, profile.slots[0])],
    ['slot B', slotCells(state, stock, profile.slots[1])],
    ['journal', `${journalCells(profile, state)}  S state, s seal, n name`],
    ['counter', String(state.counter)],
  ];
  return [...rows.map(([name, cells]) => `    ${name.padEnd(8)} ${cells}`), `    ${LEGEND}`].join('\n');
};
