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
import type { Pack, SigningKey } from '../../publisher/index.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
const classId = Uint8Array.from({ length: 16 }, (_, at) => at + 101);

/** bench/xs/firmware.ts `BUNDLE` */
const BUNDLE = 0x1000000;
/** bench/xs/patched.ts `APPLICATION` */
const APPLICATION = 0x1800000;
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
  /** What lies in slot A, to be patched: of another machine. Default: the application. */
  readonly base?: Uint8Array;
  /** The board takes patches. */
  readonly patches?: boolean;
  /** It counts what it reads of the slots: in a case of its own, as it takes memory. */
  readonly countsReads?: boolean;
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
  { key }: Pick<Rig, 'key'>,
  image: Uint8Array,
  sequence: number,
  bases: readonly Uint8Array[] = [],
): Pack => pack({ image, sequence, vendor, classId, keys: [key], bases });

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
      // The RAM of a block is the envelope's, too, where nothing else comes.
      framedOnly: subject.patches !== true,
    },
    {
      entry: subject.entry ?? source('firmware.ts'),
      name: `bench-${name}`,
      define: {
        SCRIPT_HASH: String(subject.scriptHash === true),
        IMAGE_VERIFIES: String(subject.imageVerifies === true),
        PATCHES: String(subject.patches === true),
        FOREIGN_BASE: String(subject.base !== undefined),
        COUNTS_READS: String(subject.countsReads === true),
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
  const { base } = subject;
  const image = base ?? application;
  const { envelope } = packed({ key }, image, 1);
  const slotSize = SLOT_SECTORS * SECTOR;
  writeDataFlash(data, slotImage({ image, envelope, slotSize, unit: 4, eraseValue: 0xff }));
  if (base !== undefined) put(data, APPLICATION, [application.length, 0], application);
  return { firmware, key, data, place, application };
};

/** Two numbers, then bytes. */
const put = (path: string, at: number, head: readonly [number, number], bytes: Uint8Array): void => {
  const all = Buffer.concat([Buffer.alloc(8), bytes]);
  all.writeUInt32LE(head[0], 0);
  all.writeUInt32LE(head[1], 4);
  const flash = openSync(path, 'r+');
  writeSync(flash, all, 0, all.length, at);
  closeSync(flash);
};

/** Lays an update ready in the second bank. */
export const rigOffer = (rig: Rig, { envelope, payload }: Pick<Pack, 'envelope' | 'payload'>): void => {
  const bundle = Buffer.concat([envelope, payload]);
  put(rig.data, BUNDLE, [bundle.length, envelope.length], bundle);
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
  /** Of the slots, where they are counted. */
  readonly reads: number;
  readonly readBytes: number;
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
    reads: count(/reads (\d+) /),
    readBytes: count(/reads \d+ (\d+)\n/),
  };
};
