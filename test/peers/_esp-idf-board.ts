/** The flash of a board with an ESP-IDF bootloader, drawn: partition table, otadata, apps. */
import { createHash } from 'node:crypto';
import { encodeSelect, selectCrc } from '../../bootloader-sim/esp-idf/index.ts';
import type { Chip } from '../../hal/esp-idf/index.ts';
import type { Draw } from './_draw.ts';
import { drawImage } from './_esp-idf-image.ts';

export const SECTOR = 0x1000;
const TABLE = 0x8000;
const OTADATA = 0x9000;
const APPS = 0xb000;
const BLANK = 0xffffffff;
const BEYOND = 0x100000;
const RECORD = 32;

const App = 0;
const Data = 1;

interface Row {
  readonly type: number;
  readonly subtype: number;
  readonly offset: number;
  readonly size: number;
}

const STATES = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 7, 0x7fffffff, BLANK];

const drawRecord = (draw: Draw, near: number): Uint8Array => {
  const sequence = draw.of([near, near + 1, near + 2, draw.below(40), 0, BLANK - 1, BLANK]);
  const label = draw.once(4) ? draw.bytes(20) : new Uint8Array(20).fill(0xff);
  const crc = draw.once(8) ? draw.of([BLANK, draw.below(BLANK)]) : selectCrc(sequence);
  return encodeSelect({ sequence, label, state: draw.of(STATES), crc });
};

/** As a cut leaves it: programmed up to a byte, and that byte in part. */
const torn = (draw: Draw, whole: Uint8Array): Uint8Array => {
  const end = draw.below(RECORD);
  return whole.map((byte, at) => (at < end ? byte : at > end ? 0xff : byte | draw.below(0x100)));
};

const drawSector = (draw: Draw, near: number): Uint8Array => {
  const kind = draw.below(12);
  if (kind < 2) return new Uint8Array(RECORD).fill(0xff);
  if (kind === 2) return draw.bytes(RECORD);
  return kind < 5 ? torn(draw, drawRecord(draw, near)) : drawRecord(draw, near);
};

/** Of no account, but that it may reach out of the flash, or be otadata that a later row replaces. */
const drawOther = (draw: Draw): Row => ({
  type: draw.of([Data, 2, 0x40]),
  subtype: draw.of([0, 1, 2, 0x10, 0x20]),
  offset: draw.of([APPS, OTADATA, draw.once(6) ? BEYOND : APPS]),
  size: draw.once(16) ? BEYOND : SECTOR,
});

const drawRows = (draw: Draw): Row[] => {
  const subtypes = Array.from({ length: draw.once(2) ? 2 : 2 + draw.below(15) }, (_, slot) => 0x10 + slot);
  if (draw.once(3)) subtypes.unshift(0);
  if (draw.once(4)) subtypes.push(0x20);
  if (draw.once(16)) subtypes.splice(draw.below(subtypes.length), 1);
  if (draw.once(16)) subtypes.push(draw.of(subtypes));
  if (draw.once(24)) subtypes.splice(0, subtypes.length, draw.of([0, 0x20]));
  let offset = APPS;
  const apps = subtypes.map((subtype) => {
    const row = { type: App, subtype, offset, size: draw.once(3) ? 2 * SECTOR : SECTOR };
    offset += row.size;
    return row;
  });
  const otadata = { type: Data, subtype: 0, offset: OTADATA, size: draw.once(24) ? SECTOR : 2 * SECTOR };
  const rows = draw.once(24) ? apps : [otadata, ...apps];
  if (draw.once(4)) rows.unshift(drawOther(draw));
  return rows;
};

const encodeRow = ({ type, subtype, offset, size }: Row): Buffer => {
  const row = Buffer.alloc(RECORD);
  row.writeUInt16LE(0x50aa, 0);
  row.set([type, subtype], 2);
  row.writeUInt32LE(offset, 4);
  row.writeUInt32LE(size, 8);
  return row;
};

const drawTable = (draw: Draw, rows: readonly Row[]): Buffer => {
  const table = Buffer.concat(rows.map(encodeRow));
  if (draw.once(4)) return table;
  const head = Buffer.alloc(16, 0xff).fill(0xeb, 0, 2);
  const whole = Buffer.concat([table, head, createHash('md5').update(table).digest()]);
  if (draw.once(24)) whole[draw.below(whole.length)]! ^= 1 << draw.below(8);
  return whole;
};

export const drawBoard = (draw: Draw, chip: Chip): Uint8Array => {
  const rows = drawRows(draw);
  const { offset, size } = rows.at(-1)!;
  const flash = new Uint8Array(offset + size).fill(0xff);
  for (const row of rows) {
    if (row.type === App) {
      const image = drawImage(draw, chip, row.offset, row.size);
      flash.set(image.subarray(0, flash.length - row.offset), row.offset);
    }
  }
  flash.set(drawTable(draw, rows), TABLE);
  const near = draw.below(36);
  for (const at of [OTADATA, OTADATA + SECTOR]) flash.set(drawSector(draw, near), at);
  return flash;
};
