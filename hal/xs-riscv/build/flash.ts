/** The flash of the emulated board as files: two NOR banks of 32 MiB. board/memory.ld and board/board.h draw them. */
import { writeFileSync } from 'node:fs';

export const BANK: number = 32 * 1024 * 1024;
export const SECTOR: number = 256 * 1024;
const SETTINGS_AT = 0xf0000;
const FROZEN_AT = 0x100000;
const FIRMWARE_AT = 0x300000;
const ERASED = 0xff;

/** board/board.h `settings`, in its order. */
export interface Settings {
  /** Bytes of RAM. */
  readonly ram: number;
  /** Bytes for slots, chunks and stack of the engine. */
  readonly arena: number;
  /** Slots of the engine's stack, of 16 bytes. */
  readonly stack: number;
  /** 1: makes the frozen realm and sends it. */
  readonly freeze: number;
  /** Bytes of the firmware's archive. */
  readonly firmware: number;
  readonly slotSectors: number;
  /** Bytes in a program unit. */
  readonly writeUnit: number;
  /** Seconds; 0: no watchdog. */
  readonly watchdog: number;
  /** 0: none, 1: uptime, 2: trusted. */
  readonly clock: number;
  /** 1: says each operation of the second bank. */
  readonly trace: number;
  /** One fault: at which operation since the power came, from 1 on; 0: none. */
  readonly faultOperation: number;
  /** board/fault.h `fault_way`. */
  readonly faultWay: number;
  /** Of a reset that is the fault: agent/codes.ts `Reset`. */
  readonly faultCause: number;
  /** A place of the second bank that cannot be read until it is erased. */
  readonly unreadableFrom: number;
  readonly unreadableSize: number;
  /** Seconds of a trial; 0: as the agent has it. */
  readonly trialWindow: number;
  /** 1: where the memory is full, says what fills it. */
  readonly census: number;
}

const NAMES: readonly (keyof Settings)[] = [
  'ram',
  'arena',
  'stack',
  'freeze',
  'firmware',
  'slotSectors',
  'writeUnit',
  'watchdog',
  'clock',
  'trace',
  'faultOperation',
  'faultWay',
  'faultCause',
  'unreadableFrom',
  'unreadableSize',
  'trialWindow',
  'census',
];
const SETTINGS_LENGTH = 4 + 4 * NAMES.length;

const settingsBytes = (settings: Partial<Settings>): Buffer => {
  const bytes = Buffer.alloc(SETTINGS_LENGTH);
  bytes.write('FXST');
  for (const [index, name] of NAMES.entries()) bytes.writeUInt32LE(settings[name] ?? 0, 4 + 4 * index);
  return bytes;
};

/** What is run in place: of build/firmware.ts `Firmware`. */
export interface Code {
  readonly program: Uint8Array;
  readonly archive: Uint8Array;
  readonly frozen?: Uint8Array | undefined;
}

/** The first bank. */
export const writeCodeFlash = (
  path: string,
  { program, archive, frozen }: Code,
  settings: Partial<Settings>,
): void => {
  const bank = Buffer.alloc(BANK, ERASED);
  const put = (what: string, bytes: Uint8Array, at: number, end: number): void => {
    if (!(bytes.length <= end - at))
      throw new RangeError(`${what}: ${bytes.length} bytes, there is room for ${end - at}`);
    bank.set(bytes, at);
  };
  put('program', program, 0, SETTINGS_AT);
  put('settings', settingsBytes({ ...settings, firmware: archive.length }), SETTINGS_AT, FROZEN_AT);
  if (frozen) put('frozen realm', frozen, FROZEN_AT, FIRMWARE_AT);
  put('firmware', archive, FIRMWARE_AT, BANK);
  writeFileSync(path, bank);
};

/** The second bank, with an image in slot A if there is one. */
export const writeDataFlash = (path: string, slot?: Uint8Array): void => {
  const bank = Buffer.alloc(BANK, ERASED);
  if (slot) bank.set(slot);
  writeFileSync(path, bank);
};
