/** A product on the emulated board: its firmware, and images for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFirmware, compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import type { Firmware } from '../../hal/xs-riscv/build/firmware.ts';
import { SECTOR, writeCodeFlash, writeDataFlash } from '../../hal/xs-riscv/build/flash.ts';
import type { Settings } from '../../hal/xs-riscv/build/flash.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import type { Ended } from '../../hal/xs-riscv/build/machine.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import { pack, slotImage } from '../../publisher/index.ts';
import { seededKey } from '../publisher/_keys.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const classId = Uint8Array.from({ length: 16 }, (_, i) => i + 201);
const key = seededKey(11);

const product = { vendor, classId, keyId: key.keyId, key: key.key };

export const firmware: Firmware = await buildFirmware(product);

/** A firmware that is written here. */
export const firmwareOf = (name: string, script: string): Promise<Firmware> => {
  const entry = join(cache('firmware'), `${name}.ts`);
  writeFileSync(entry, script);
  return buildFirmware(product, { entry, name });
};

/** Compiles an application that is written here. */
export const application = async (name: string, script: string): Promise<Uint8Array> => {
  const entry = join(cache('applications'), `${name}.ts`);
  writeFileSync(entry, script);
  return compileScript(entry, join(cache('applications'), `${name}.xsb`), firmware.path);
};

export const packed = (image: Uint8Array, sequence: number): { envelope: Uint8Array; payload: Uint8Array } =>
  pack({ image, sequence, vendor, classId, keys: [key], securityVersion: 1 });

const SLOT_SECTORS = 4;

export const SETTINGS: Partial<Settings> = {
  ram: 128 * 1024,
  arena: 64 * 1024,
  stack: 640,
  slotSectors: SLOT_SECTORS,
  writeUnit: 4,
  watchdog: 30,
  clock: 1,
};

export interface Board {
  readonly code: string;
  readonly data: string;
  readonly settings: Partial<Settings>;
}

const places: string[] = [];
process.on('exit', () => places.forEach((place) => rmSync(place, { recursive: true, force: true })));

/** The same flash, in a board of other settings. */
export const boardWith = (
  { data }: Pick<Board, 'data'>,
  more: Partial<Settings> = {},
  of: Firmware = firmware,
): Board => {
  const place = mkdtempSync(join(tmpdir(), 'flipside-xs-'));
  places.push(place);
  const settings = { ...SETTINGS, ...more };
  const code = join(place, 'code.flash');
  writeCodeFlash(code, of, settings);
  return { code, data: data || join(place, 'data.flash'), settings };
};

/** A board as it leaves the factory, with `image` in slot A if there is one. */
export const boardNew = (image: Uint8Array | undefined, more: Partial<Settings> = {}): Board => {
  const board = boardWith({ data: '' }, more);
  const { writeUnit: unit = 4 } = board.settings;
  const slot =
    image &&
    slotImage({
      image,
      envelope: packed(image, 1).envelope,
      slotSize: SLOT_SECTORS * SECTOR,
      unit,
      eraseValue: 0xff,
    });
  writeDataFlash(board.data, slot);
  return board;
};

/** A board with a firmware of its own, and nothing in its slots. */
export const boardOf = (of: Firmware): Board => {
  const board = boardWith({ data: '' }, {}, of);
  writeDataFlash(board.data);
  return board;
};

export const boardRun = (
  { code, data, settings }: Board,
  until?: (output: string) => boolean,
  milliseconds: number = 60_000,
): Promise<Ended> => machineRun({ code, data, ram: settings.ram! }, milliseconds, until);
