/** What stands where on a board in swap mode, on boards of more kinds than have a profile. */
import { swap } from '../../agent/exchange.ts';
import { slotsOpen } from '../../agent/slots.ts';
import type { Flash } from '../../agent/flash.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { slotRead } from '../../publisher/read-slot.ts';
import { benchOpen } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const KiB = 1024;
const sectors = (count: number, length: number): number[] => Array.from({ length: count }, () => length);

/** Slots on two devices, the one with the larger erase sectors named; 32 KiB, units of 8 KiB. */
const uneven = (larger: 'inner' | 'outer'): BoardProfile => {
  const device = (name: string) => ({
    sectors: sectors(name === larger ? 8 : 16, name === larger ? 8 * KiB : 4 * KiB),
    unit: 4,
    eraseValue: 0x00 as const,
  });
  const count = (name: string, bytes: number): number => bytes / (name === larger ? 8 * KiB : 4 * KiB);
  return {
    ...BOARDS['tiny-swap'],
    description: `swap mode, larger erase sectors on the ${larger} flash`,
    devices: { inner: device('inner'), outer: device('outer'), journal: { ...device('none') } },
    slots: [
      { device: 'inner', from: 0, count: count('inner', 32 * KiB) },
      { device: 'outer', from: 1, count: count('outer', 40 * KiB) },
    ],
    journal: { device: 'journal', from: 0, count: 3 },
  };
};

/** What boards with swap mode look like, and some that have no profile of their own. */
export const profiles: readonly BoardProfile[] = [
  BOARDS['tiny-swap'],
  BOARDS['tiny-swap-wide'],
  uneven('inner'),
  uneven('outer'),
];

/** Three blocks, so that on sectors of 4 KiB units lie free between image and tail. */
export const update: ReturnType<typeof release> = release(firmware(2, 9000), 2);
/** Another length: ends in another unit than the image before. */
export const later: ReturnType<typeof release> = release(firmware(3, 13_000), 3);

export const placesOpen = (options: BenchOptions = {}): Bench =>
  benchOpen({ board: 'tiny-swap', ...options });

export interface Contents {
  /** Sequence of the whole, signed image that stands there; 0: there is none. */
  readonly first: number;
  readonly low: number;
  readonly high: number;
}

const sequenceIn = (flash: Flash): number => {
  const bytes = new Uint8Array(flash.size);
  flash.partition.read(bytes, flash.base);
  const view = slotRead(bytes);
  return view === undefined || view.troubles.length > 0 ? 0 : Number(view.envelope?.manifest.sequence ?? 0);
};

export const contents = ({ flash }: Bench): Contents => {
  const { first, low, high } = slotsOpen(flash, swap, undefined);
  return { first: sequenceIn(first), low: sequenceIn(low), high: sequenceIn(high) };
};

/** Erases of each sector of slots and journal so far. */
export const wearOf = ({ flash }: Bench): Readonly<Record<'slot0' | 'slot1' | 'journal', number[]>> => {
  const wear = ({ device, from, count }: BoardProfile['journal']): number[] => [
    ...flash.devices[device]!.wear.subarray(from, from + count),
  ];
  const { slots, journal } = flash.profile;
  return { slot0: wear(slots[0]), slot1: wear(slots[1]), journal: wear(journal) };
};

export const unitOf = ({ flash }: Bench): number => slotsOpen(flash, swap, undefined).unit;
