/** A slot of MCUboot with its trailer, as bootutil_public.c, bootutil_misc.c and bootutil_area.c read and write it. */
import type { FlashPartition } from '../../hal/ports.ts';

const Magic = [
  0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
];
const MagicWide = [0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a];
const Narrow = 8;
const States = 2;
const SwapNone = 1;
const SwapMost = 4;

export interface TrailerState {
  readonly magic: 'good' | 'bad' | 'unset';
  readonly imageOk: 'set' | 'bad' | 'unset';
  readonly copyDone: 'set' | 'bad' | 'unset';
}

type FieldName = 'swapSize' | 'sizes' | 'swapInfo' | 'copyDone' | 'imageOk';

/** From the end, in steps of the alignment. */
const Fields: readonly FieldName[] = ['imageOk', 'copyDone', 'swapInfo', 'sizes', 'swapSize'];

/** How far an exchange is: sector by sector, in two halves. */
export interface Progress {
  swap: number;
  size: number;
  index: number;
  half: number;
  /** Halves are on record: it is gone on with. */
  readonly resumed: boolean;
  /** The primary slot's trailer is ready for it. */
  readonly fromPrimary: boolean;
}

export interface Area {
  readonly partition: FlashPartition;
  readonly sector: number;
  readonly sectors: number;
  readonly unit: number;
  readonly erased: number;
  readonly entries: number;
  readonly statusAt: number;
  /** The first sector that holds a part of the trailer. */
  readonly trailerSector: number;
  state(): TrailerState;
  swapInfo(): number;
  swapSize(): number;
  write(field: FieldName, bytes: readonly number[]): void;
  writeMagic(): void;
  /** swap_scramble_trailer_sectors: from the last sector down. */
  erase(): void;
}

export const trailerOf = (partition: FlashPartition, align: number, entries: number): Area => {
  const {
    size,
    blocks,
    blockLength: sector,
    writeAlign: unit = 4,
    eraseValue: erased = 0xff,
  } = partition.status();
  const magicAt = size - Magic.length;
  const magic = align === Narrow ? Magic : [align, 0, ...MagicWide];
  const first = Math.floor((magicAt - align) / align) * align;
  const at = (field: FieldName): number => first - Fields.indexOf(field) * align;
  const statusAt = at('swapSize') - entries * States * unit;
  const trailerSector = Math.floor(statusAt / sector);
  const read = (offset: number, length: number): Uint8Array | undefined => {
    const bytes = new Uint8Array(length);
    try {
      partition.read(bytes, offset);
      return bytes;
    } catch {
      return undefined;
    }
  };
  const flag = (field: FieldName): 'set' | 'bad' | 'unset' => {
    const value = read(at(field), 1)?.[0];
    return value === erased ? 'unset' : value === 1 ? 'set' : 'bad';
  };
  const program = (offset: number, bytes: readonly number[]): void => {
    const whole = new Uint8Array(Math.ceil(bytes.length / unit) * unit).fill(erased);
    whole.set(bytes);
    partition.write(whole, offset);
  };
  return {
    partition,
    sector,
    sectors: blocks,
    unit,
    erased,
    entries,
    statusAt,
    trailerSector,
    state() {
      const bytes = read(magicAt, Magic.length);
      const blank = bytes?.every((byte) => byte === erased) === true;
      const good = bytes?.every((byte, i) => byte === magic[i]) === true;
      return {
        magic: good ? 'good' : blank ? 'unset' : 'bad',
        imageOk: flag('imageOk'),
        copyDone: flag('copyDone'),
      };
    },
    swapInfo() {
      const value = (read(at('swapInfo'), 1)?.[0] ?? erased) & 15;
      return value >= SwapNone && value <= SwapMost ? value : SwapNone;
    },
    swapSize() {
      const bytes = read(at('swapSize'), 4);
      return bytes === undefined ? 0 : new DataView(bytes.buffer).getUint32(0, true);
    },
    write: (field, bytes) => program(at(field), bytes),
    writeMagic() {
      const length = Math.max(align, Magic.length);
      const pad = Array.from({ length: length - Magic.length }, () => erased);
      program(size - length, [...pad, ...magic]);
    },
    erase() {
      for (let which = blocks - 1; which >= trailerSector; which--) partition.eraseBlock(which, which + 1);
    },
  };
};

/** boot_write_status: the half step of a sector is done. */
export const statusWrite = (area: Area, index: number, half: number): void => {
  const bytes = new Uint8Array(area.unit).fill(area.erased);
  bytes[0] = half + 1;
  area.partition.write(bytes, area.statusAt + (index * States + half) * area.unit);
};

/** swap_read_status_bytes: the last half step on record, from the end; undefined where there is none. */
export const statusRead = (area: Area): { index: number; half: number } | undefined => {
  const byte = new Uint8Array(1);
  for (let entry = area.entries * States; entry > 0; entry--) {
    try {
      area.partition.read(byte, area.statusAt + (entry - 1) * area.unit);
    } catch {
      continue;
    }
    if (byte[0] !== area.erased) return { index: Math.floor(entry / States), half: entry % States };
  }
  return undefined;
};
