/** A board in swap mode: what runs, which sectors an act erases, and which of them do not do what they are told. */
import { Check } from '../../agent/index.ts';
import type { BoardName, SectorRange } from '../../hal/node/boards.ts';
import type { Fate } from '../../hal/node/faults.ts';
import { benchOpen, install, settle } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

export const SWAP_BOARDS: readonly BoardName[] = ['tiny-swap', 'tiny-swap-wide', 'nrf52840-swap'];

/** The factory's, and those that follow it: of different lengths, so that some units are of one image only. */
export const images: readonly Uint8Array[] = [13_000, 9000, 14_500, 5000].map((length, at) =>
  firmware(at + 1, length),
);
export const updates: readonly ReturnType<typeof release>[] = images.map((image, at) =>
  release(image, at + 1),
);

export const swapOpen = (board: BoardName, options: BenchOptions = {}): Bench =>
  benchOpen({ board, image: images[0]!, ...options });

export const onTrial = (board: BoardName, options: BenchOptions = {}): Bench => {
  const bench = swapOpen(board, options);
  const code = install(bench, updates[1]!);
  if (code !== 0 || !bench.decision.trial) throw new Error(`install gives ${code}`);
  return bench;
};

export const confirmed = (board: BoardName, options: BenchOptions = {}): Bench => {
  const bench = onTrial(board, options);
  if (bench.agent.confirm() !== 0) throw new Error('no confirm');
  return bench;
};

/** Which of the images runs, by its bytes; -1: none. */
export const runs = (bench: Bench): number => {
  const bytes = new Uint8Array(bench.decision.imageSize);
  bench.flash.slots[0].partition.read(bytes, 0);
  return images.findIndex((image) => Buffer.compare(image, bytes) === 0);
};

/** A check that fails ends the trial, and the board boots. */
export const fails = (bench: Bench): void => {
  bench.agent.check('app', Check.Required, 0, () => -1);
  settle(bench.agent);
  bench.boot();
};

const place = (bench: Bench, slot: 0 | 1): { range: SectorRange; start: number; length: number } => {
  const range = bench.flash.profile.slots[slot];
  const { starts, lengths } = bench.flash.devices[range.device]!.sectors;
  return { range, start: starts[range.from]!, length: lengths[range.from]! };
};

/** Erases of each sector of both slots in an act. */
export const erasesOf = (bench: Bench, act: () => void): number[] => {
  const wear = (): number[] =>
    bench.flash.profile.slots.flatMap(({ device, from, count }) => [
      ...bench.flash.devices[device]!.wear.subarray(from, from + count),
    ]);
  const before = wear();
  act();
  return wear().map((count, at) => count - before[at]!);
};

export interface Spoiled {
  readonly erase?: Fate;
  readonly program?: Fate;
  /** How often. Default always. */
  readonly times?: number;
  readonly unreadable?: boolean;
}

/** From now on a sector of a slot does not do what it is told. */
export const spoilSector = (bench: Bench, slot: 0 | 1, sector: number, what: Spoiled): void => {
  const { range, start, length } = place(bench, slot);
  const at = start + sector * length;
  let left = what.times ?? Infinity;
  const hit = (fate: Fate | undefined, is: boolean): Fate => (fate && is && left-- > 0 ? fate : 'done');
  bench.flash.devices[range.device]!.fault = {
    erase: (number) => hit(what.erase, number === range.from + sector),
    program: (offset) => hit(what.program, offset >= at && offset < at + length),
    read(into, offset) {
      if (what.unreadable && offset < at + length && offset + into.length > at) throw new Error('ECC');
    },
  };
};

export const mend = (bench: Bench): void => {
  for (const device of Object.values(bench.flash.devices)) device.fault = null;
};

/** Leaves something in a sector that reads blank: the first bytes of it. */
export const dirty = (bench: Bench, sector: number): void => {
  const { range, start, length } = place(bench, 1);
  const flash = bench.flash.devices[range.device]!;
  const at = start + sector * length;
  for (const offset of [at, at + length - 32]) {
    if (flash.bytes.subarray(offset, offset + 32).every((byte) => byte === 0xff)) {
      flash.poke(new Uint8Array(32).fill(0x55), offset);
    }
  }
};

/** Flips a bit of a slot. */
export const rot = (bench: Bench, slot: 0 | 1, offset: number): void => {
  const { range, start } = place(bench, slot);
  const flash = bench.flash.devices[range.device]!;
  flash.poke(Uint8Array.of(flash.bytes[start + offset]! ^ 1), start + offset);
};
