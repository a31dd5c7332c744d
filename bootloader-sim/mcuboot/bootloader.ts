/**
 * A model of MCUboot with swap using offset and validation of the primary slot (boot/bootutil/src/loader.c,
 * swap_offset.c, swap_misc.c and bootutil_public.c at 2d4bacc3, 2026): one image pair, no encryption, no downgrade
 * prevention. It works on the same flash as the agent, so that power can be cut in it.
 *
 * Left out: that sectors which only one image has are copied one way only. Where the original copies less, this copies
 * what nobody reads.
 */
import type { FlashPartition } from '../../hal/ports.ts';
import { statusRead, statusWrite, trailerOf } from './trailer.ts';
import type { Area, Progress } from './trailer.ts';
import { Swap, swapOf } from './swap-type.ts';

export interface McubootSlots {
  readonly primary: FlashPartition;
  readonly secondary: FlashPartition;
  readonly align: number;
  readonly entries: number;
}

/** The length of the good image that stands at an offset of a slot, header and TLVs included; undefined: there is none. */
export type Inspect = (slot: 'primary' | 'secondary', offset: number) => number | undefined;

/** Whether the header's magic stands there: an image in the first sector of the secondary slot is in the wrong place. */
export type HasHeader = (slot: 'primary' | 'secondary', offset: number) => boolean;

export interface McubootBoot {
  /** Whether the image in the primary slot is started. */
  readonly runs: boolean;
  /** What was done, of Swap. */
  readonly swap: number;
}

interface Loader {
  readonly primary: Area;
  readonly secondary: Area;
  readonly inspect: Inspect;
  readonly hasHeader: HasHeader;
}

/** Bytes copied at a time: BUF_SZ of boot_copy_region. */
const Chunk = 1024;

const copySector = (from: Area, fromSector: number, to: Area, toSector: number): void => {
  const bytes = new Uint8Array(Chunk);
  to.partition.eraseBlock(toSector, toSector + 1);
  for (let at = 0; at < from.sector; at += Chunk) {
    from.partition.read(bytes, fromSector * from.sector + at);
    to.partition.write(bytes, toSector * to.sector + at);
  }
};

/** boot_scramble_slot: an image that is not valid is erased, so that it is not tried for ever. */
const scramble = ({ partition, sectors }: Area): void => {
  for (let sector = 0; sector < sectors; sector++) partition.eraseBlock(sector, sector + 1);
};

/** boot_validated_swap_type, with what boot_validate_slot does to an image that is not valid. */
const validatedSwap = ({ primary, secondary, inspect, hasHeader }: Loader): number => {
  const swap = swapOf(primary.state(), secondary.state());
  if (swap !== Swap.Test && swap !== Swap.Permanent) return swap;
  const misplaced = hasHeader('secondary', 0);
  if (!misplaced && inspect('secondary', secondary.sector) !== undefined) return swap;
  scramble(secondary);
  return Swap.None;
};

/** swap_status_init: into `area`, with what the secondary slot's trailer says. Magic last. */
const statusInit = ({ secondary }: Loader, area: Area, { swap, size }: Progress): void => {
  if (swap !== Swap.None) area.write('swapInfo', [swap]);
  if (secondary.state().imageOk === 'set') area.write('imageOk', [1]);
  area.write('swapSize', [size & 255, (size >> 8) & 255, (size >> 16) & 255, size >>> 24]);
  area.write('sizes', [0, 0, 0, 0]);
  area.writeMagic();
};

/** fixup_revert: a revert is made to look like an upgrade that the secondary slot asks for. */
const fixRevert = (loader: Loader, progress: Progress): void => {
  const { secondary } = loader;
  if (progress.swap !== Swap.Revert || progress.index !== 0 || secondary.state().magic !== 'unset') return;
  secondary.erase();
  secondary.write('copyDone', [1]);
  statusInit(loader, secondary, progress);
};

/** swap_run: sector by sector, each half step on record in the primary slot's trailer. */
const swapRun = (loader: Loader, progress: Progress): void => {
  const { primary, secondary } = loader;
  const last = Math.ceil(progress.size / primary.sector) - 1;
  if (!progress.resumed && last >= primary.trailerSector) {
    progress.swap = Swap.None;
    return;
  }
  const reverts = progress.swap === Swap.Revert || swapOf(primary.state(), secondary.state()) === Swap.Revert;
  fixRevert(loader, progress);
  if (progress.index === 0) {
    if (!progress.fromPrimary) {
      primary.erase();
      statusInit(loader, primary, progress);
    }
    secondary.erase();
  }
  for (let index = progress.index; index <= last; index++) {
    const sector = reverts ? last - index : index;
    if (progress.half === 0) {
      copySector(primary, sector, secondary, reverts ? sector + 1 : sector);
      statusWrite(primary, index, 0);
    }
    progress.half = 0;
    copySector(secondary, reverts ? sector : sector + 1, primary, sector);
    statusWrite(primary, index, 1);
  }
  if (!reverts) return;
  secondary.partition.eraseBlock(0, 1);
  secondary.erase();
};

/** boot_perform_update and boot_complete_partial_swap, after the exchange. */
const finish = ({ primary }: Loader, swap: number): void => {
  if (swap === Swap.Revert || swap === Swap.Permanent) {
    if (primary.state().imageOk === 'unset') primary.write('imageOk', [1]);
  }
  if (swap === Swap.Test || swap === Swap.Permanent) primary.write('copyDone', [1]);
};

const sizeOf = ({ inspect, secondary }: Loader, swap: number): number =>
  Math.max(
    inspect('primary', 0) ?? 0,
    inspect('secondary', swap === Swap.Revert ? 0 : secondary.sector) ?? 0,
  );

/** boot_prepare_image_for_update: what is to be done, from where. */
const prepare = (loader: Loader): Progress => {
  const { primary, secondary, inspect } = loader;
  const [first, second] = [primary.state(), secondary.state()];
  const fromPrimary = first.magic === 'good' && first.copyDone === 'unset' && second.magic !== 'good';
  const none: Progress = { swap: Swap.None, size: 0, index: 0, half: 0, resumed: false, fromPrimary };
  if (fromPrimary) {
    const found = statusRead(primary);
    if (found !== undefined)
      return { ...none, ...found, swap: primary.swapInfo(), size: primary.swapSize(), resumed: true };
    const asked = primary.swapInfo();
    if (asked !== Swap.None) {
      const offset = asked === Swap.Revert ? 0 : secondary.sector;
      if (inspect('secondary', offset) !== undefined)
        return { ...none, swap: asked, size: sizeOf(loader, asked) };
      scramble(secondary);
      // BOOT_SWAP_TYPE_FAIL: as if it had just been reverted.
      if (first.imageOk === 'unset') primary.write('imageOk', [1]);
      return none;
    }
  }
  let swap = validatedSwap(loader);
  // A primary slot that is not valid is replaced by what stands in the secondary one.
  if (swap === Swap.None && inspect('primary', 0) === undefined) {
    if (inspect('secondary', 0) !== undefined || inspect('secondary', secondary.sector) !== undefined)
      swap = Swap.Revert;
  }
  return { ...none, swap, size: sizeOf(loader, swap) };
};

export const mcubootBoot = (slots: McubootSlots, inspect: Inspect, hasHeader: HasHeader): McubootBoot => {
  const { align, entries } = slots;
  const loader: Loader = {
    primary: trailerOf(slots.primary, align, entries),
    secondary: trailerOf(slots.secondary, align, entries),
    inspect,
    hasHeader,
  };
  const progress = prepare(loader);
  if (progress.swap !== Swap.None) {
    swapRun(loader, progress);
    finish(loader, progress.swap);
  }
  return { runs: inspect('primary', 0) !== undefined, swap: progress.swap };
};
