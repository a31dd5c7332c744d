/** A case on the emulated board: its firmware, its flash, and whether it comes through with so much memory. */
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFirmware, compileScript } from '../../hal/xs-riscv/build/firmware.ts';
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
/** Milliseconds: SHA-256 in JavaScript, in an interpreter, in an emulator. */
export const PATIENCE: number = 300_000;

export interface Subject {
  readonly name: string;
  readonly key: SigningKey;
  /** agent/config.ts `envelopeMax`: a product knows who signs for it. */
  readonly envelopeMax: number;
  /** SHA-256 in JavaScript. */
  readonly scriptHash?: boolean;
  /** Default: what measures without a line and an application. */
  readonly entry?: string;
  readonly application?: string;
  /** The application is what verifies. */
  readonly imageVerifies?: boolean;
}

export interface Rig {
  readonly firmware: Firmware;
  readonly key: SigningKey;
  readonly data: string;
  readonly place: string;
  /** An image that runs behind the firmware. */
  readonly application: Uint8Array;
}

export const source = (name: string): string => join(BOARD_SOURCES, '..', '..', 'bench', 'xs', name);

export const packed = (
  rig: Pick<Rig, 'key'>,
  image: Uint8Array,
  sequence: number,
): Pick<Bundle, 'envelope' | 'payload'> => pack({ image, sequence, vendor, classId, keys: [rig.key] });

interface Bundle {
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
}

export const rigOpen = async (subject: Subject): Promise<Rig> => {
  const { key, name, envelopeMax } = subject;
  const firmware = await buildFirmware(
    {
      vendor,
      classId,
      keyId: key.keyId,
      key: key.key,
      algorithm: coseAlgorithm[key.algorithm],
      envelopeMax,
    },
    {
      entry: subject.entry ?? source('firmware.ts'),
      name: `bench-${name}`,
      define: {
        SCRIPT_HASH: String(subject.scriptHash === true),
        IMAGE_VERIFIES: String(subject.imageVerifies === true),
      },
    },
  );
  const application = await compileScript(
    source(subject.application ?? 'application.ts'),
    join(cache('applications'), `bench-${name}.xsb`),
    firmware.path,
  );
  const place = mkdtempSync(join(tmpdir(), 'flipside-xs-'));
  const data = join(place, 'data.flash');
  const { envelope } = packed({ key }, application, 1);
  const slotSize = SLOT_SECTORS * SECTOR;
  writeDataFlash(data, slotImage({ image: application, envelope, slotSize, unit: 4, eraseValue: 0xff }));
  return { firmware, key, data, place, application };
};

/** Lays an update ready in the second bank. */
export const rigOffer = (rig: Rig, image: Uint8Array): void => {
  const { envelope, payload } = packed(rig, image, 2);
  const bundle = Buffer.concat([Buffer.alloc(8), envelope, payload]);
  bundle.writeUInt32LE(bundle.length - 8, 0);
  bundle.writeUInt32LE(envelope.length, 4);
  const flash = openSync(rig.data, 'r+');
  writeSync(flash, bundle, 0, bundle.length, BUNDLE);
  closeSync(flash);
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

/** Instructions. */
export interface Counted {
  readonly decided: number;
  /** Of the verification of the envelope, and of the whole receive. */
  readonly verified: number;
  readonly staged: number;
  /** Where the image verifies: of loading it, and of one signature. */
  readonly loaded: number;
  readonly signature: number;
}

/** The flash of a run, over that of the run before. */
export const rigFlash = (
  { place, firmware, data: from }: Rig,
  settings: Partial<Settings>,
): { readonly code: string; readonly data: string } => {
  const code = join(place, 'run-code.flash');
  const data = join(place, 'run-data.flash');
  writeCodeFlash(code, firmware, { ...settings, slotSectors: SLOT_SECTORS, writeUnit: 4 });
  copyFileSync(from, data);
  return { code, data };
};

export type Goal = 'decided' | 'staged';

const DONE: Readonly<Record<Goal, RegExp>> = {
  decided: /decided (-?\d+) (\d+)\n/,
  staged: /staged (\d+) (\d+) (\d+)\n/,
};
/** What a board says that gets no further. */
export const FAILED: RegExp = /xs: |exception: |failed |no machine|no room|image: |trap/;

/** What it counted, or undefined where it did not come to its goal. */
export const rigRun = async (
  rig: Rig,
  memory: Memory,
  goal: Goal,
  counted: boolean = false,
): Promise<Counted | undefined> => {
  const { output } = await machineRun(
    { ...rigFlash(rig, { ...memory }), ram: memory.ram, counted },
    PATIENCE,
    (text) => DONE[goal].test(text) || FAILED.test(text),
  );
  const decided = DONE.decided.exec(output);
  if (!DONE[goal].test(output) || decided === null || Number(decided[1]) < 0) return undefined;
  const staged = DONE.staged.exec(output);
  const count = (what: RegExp): number => Number(what.exec(output)?.[1] ?? 0);
  return {
    decided: Number(decided[2]),
    verified: Number(staged?.[2] ?? 0),
    staged: Number(staged?.[3] ?? 0),
    loaded: count(/loaded (\d+)\n/),
    signature: count(/signature true (\d+)\n/),
  };
};
