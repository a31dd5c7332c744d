/** Opens a simulated board from its folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBoard } from '../../bootloader-sim/index.ts';
import type { Board, LogLine } from '../../bootloader-sim/index.ts';
import { BOARDS, boardProfile, openBoard } from '../../hal/node/boards.ts';
import type { BoardProfile, SectorRange } from '../../hal/node/boards.ts';
import type { DeviceKey as PortKey } from '../../hal/device-keys.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import type { FlashPort } from '../../hal/ports.ts';
import { anchorRecord } from '../anchors.ts';
import { deviceState } from '../device.ts';
import { DeviceKeyEnding, deviceKeyLoad } from '../encryption/key-file.ts';
import type { DeviceKey } from '../encryption/recipient-key.ts';
import { Exit, PublishError } from '../errors.ts';
import { journalRead, stateNewest } from '../read-journal.ts';
import { settingsLoad, settingsSave } from './settings.ts';
import type { SimSettings } from './settings.ts';

export const profileOf = (name: string): BoardProfile => {
  if (Object.hasOwn(BOARDS, name)) return boardProfile(name);
  const remedy = `Give one of: ${Object.keys(BOARDS).join(', ')}`;
  throw new PublishError(`${name} is not known`, { field: '--board', remedy, exit: Exit.Usage });
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

export interface Counted {
  erases: number;
  programs: number;
}

export interface OpenedBoard {
  readonly board: Board;
  readonly counted: Counted;
  /** Whether a cut was planned for this run. */
  readonly cutPlanned: boolean;
}

/** What lies in the folder of a board and cannot be used is input that is wrong, not a refusal. */
const withFolder = <T>(folder: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (error instanceof PublishError) throw error;
    const what = error instanceof Error ? error.message : String(error);
    const remedy = 'Make the board anew with flipside sim create';
    throw new PublishError(what, { file: folder, field: 'BOARD', remedy, exit: Exit.InputOutput });
  }
};

export interface OpenOptions {
  readonly onLog?: (line: LogLine) => void;
  /** In place of the one that the board was made with. */
  readonly deviceKey?: DeviceKey | undefined;
}

/** A file of its own beside the settings, which others may read. */
export const deviceKeyFile = (folder: string): string => join(folder, `board${DeviceKeyEnding}`);

const deviceKeyOf = (folder: string): DeviceKey | undefined => {
  const file = deviceKeyFile(folder);
  return existsSync(file) ? deviceKeyLoad(file) : undefined;
};

const portKinds = { a128kw: 'A128KW', x25519: 'X25519', p256: 'P-256' } as const;

/** As the port of a device has it. */
export const portKey = ({ kind, keyId, secret }: DeviceKey): PortKey => ({
  kind: portKinds[kind],
  keyId,
  key: secret,
});

/** A planned cut is taken out of the settings before it is armed: it happens once, even when the process is killed. */
export const boardOpen = (folder: string, options: OpenOptions = {}): OpenedBoard => {
  const settings: SimSettings = settingsLoad(folder);
  const { cut, ...rest } = settings;
  if (cut) settingsSave(folder, rest);
  const profile = profileOf(settings.board);
  const deviceKey = options.deviceKey ?? deviceKeyOf(folder);
  const boardOptions = {
    profile,
    directory: folder,
    config: {
      vendor: bytesOf(settings.vendor),
      classId: bytesOf(settings.classId),
      anchors: settings.anchors.map(anchorRecord),
      ...(settings.threshold === undefined ? {} : { threshold: settings.threshold }),
      ...(settings.attempts === undefined ? {} : { attempts: settings.attempts }),
      ...(settings.trialWindow === undefined ? {} : { trialWindow: settings.trialWindow }),
    },
    behaviours: {
      images: settings.behaviours ?? {},
      ...(settings.otherwise ? { otherwise: settings.otherwise } : {}),
    },
    ...(settings.clock ? { clock: settings.clock } : {}),
    ...(settings.seconds === undefined ? {} : { seconds: settings.seconds }),
    owner: settings.owner,
    ...(options.onLog ? { onLog: options.onLog } : {}),
    decryption: deviceKey && nodeDecryption([portKey(deviceKey)]),
  };
  const board = withFolder(folder, () => createBoard(boardOptions));
  const counted: Counted = { erases: 0, programs: 0 };
  board.flash.power.trace = (operation) => {
    if (operation.kind === 'erase') counted.erases += 1;
    else counted.programs += 1;
  };
  if (cut) board.flash.power.cutAt(cut);
  return { board, counted, cutPlanned: cut !== undefined };
};

export interface FlashRegion {
  readonly name: string;
  readonly device: string;
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly sectors: readonly number[];
  readonly eraseValue: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const region = (profile: BoardProfile, name: string, range: SectorRange, port: FlashPort): FlashRegion => {
  const device = profile.devices[range.device];
  const all = device?.sectors ?? [];
  const sectors = all.slice(range.from, range.from + range.count);
  const bytes = new Uint8Array(sum(sectors));
  port.partition.read(bytes, 0);
  const from = sum(all.slice(0, range.from));
  return { name, device: range.device, from, bytes, sectors, eraseValue: device?.eraseValue ?? 0xff };
};

/** Slot B of a board in swap mode, where the journal says that its content lies. */
const secondWindow = (slotA: FlashRegion, slotB: FlashRegion, journal: FlashRegion): FlashRegion => {
  const newest = stateNewest(journalRead(journal.bytes, journal.sectors));
  const low = newest !== undefined && deviceState(newest.payload)?.secondLow === 1;
  const start = low ? 0 : slotB.bytes.length - slotA.bytes.length;
  const bytes = slotB.bytes.subarray(start, start + slotA.bytes.length);
  return { ...slotB, from: slotB.from + start, bytes };
};

/** What the flash holds, without a boot: slot A, slot B, boot journal. */
export const boardRegions = (folder: string): FlashRegion[] => {
  const profile = profileOf(settingsLoad(folder).board);
  const flash = withFolder(folder, () => openBoard(profile, { directory: folder }));
  try {
    const slotA = region(profile, 'slot A', profile.slots[0], flash.slots[0]);
    const slotB = region(profile, 'slot B', profile.slots[1], flash.slots[1]);
    const journal = region(profile, 'boot journal', profile.journal, flash.journal);
    return [slotA, profile.swap ? secondWindow(slotA, slotB, journal) : slotB, journal];
  } finally {
    flash.close();
  }
};

/** What of a board outlives a reset beside its flash. */
export interface BoardKept {
  /** Boots so far. */
  readonly boots: number;
  /** Simulated seconds since 1970; 0 before the first boot. */
  readonly seconds: number;
  /** The record of what waits. */
  readonly record: Uint8Array;
}

export const boardKept = (folder: string): BoardKept => {
  const file = join(folder, 'board.json');
  const none: { boots?: number; seconds?: number; kept?: string } = {};
  const found = existsSync(file)
    ? withFolder(folder, () => JSON.parse(readFileSync(file, 'utf8')) as typeof none)
    : none;
  return {
    boots: Number(found.boots ?? 0),
    seconds: Number(found.seconds ?? 0),
    record: bytesOf(String(found.kept ?? '')),
  };
};
