import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { loadTable } from '../../bootloader-sim/esp-idf/index.ts';
import * as Err from '../../agent/err.ts';
import { TABLE_OFFSET, partitionAt, partitionTableNew, partitionTableRead } from '../../hal/esp-idf/index.ts';
import { NorFlash } from '../../hal/node/index.ts';

const FLASH = 0x80000;
const SECTORS = Array<number>(FLASH / 4096).fill(4096);

interface Row {
  readonly type: number;
  readonly subtype: number;
  readonly offset: number;
  readonly size: number;
}

const row = (type: number, subtype: number, offset: number, size: number): Row => ({
  type,
  subtype,
  offset,
  size,
});

const NVS = row(1, 2, 0x9000, 0x4000);
const OTADATA = row(1, 0, 0xd000, 0x2000);
const FACTORY = row(0, 0, 0x10000, 0x10000);
const FIRST = row(0, 0x10, 0x20000, 0x20000);
const SECOND = row(0, 0x11, 0x40000, 0x20000);

const encode = (rows: readonly Row[], digest = true): Buffer => {
  const table = Buffer.concat(
    rows.map(({ type, subtype, offset, size }) => {
      const bytes = Buffer.alloc(32);
      bytes.writeUInt16LE(0x50aa, 0);
      bytes.set([type, subtype], 2);
      bytes.writeUInt32LE(offset, 4);
      bytes.writeUInt32LE(size, 8);
      return bytes;
    }),
  );
  if (!digest) return table;
  const head = Buffer.alloc(16, 0xff).fill(0xeb, 0, 2);
  return Buffer.concat([table, head, createHash('md5').update(table).digest()]);
};

const flashOf = (table: Uint8Array): NorFlash => {
  const bytes = new Uint8Array(FLASH).fill(0xff);
  bytes.set(table, TABLE_OFFSET);
  return new NorFlash({ sectors: SECTORS, writeAlign: 4, eraseValue: 0xff, bytes });
};

test('a table, and its places as partitions', (t) => {
  const flash = flashOf(encode([NVS, OTADATA, FACTORY, FIRST, SECOND]));
  const table = partitionTableNew();
  t.is(partitionTableRead(flash.port(), TABLE_OFFSET, table), 0);
  t.deepEqual(table, {
    otadata: { offset: 0xd000, size: 0x2000 },
    factory: { offset: 0x10000, size: 0x10000 },
    slots: [
      { offset: 0x20000, size: 0x20000 },
      { offset: 0x40000, size: 0x20000 },
    ],
  });
  const { partition } = partitionAt(flash.port(), table.slots[1]);
  partition.write(Uint8Array.of(1, 2, 3, 4), 8);
  t.deepEqual([...flash.bytes.subarray(0x40008, 0x4000c)], [1, 2, 3, 4]);
  t.is(partition.status().size, 0x20000);
  const state = loadTable(flash)!;
  t.is(state.count, 2);
  t.is(state.ota[1]!.offset, 0x40000);
  t.is(state.factory!.offset, 0x10000);
  t.is(state.otadata!.status().size, 0x2000);
});

const many = Array.from({ length: 91 }, () => NVS);

const TABLES: readonly (readonly [string, Uint8Array, number])[] = [
  ['without a digest', encode([OTADATA, FIRST, SECOND], false), 0],
  ['without a factory image', encode([OTADATA, FIRST, SECOND]), 0],
  ['95 rows', encode([...many, NVS, OTADATA, FIRST, SECOND], false), 0],
  ['no end', encode([...many, NVS, NVS, OTADATA, FIRST, SECOND], false), Err.PartitionTable],
  ['blank', new Uint8Array(0), Err.PartitionTable],
  ['no otadata', encode([FIRST, SECOND]), Err.PartitionTable],
  ['otadata of one sector', encode([row(1, 0, 0xd000, 0x1000), FIRST, SECOND]), Err.PartitionTable],
  ['one slot', encode([OTADATA, FIRST]), Err.PartitionTable],
  ['three slots', encode([OTADATA, FIRST, SECOND, row(0, 0x12, 0x60000, 0x10000)]), Err.PartitionTable],
  ['ota_0 and ota_2', encode([OTADATA, FIRST, row(0, 0x12, 0x40000, 0x20000)]), Err.PartitionTable],
  ['ota_0 twice', encode([OTADATA, FIRST, FIRST]), Err.PartitionTable],
  ['a slot past the flash', encode([OTADATA, FIRST, row(0, 0x11, 0x60000, 0x30000)]), Err.PartitionTable],
  ['a size that wraps', encode([OTADATA, FIRST, row(0, 0x11, 0x40000, 0xffffd000)]), Err.PartitionTable],
  ['an offset far out', encode([OTADATA, FIRST, row(0, 0x11, 0xfffff000, 0x1000)]), Err.PartitionTable],
  ['slots that overlap', encode([OTADATA, FIRST, row(0, 0x11, 0x30000, 0x20000)]), Err.PartitionTable],
  ['otadata in a slot', encode([row(1, 0, 0x21000, 0x2000), FIRST, SECOND]), Err.PartitionTable],
  ['half a sector', encode([OTADATA, FIRST, row(0, 0x11, 0x40000, 0x800)]), Err.PartitionTable],
  ['an empty slot', encode([OTADATA, FIRST, row(0, 0x11, 0x40000, 0)]), Err.PartitionTable],
];

for (const [about, table, code] of TABLES) {
  test(`${about}: ${code}`, (t) => {
    t.is(partitionTableRead(flashOf(table).port(), TABLE_OFFSET, partitionTableNew()), code);
  });
}

test('a table past the end of the flash', (t) => {
  const flash = flashOf(encode([OTADATA, FIRST, SECOND]));
  t.is(partitionTableRead(flash.port(), FLASH - 16, partitionTableNew()), Err.FlashBounds);
  t.is(partitionTableRead(flash.port(), FLASH - 64, partitionTableNew()), Err.PartitionTable);
});

test('property: any change gives a code, and what is taken is what the bootloader takes', (t) => {
  const table = encode([NVS, OTADATA, FACTORY, FIRST, SECOND]);
  const change = fc.tuple(fc.nat(table.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Buffer.from(table);
      for (const [at, value] of changes) bytes[at] = value;
      const flash = flashOf(bytes);
      const into = partitionTableNew();
      const code = partitionTableRead(flash.port(), TABLE_OFFSET, into);
      t.true(code === 0 || code === Err.PartitionTable);
      const theirs = loadTable(flash);
      if (code !== 0 || theirs === undefined) return;
      t.is(theirs.count, 2);
      t.deepEqual(
        theirs.ota.map(({ offset }) => offset),
        into.slots.map(({ offset }) => offset),
      );
    }),
    { numRuns: 500 },
  );
});
