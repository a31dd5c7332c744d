/** The flash of a board as its file holds it, while its process lives and after: what each block is, as a picture. */
import { BOARDS, openBoard } from 'flipside/hal/node';
import type { BoardName } from 'flipside/hal/node';
import { deviceState, journalRead, stateNewest } from 'flipside/publisher';
import colors from 'picocolors';

const BlockLength = 4096;

export type Cell = 'running' | 'kept' | 'copied' | 'fetched' | 'old' | 'empty' | 'tail';

const looks: Readonly<Record<Cell, readonly [glyph: string, paint: (text: string) => string]>> = {
  running: ['\u2588', colors.green],
  kept: ['\u2593', colors.blue],
  copied: ['\u2592', colors.magenta],
  fetched: ['\u25a0', colors.cyan],
  old: ['\u2591', colors.dim],
  empty: ['\u00b7', colors.dim],
  tail: ['T', colors.yellow],
};

export interface Dump {
  readonly slots: readonly [Uint8Array, Uint8Array];
  readonly journal: Uint8Array;
  readonly journalSector: number;
  /** How often each block of a slot was erased, the most of its sectors. */
  readonly wear: readonly [number[], number[]];
}

export const dumpRead = (name: BoardName, directory: string): Dump => {
  const profile = BOARDS[name];
  const board = openBoard(profile, { directory });
  try {
    const device = board.devices[profile.journal.device]!;
    const { starts, lengths, size } = device.sectors;
    const place = (sector: number): number => starts[sector] ?? size;
    const bytesOf = (range: typeof profile.journal): Uint8Array =>
      device.bytes.slice(place(range.from), place(range.from + range.count));
    const wearOf = (range: typeof profile.journal): number[] => {
      const blocks: number[] = [];
      for (let sector = range.from; sector < range.from + range.count; sector++) {
        const block = Math.floor((place(sector) - place(range.from)) / BlockLength);
        blocks[block] = Math.max(blocks[block] ?? 0, device.wear[sector]!);
      }
      return blocks;
    };
    return {
      slots: [bytesOf(profile.slots[0]), bytesOf(profile.slots[1])],
      journal: bytesOf(profile.journal),
      journalSector: lengths[profile.journal.from]!,
      wear: [wearOf(profile.slots[0]), wearOf(profile.slots[1])],
    };
  } finally {
    board.close();
  }
};

/** What is known beside the flash: which image runs where, and which one is on its way. */
export interface Knowledge {
  readonly running: number;
  readonly runningImage: Uint8Array;
  readonly target?: Uint8Array | undefined;
  /** The flash when this session began. */
  readonly before?: Dump | undefined;
}

const same = (slot: Uint8Array, image: Uint8Array, block: number): boolean => {
  const from = block * BlockLength;
  const part = image.subarray(from, from + BlockLength);
  return part.length > 0 && Buffer.compare(slot.subarray(from, from + part.length), part) === 0;
};

/** Blocks of `image` that stand in `slot` at their place. */
export const blocksRight = (slot: Uint8Array, image: Uint8Array): number[] => {
  const count = Math.ceil(image.length / BlockLength);
  return Array.from({ length: count }, (_, block) => block).filter((block) => same(slot, image, block));
};

const cellOf = (dump: Dump, known: Knowledge, slot: number, block: number): Cell => {
  const bytes = dump.slots[slot]!;
  const { running, runningImage, target, before } = known;
  const image = slot === running ? runningImage : (target ?? runningImage);
  const last = Math.ceil(image.length / BlockLength);
  const content = bytes.subarray(block * BlockLength, (block + 1) * BlockLength);
  if (content.every((byte) => byte === 0xff)) return 'empty';
  if (slot === running) return block < last ? 'running' : 'tail';
  if (target === undefined || !same(bytes, target, block)) return block < last || !target ? 'old' : 'tail';
  const touched = before === undefined || dump.wear[slot]![block] !== before.wear[slot]![block];
  if (!touched && same(before.slots[slot]!, target, block)) return 'kept';
  return same(target, runningImage, block) ? 'copied' : 'fetched';
};

export const cellsOf = (dump: Dump, known: Knowledge, slot: number): Cell[] =>
  Array.from({ length: Math.ceil(dump.slots[slot]!.length / BlockLength) }, (_, block) =>
    cellOf(dump, known, slot, block),
  );

/** A bar in which each kind of cell has its part. */
export const meter = (counts: Partial<Record<Cell, number>>, width: number): string => {
  const parts = Object.entries(counts) as [Cell, number][];
  const total = parts.reduce((sum, [, number]) => sum + number, 0);
  let from = 0;
  let text = '';
  for (const [cell, number] of parts) {
    const [glyph, paint] = looks[cell];
    const cells = Math.round(((from + number) / total) * width) - Math.round((from / total) * width);
    text += paint(glyph.repeat(cells || 0));
    from += number;
  }
  return text;
};

const Width = 59;

const journalText = async (dump: Dump): Promise<string> => {
  const sectors = journalRead(dump.journal, dump.journalSector);
  const cells = sectors.map(({ records }) =>
    records.length > 0 ? colors.blue(String(records.length)) : colors.dim('\u00b7'),
  );
  const newest = stateNewest(sectors);
  const state = newest && (await deviceState(newest.payload));
  const slotName = (slot: unknown): string => (slot === 0 ? 'A' : slot === 1 ? 'B' : 'none');
  const words =
    state === undefined
      ? 'no record yet'
      : `confirmed ${slotName(state['confirmed'])}, trial ${slotName(state['trial'])}`;
  return `journal  [${cells.join(' ')}] records in each sector; ${words}`;
};

export const picture = async (dump: Dump, known: Knowledge): Promise<string> => {
  const rows: string[] = [];
  const seen = new Set<Cell>();
  for (const slot of [0, 1]) {
    const cells = cellsOf(dump, known, slot);
    for (let at = 0; at < cells.length; at += Width) {
      const row = cells.slice(at, at + Width);
      const painted = row.map((cell) => looks[cell][1](looks[cell][0])).join('');
      row.forEach((cell) => seen.add(cell));
      const name = at === 0 ? `slot ${'AB'[slot]}${slot === known.running ? ' runs' : '     '}` : '';
      rows.push(`${name.padEnd(13)}${painted}`);
    }
  }
  rows.push(await journalText(dump));
  const names = Object.keys(looks) as Cell[];
  const legend = names
    .filter((cell) => seen.has(cell))
    .map((cell) => `${looks[cell][1](looks[cell][0])} ${cell}`);
  return `${rows.join('\n')}\n${colors.dim('one cell: 4096 bytes.')} ${legend.join('  ')}`;
};
