/** A case on the emulated board: its firmware, its flash, and whether it comes through with so much memory. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { buildFirmware } from '../../hal/xs-riscv/build/firmware.ts';
import type { Firmware } from '../../hal/xs-riscv/build/firmware.ts';
import { SECTOR, writeCodeFlash, writeDataFlash } from '../../hal/xs-riscv/build/flash.ts';
import type { Settings } from '../../hal/xs-riscv/build/flash.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { BOARD_SOURCES, cache } from '../../hal/xs-riscv/build/places.ts';
import { coseAlgorithm, pack, slotImage } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
const classId = Uint8Array.from({ length: 16 }, (_, at) => at + 101);

/** bench/xs/firmware.ts `BUNDLE` */
const BUNDLE = 0x1000000;
const SLOT_SECTORS = 4;
const PATIENCE = 120_000;

export interface Subject {
  readonly name: string;
  readonly key: SigningKey;
  /** SHA-256, and the signature, in JavaScript. */
  readonly hash: boolean;
  readonly signature: boolean;
}

export interface Rig {
  readonly firmware: Firmware;
  readonly data: string;
  readonly place: string;
  readonly bundle: number;
  readonly envelope: number;
}

export const rigOpen = async (subject: Subject, image: Uint8Array): Promise<Rig> => {
  const { key, name } = subject;
  const file = name.replaceAll(/[^a-z0-9]+/gi, '-');
  const firmware = await buildFirmware(
    { vendor, classId, keyId: key.keyId, key: key.key, algorithm: coseAlgorithm[key.algorithm] },
    {
      entry: join(BOARD_SOURCES, '..', '..', 'bench', 'xs', 'firmware.ts'),
      name: `bench-${file}`,
      define: { SCRIPT_HASH: String(subject.hash), SCRIPT_SIGNATURE: String(subject.signature) },
    },
  );
  const empty = join(BOARD_SOURCES, '..', '..', 'bench', 'xs', 'application.ts');
  const running = await compileScript(empty, join(cache('applications'), `bench-${file}.xsb`), firmware.path);
  const place = mkdtempSync(join(tmpdir(), 'flipside-xs-'));
  const data = join(place, 'data.flash');
  const packed = (what: Uint8Array, sequence: number) =>
    pack({ image: what, sequence, vendor, classId, keys: [key] });
  const slotSize = SLOT_SECTORS * SECTOR;
  const { envelope: first } = packed(running, 1);
  writeDataFlash(data, slotImage({ image: running, envelope: first, slotSize, unit: 4, eraseValue: 0xff }));
  const { envelope, payload } = packed(image, 2);
  const bundle = Buffer.concat([Buffer.alloc(8), envelope, payload]);
  bundle.writeUInt32LE(bundle.length - 8, 0);
  bundle.writeUInt32LE(envelope.length, 4);
  const flash = openSync(data, 'r+');
  writeSync(flash, bundle, 0, bundle.length, BUNDLE);
  closeSync(flash);
  return { firmware, data, place, bundle: bundle.length - 8, envelope: envelope.length };
};

export const rigClose = ({ place }: Rig): void => rmSync(place, { recursive: true });

export interface Memory {
  /** Bytes for slots, chunks and stack of the engine. */
  readonly arena: number;
  /** Slots of the stack, of 16 bytes. */
  readonly stack: number;
  /** Bytes of the machine. */
  readonly ram: number;
}

export interface Counted {
  /** Instructions of the boot decision, of the verification of the envelope, and of the whole receive. */
  readonly decided: number;
  readonly verified: number;
  readonly staged: number;
}

const DECIDED = /decided (-?\d+) (\d+)\n/;
const STAGED = /staged (\d+) (\d+) (\d+)\n/;
const FAILED = /xs: |exception: |failed |no machine|no room|image: |trap/;

export type Goal = 'decided' | 'staged';

let runs = 0;

/** What it counted, or undefined where it did not come to its goal. */
export const rigRun = async (
  rig: Rig,
  memory: Memory,
  goal: Goal,
  counted = false,
): Promise<Counted | undefined> => {
  const settings: Partial<Settings> = { ...memory, slotSectors: SLOT_SECTORS, writeUnit: 4 };
  const run = ++runs;
  const code = join(rig.place, `code-${run}.flash`);
  const data = join(rig.place, `data-${run}.flash`);
  const { program, archive, frozen } = rig.firmware;
  writeCodeFlash(code, { program, firmware: archive, frozen, settings });
  const { copyFileSync } = await import('node:fs');
  copyFileSync(rig.data, data);
  const done = goal === 'decided' ? DECIDED : STAGED;
  const { output } = await machineRun(
    { code, data, ram: memory.ram, counted },
    PATIENCE,
    (text) => done.test(text) || FAILED.test(text),
  );
  rmSync(code);
  rmSync(data);
  if (process.env['VERBOSE']) console.error(memory, output.slice(0, 300));
  const decided = DECIDED.exec(output);
  if (!done.test(output) || decided === null || Number(decided[1]) < 0) return undefined;
  const staged = STAGED.exec(output);
  return {
    decided: Number(decided[2]),
    verified: Number(staged?.[2] ?? 0),
    staged: Number(staged?.[3] ?? 0),
  };
};
