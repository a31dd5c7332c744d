/** The partition table as the bootloader loads it: flash_partitions.c and bootloader_utility.c, md5 row included. */
import { createHash } from 'node:crypto';
import type { FlashPartition } from '../../hal/ports.ts';
import { partition } from '../../hal/partition.ts';
import type { App, BootState } from './bootloader.ts';

const TABLE = 0x8000;
const ROW = 32;
const ROWS = 96;
const SECTOR = 4096;

interface Row {
  readonly type: number;
  readonly subtype: number;
  readonly offset: number;
  readonly size: number;
}

const rowsOf = (table: Buffer, flashSize: number): Row[] | undefined => {
  const rows: Row[] = [];
  let digested = false;
  for (let index = 0; index < ROWS; index++) {
    const row = table.subarray(index * ROW, (index + 1) * ROW);
    const magic = row.readUInt16LE(0);
    if (magic === 0x50aa) {
      const offset = row.readUInt32LE(4);
      const size = row.readUInt32LE(8);
      if (offset > flashSize || size > flashSize - offset) return undefined;
      rows.push({ type: row[2]!, subtype: row[3]!, offset, size });
    } else if (magic === 0xebeb) {
      const digest = createHash('md5')
        .update(table.subarray(0, index * ROW))
        .digest();
      if (digested || !digest.equals(row.subarray(16))) return undefined;
      digested = true;
    } else {
      const end = index > 0 && magic === 0xffff && row[2] === 0xff && row[3] === 0xff;
      return end ? rows : undefined;
    }
  }
  return undefined;
};

/** What the bootloader knows of a whole flash, or undefined where it finds no table and resets. */
export const loadTable = (flash: FlashPartition): BootState | undefined => {
  const { size } = flash.status();
  const table = Buffer.alloc(ROW * ROWS);
  flash.read(table, TABLE);
  const rows = rowsOf(table, size);
  if (rows === undefined) return undefined;
  const app = (row: Row): App => ({
    partition: partition({ partition: flash }, row.offset / SECTOR, row.size / SECTOR).partition,
    offset: row.offset,
  });
  const apps = rows.filter(({ type }) => type === 0);
  const ota: App[] = [];
  for (const row of apps) if ((row.subtype & ~0x0f) === 0x10) ota[row.subtype & 0x0f] = app(row);
  // Of two rows of a kind the later one stays, as upstream assigns them.
  const otadata = rows.filter(({ type, subtype }) => type === 1 && subtype === 0).at(-1);
  const factory = apps.filter(({ subtype }) => subtype === 0).at(-1);
  const test = apps.filter(({ subtype }) => subtype === 0x20).at(-1);
  return {
    otadata: otadata && app(otadata).partition,
    factory: factory && app(factory),
    test: test && app(test),
    ota,
    count: apps.filter(({ subtype }) => (subtype & ~0x0f) === 0x10).length,
  };
};
