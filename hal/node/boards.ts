import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FlashPort } from '../ports.ts';
import type { FlashImage } from './cells.ts';
import { mcubootOpen } from '../mcuboot/control.ts';
import type { Mcuboot } from '../mcuboot/control.ts';
import { partition } from '../partition.ts';
import { NorFlash } from './nor-flash.ts';
import { PowerSupply } from './power.ts';

export interface DeviceProfile {
  /** Lengths of the erase sectors in bytes. */
  readonly sectors: readonly number[];
  /** Bytes in a program unit. */
  readonly unit: number;
  readonly eraseValue: 0xff | 0x00;
  readonly pageSize?: number;
}

/** A run of erase sectors. */
export interface SectorRange {
  /** One of `BoardProfile.devices`. */
  readonly device: string;
  /** Sector. */
  readonly from: number;
  /** Sectors. */
  readonly count: number;
}

export type BoardName =
  | 'esp32-c3'
  | 'nrf52840'
  | 'stm32l4'
  | 'stm32f4'
  | 'spi-nor'
  | 'stm32h7'
  | 'tiny'
  | 'tiny-zero'
  | 'tiny-large-sectors'
  | 'tiny-shared'
  | 'tiny-two-devices'
  | 'nrf52840-swap'
  | 'tiny-swap'
  | 'tiny-swap-wide'
  | 'esp32-c3-idf'
  | 'tiny-idf'
  | 'nrf52840-mcuboot'
  | 'tiny-mcuboot';

export interface BoardProfile {
  readonly name: BoardName;
  readonly description: string;
  readonly devices: Readonly<Record<string, DeviceProfile>>;
  readonly slots: readonly [SectorRange, SectorRange];
  readonly journal: SectorRange;
  /** Only slot 0 runs: the boot exchanges the slots' contents. Slot 1 is one erase sector longer. */
  readonly swap?: true;
  /** A bootloader of another make decides, by records of its own in these sectors. */
  readonly control?:
    | { readonly kind: 'esp-idf'; readonly records: SectorRange }
    /** The slots are whole, trailers included. As it was built. */
    | { readonly kind: 'mcuboot'; readonly maxAlign: number; readonly maxSectors: number };
}

const KiB = 1024;

/** Count and length, count and length. */
const runs = (...pairs: [count: number, length: number][]): number[] =>
  pairs.flatMap(([count, length]) => Array.from({ length: count }, () => length));

const range = (device: string, from: number, count: number): SectorRange => ({ device, from, count });

const stm32f4Bank: [number, number][] = [
  [4, 16 * KiB],
  [1, 64 * KiB],
  [7, 128 * KiB],
];

const profiles: BoardProfile[] = [
  {
    name: 'esp32-c3',
    description: 'ESP32-C3, 4 MiB: sectors of 4 KiB, units of 4 bytes, slots of 1 MiB',
    devices: { flash: { sectors: runs([1024, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    // The first 64 KiB hold the ROM's bootloader and the partition table.
    journal: range('flash', 16, 4),
    slots: [range('flash', 32, 256), range('flash', 288, 256)],
  },
  {
    name: 'nrf52840',
    description: 'nRF52840, 1 MiB: sectors of 4 KiB, units of 4 bytes, slots of 472 KiB',
    devices: { flash: { sectors: runs([256, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    slots: [range('flash', 16, 118), range('flash', 134, 118)],
    journal: range('flash', 252, 4),
  },
  {
    name: 'stm32l4',
    description: 'STM32L4, 1 MiB: sectors of 2 KiB, units of 8 bytes that are written once, slots of 472 KiB',
    devices: { flash: { sectors: runs([512, 2 * KiB]), unit: 8, eraseValue: 0xff } },
    slots: [range('flash', 32, 236), range('flash', 268, 236)],
    journal: range('flash', 504, 4),
  },
  {
    name: 'stm32f4',
    description:
      'STM32F42x, 2 MiB in two banks: sectors of 16, 64 and 128 KiB, units of 4 bytes, slots of 512 KiB',
    devices: { flash: { sectors: runs(...stm32f4Bank, ...stm32f4Bank), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 1, 3),
    // As large as each other, but 4 x 128 KiB against 4 x 16, 64 and 3 x 128 KiB.
    slots: [range('flash', 5, 4), range('flash', 12, 8)],
  },
  {
    name: 'spi-nor',
    description: 'external SPI NOR, 8 MiB: sectors of 4 KiB, units of 1 byte, pages of 256, slots of 2 MiB',
    devices: { spi: { sectors: runs([2048, 4 * KiB]), unit: 1, eraseValue: 0xff, pageSize: 256 } },
    journal: range('spi', 0, 4),
    slots: [range('spi', 16, 512), range('spi', 528, 512)],
  },
  {
    name: 'stm32h7',
    description: 'STM32H7, 2 MiB: sectors of 128 KiB, units of 32 bytes, slots of 768 KiB',
    devices: { flash: { sectors: runs([16, 128 * KiB]), unit: 32, eraseValue: 0xff } },
    journal: range('flash', 1, 3),
    slots: [range('flash', 4, 6), range('flash', 10, 6)],
  },
  {
    name: 'tiny',
    description: 'for fast sweeps: sectors of 4 KiB, units of 4 bytes, slots of 64 KiB',
    devices: { flash: { sectors: runs([35, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 16), range('flash', 19, 16)],
  },
  {
    name: 'tiny-zero',
    description: 'like tiny, but erased bytes read 0x00, as on STM32L0 and STM32L1',
    devices: { flash: { sectors: runs([35, 4 * KiB]), unit: 4, eraseValue: 0x00 } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 16), range('flash', 19, 16)],
  },
  {
    name: 'tiny-large-sectors',
    description: 'image and tail share a sector: sectors of 32 KiB, units of 8 bytes, slots of 96 KiB',
    devices: { flash: { sectors: runs([9, 32 * KiB]), unit: 8, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 3), range('flash', 6, 3)],
  },
  {
    name: 'tiny-shared',
    description:
      'a small image shares a sector with its tail: sectors of 16 KiB, units of 8 bytes, slots of 32 KiB',
    devices: { flash: { sectors: runs([7, 16 * KiB]), unit: 8, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 2), range('flash', 5, 2)],
  },
  {
    name: 'tiny-two-devices',
    description: 'slots of 64 KiB on an external SPI NOR, journal on write-once internal flash',
    devices: {
      internal: { sectors: runs([3, 2 * KiB]), unit: 8, eraseValue: 0xff },
      spi: { sectors: runs([32, 4 * KiB]), unit: 1, eraseValue: 0xff, pageSize: 256 },
    },
    journal: range('internal', 0, 3),
    slots: [range('spi', 0, 16), range('spi', 16, 16)],
  },
  {
    name: 'nrf52840-swap',
    description: 'nRF52840 that runs native code from one address: as nrf52840, swap mode, slots of 472 KiB',
    devices: { flash: { sectors: runs([256, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    slots: [range('flash', 16, 118), range('flash', 134, 119)],
    journal: range('flash', 253, 3),
    swap: true,
  },
  {
    name: 'tiny-swap',
    description: 'swap mode: sectors of 4 KiB, units of 4 bytes, slots of 32 KiB',
    devices: { flash: { sectors: runs([20, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 8), range('flash', 11, 9)],
    swap: true,
  },
  {
    name: 'tiny-swap-wide',
    description:
      'swap mode, image and tail share a sector: sectors of 16 KiB, units of 32 bytes, slots of 32 KiB',
    devices: { flash: { sectors: runs([8, 16 * KiB]), unit: 32, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 2), range('flash', 5, 3)],
    swap: true,
  },
  {
    name: 'esp32-c3-idf',
    description: 'ESP32-C3, 4 MiB, under the bootloader of ESP-IDF: ota_0, ota_1 and otadata',
    devices: { flash: { sectors: runs([1024, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 16, 4),
    slots: [range('flash', 32, 256), range('flash', 288, 256)],
    control: { kind: 'esp-idf', records: range('flash', 13, 2) },
  },
  {
    name: 'tiny-idf',
    description: 'as tiny, under the bootloader of ESP-IDF',
    devices: { flash: { sectors: runs([37, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 16), range('flash', 19, 16)],
    control: { kind: 'esp-idf', records: range('flash', 35, 2) },
  },
  {
    name: 'nrf52840-mcuboot',
    description: 'nRF52840, 1 MiB, under MCUboot with swap using offset: slots of 456 and 460 KiB',
    devices: { flash: { sectors: runs([256, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    slots: [range('flash', 12, 114), range('flash', 126, 115)],
    journal: range('flash', 252, 4),
    control: { kind: 'mcuboot', maxAlign: 8, maxSectors: 128 },
  },
  {
    name: 'tiny-mcuboot',
    description: 'under MCUboot with swap using offset: sectors of 4 KiB, units of 4 bytes, images of 24 KiB',
    devices: { flash: { sectors: runs([22, 4 * KiB]), unit: 4, eraseValue: 0xff } },
    journal: range('flash', 0, 3),
    slots: [range('flash', 3, 9), range('flash', 12, 10)],
    control: { kind: 'mcuboot', maxAlign: 8, maxSectors: 16 },
  },
];

/** All board profiles by name. */
export const BOARDS: Readonly<Record<BoardName, BoardProfile>> = Object.fromEntries(
  profiles.map((profile) => [profile.name, profile]),
) as Record<BoardName, BoardProfile>;

/** The profile of that name, which may come from a person. */
export const boardProfile = (name: string): BoardProfile => {
  const profile = profiles.find((candidate) => candidate.name === name);
  if (profile === undefined)
    throw new Error(`no board "${name}"; there are ${Object.keys(BOARDS).join(', ')}`);
  return profile;
};

/** All flash of a board as it was. */
export type BoardImage = Readonly<Record<string, FlashImage>>;

/** The flash of a simulated board. */
export interface BoardFlash {
  readonly profile: BoardProfile;
  readonly power: PowerSupply;
  readonly devices: Readonly<Record<string, NorFlash>>;
  readonly slots: readonly [FlashPort, FlashPort];
  readonly journal: FlashPort;
  /** The records of a bootloader of another make. */
  readonly records?: FlashPort | undefined;
  /** Under MCUboot `slots` are what the agent sees of its slots, which stand here whole. */
  readonly mcuboot?: (Mcuboot & { readonly primary: FlashPort; readonly secondary: FlashPort }) | undefined;
  /** Calls that broke the contract so far, on any device or out of any window, swallowed ones too. */
  misuses(): number;
  save(): BoardImage;
  load(image: BoardImage): void;
  /** Lets go of the files, if any. */
  close(): void;
}

export interface OpenBoardOptions {
  /** Each device is kept there in `<device>.flash` and `<device>.flash.state`. */
  readonly directory?: string | undefined;
  /** What all flash holds at first. Boards of one image share it, and each keeps only the sectors that it changes. */
  readonly image?: BoardImage | undefined;
}

export const openBoard = (profile: BoardProfile, options: OpenBoardOptions = {}): BoardFlash => {
  const { directory, image } = options;
  if (directory !== undefined && image !== undefined)
    throw new RangeError('a board that shares an image is not kept in a directory');
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const power = new PowerSupply();
  const opened = Object.entries(profile.devices).map(([name, { sectors, unit, eraseValue, pageSize }]) => {
    const file = directory === undefined ? undefined : join(directory, `${name}.flash`);
    const shared = image?.[name];
    if (image !== undefined && shared === undefined) throw new RangeError(`the image has no ${name}`);
    const shape = { name, sectors, writeAlign: unit, eraseValue, pageSize };
    const flash = new NorFlash({ ...shape, file, image: shared, power });
    return [name, flash] as const;
  });
  const devices: Record<string, NorFlash> = Object.fromEntries(opened);
  let refusals = 0;
  const window = ({ device, from, count }: SectorRange): FlashPort =>
    partition(devices[device]!.port(), from, count, () => refusals++);
  const whole: readonly [FlashPort, FlashPort] = [window(profile.slots[0]), window(profile.slots[1])];
  const { control } = profile;
  const [primary, secondary] = whole;
  const mcuboot =
    control?.kind === 'mcuboot'
      ? { ...mcubootOpen({ primary, secondary, ...control }), primary, secondary }
      : undefined;
  return {
    profile,
    power,
    devices,
    slots: mcuboot?.slots ?? whole,
    journal: window(profile.journal),
    records: control?.kind === 'esp-idf' ? window(control.records) : undefined,
    mcuboot,
    misuses: () => opened.reduce((sum, [, flash]) => sum + flash.misuses, refusals),
    save: () => Object.fromEntries(opened.map(([name, flash]) => [name, flash.save()])),
    load: (image) => opened.forEach(([name, flash]) => flash.load(image[name]!)),
    close: () => opened.forEach(([, flash]) => flash.close()),
  };
};
