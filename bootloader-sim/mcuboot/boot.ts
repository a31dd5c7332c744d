/**
 * A model of MCUboot's boot with swap using offset, as upstream has it at commit
 * 2d4bacc3c15ebb6f91c28807fe6eb38b4ba98f77 (after v2.4.0): context_boot_go of loader.c for one image, without
 * encryption, bootstrap, downgrade prevention, hooks and fault-injection hardening. Where upstream is wrong, so is the
 * model; test/mcuboot/flaws.test.ts shows where.
 *
 * The flash keeps the contract of hal/ports.ts. A power cut comes out as what the flash threw; the next call is the
 * next boot.
 */
import { Flag, Magic, Swap, SwapType } from '../../hal/mcuboot/trailer.ts';
import type { McubootSlots } from '../../hal/mcuboot/slots.ts';
import type { McubootKey } from '../../hal/mcuboot/verify.ts';
import type { Crypto } from '../../hal/ports.ts';
import { ImageFlag } from '../../hal/mcuboot/image.ts';
import { areaErase, areaOpen, McubootAssert, went } from './area.ts';
import { headersRead, swapSizeRead } from './headers.ts';
import { headerNew, headerTake, Slot, stateOf, statusIsNew, statusNew, swapTypeNow } from './loader.ts';
import type { Loader, Status } from './loader.ts';
import { copyDoneSet, imageOkSet, statusRead, swapRun, trailerScramble } from './swap.ts';
import { counterOf, imageFault, tlvExtent } from './validate.ts';

export interface McubootBuild {
  /** MCUBOOT_VALIDATE_PRIMARY_SLOT. Default true. */
  readonly validatePrimary?: boolean | undefined;
  /** MCUBOOT_HW_ROLLBACK_PROT: the counter in hardware. Default: none. */
  readonly counter?: { value: number } | undefined;
}

export type Swapped = 'none' | 'test' | 'permanent' | 'revert';

export interface McubootBoot {
  /** Whether the image in the primary slot is started. */
  readonly run: boolean;
  /** Why not; empty where it runs. */
  readonly reason: string;
  /** The swap that this boot finished. */
  readonly swapped: Swapped;
}

const swappedBy: Readonly<Record<number, Swapped>> = {
  [SwapType.Test]: 'test',
  [SwapType.Permanent]: 'permanent',
  [SwapType.Revert]: 'revert',
};

const moves = (type: number): boolean => swappedBy[type] !== undefined;

/** boot_slots_compatible. */
const compatible = ({ areas: [primary, secondary] }: Loader): boolean => {
  const { sectors } = primary.flash;
  const fits = sectors === secondary.flash.sectors || sectors + 1 === secondary.flash.sectors;
  return fits && primary.sectorSize === secondary.sectorSize && sectors * 2 <= primary.trailer.entries;
};

/** boot_check_header_valid, and what bootutil_img_validate says. */
const slotGood = (loader: Loader, slot: number): boolean => {
  const header = loader.headers[slot]!;
  const most = loader.areas[slot]!.flash.size;
  if (!header.valid || header.headerSize + header.imageSize + header.protectedSize >= most) return false;
  const other =
    ImageFlag.EncryptedAes128 |
    ImageFlag.EncryptedAes256 |
    ImageFlag.CompressedLzma1 |
    ImageFlag.CompressedLzma2 |
    ImageFlag.CompressedArmThumb;
  return (header.flags & other) === 0 && imageFault(loader, slot) === undefined;
};

/** boot_validate_slot. An image in the secondary slot that is not good is erased with its slot. */
const slotValidate = (loader: Loader, slot: number, status: Status, expected: number): boolean => {
  const area = loader.areas[slot]!;
  const header = loader.headers[slot]!;
  if (header.erased || (header.flags & ImageFlag.NonBootable) !== 0) {
    if (slot === Slot.Secondary) trailerScramble(area);
    return false;
  }
  let good: boolean | undefined;
  if (
    slot === Slot.Secondary &&
    statusIsNew(status) &&
    (expected === SwapType.Test || expected === SwapType.Permanent)
  ) {
    const first = headerNew();
    if (!headerTake(area, 0, first)) return false;
    // "Secondary header magic detected in first sector, wrong upload address?"
    if (first.valid) good = false;
  }
  good ??= slotGood(loader, slot);
  if (!good && slot === Slot.Secondary) went(area, areaErase(area, 0, area.flash.sectors));
  return good;
};

/** boot_read_image_size: asserted where there is a header. */
const imageSize = (loader: Loader, slot: number): number => {
  const header = loader.headers[slot]!;
  if (!header.valid) return 0;
  const extent = tlvExtent(loader, slot);
  if (extent === undefined) throw new McubootAssert(`${loader.areas[slot]!.name}: no TLVs behind the image`);
  loader.tlvSizes[slot === Slot.Primary ? 0 : 1] = extent.tlvSize;
  return header.headerSize + header.imageSize + header.protectedSize + extent.tlvSize;
};

/** boot_swap_image. */
const imageSwap = (loader: Loader, status: Status): void => {
  if (statusIsNew(status)) {
    status.swapSize = Math.max(imageSize(loader, Slot.Primary), imageSize(loader, Slot.Secondary));
  } else {
    const size = swapSizeRead(loader.areas[Slot.Primary]);
    if (size === undefined) throw new McubootAssert('primary: the swap size cannot be read');
    status.swapSize = size;
  }
  swapRun(loader, status, status.swapSize);
};

/** boot_update_security_counter: it only rises. */
const counterRaise = (loader: Loader): boolean => {
  if (loader.counter === undefined) return true;
  const value = counterOf(loader, Slot.Primary);
  if (value === undefined) return false;
  if (value > loader.counter.value) loader.counter.value = value;
  return true;
};

/** The end of boot_perform_update and of boot_complete_partial_swap. */
const swapFinish = (loader: Loader, type: number): void => {
  if (type === SwapType.Revert || type === SwapType.Permanent) imageOkSet(loader);
  if (moves(type)) copyDoneSet(loader);
};

/** boot_prepare_image_for_update: finishes a swap that was cut, or finds out whether one is to be begun. */
const prepare = (loader: Loader, status: Status): Swapped => {
  loader.swapType = SwapType.None;
  if (!headersRead(loader, false, undefined) || !compatible(loader)) return 'none';
  if (!statusRead(loader, status)) return 'none';
  if (!headersRead(loader, !statusIsNew(status), status)) return 'none';
  if (!statusIsNew(status)) {
    imageSwap(loader, status);
    swapFinish(loader, status.swapType);
    if (!headersRead(loader, false, undefined)) throw new McubootAssert('no header after a swap');
    return swappedBy[status.swapType] ?? 'none';
  }
  if (status.swapType === SwapType.None) {
    const type = swapTypeNow(loader);
    const good = !moves(type) || slotValidate(loader, Slot.Secondary, status, type);
    loader.swapType = good ? type : SwapType.None;
  } else {
    const good = slotValidate(loader, Slot.Secondary, status, SwapType.None);
    loader.swapType = good ? status.swapType : SwapType.Fail;
  }
  return 'none';
};

/** What was prepared is done. */
const perform = (loader: Loader, status: Status): Swapped => {
  const type = loader.swapType;
  status.swapType = type;
  // A secondary slot that was not good is erased by now; nothing must look like a trial to go back from.
  if (type === SwapType.Fail) imageOkSet(loader);
  if (type === SwapType.Fail || type === SwapType.None) return 'none';
  if (!moves(type)) throw new McubootAssert(`primary: swap type ${type} in the trailer`);
  imageSwap(loader, status);
  swapFinish(loader, type);
  if (type === SwapType.Permanent && !counterRaise(loader)) throw new McubootAssert('no security counter');
  return swappedBy[type] ?? 'none';
};

/** boot_update_hw_rollback_protection: after confirm, and where there never was a trial. */
const counterFollows = (loader: Loader): boolean => {
  const state = stateOf(loader.areas[Slot.Primary]);
  if (state === undefined) return loader.counter === undefined;
  return state.magic === Magic.Good && state.imageOk !== Flag.Set ? true : counterRaise(loader);
};

const go = (loader: Loader): McubootBoot => {
  const status = statusNew();
  const finished = prepare(loader, status);
  const performed = perform(loader, status);
  const swapped = performed === 'none' ? finished : performed;
  const no = (reason: string): McubootBoot => ({ run: false, reason, swapped });
  if (loader.swapType !== SwapType.None && !headersRead(loader, false, undefined)) return no('no headers');
  if (loader.validatePrimary) {
    if (!slotValidate(loader, Slot.Primary, status, SwapType.None))
      return no(`primary: ${imageFault(loader, Slot.Primary) ?? 'no image header'}`);
  } else if (!loader.headers[Slot.Primary].valid) return no('primary: no image header');
  if (!counterFollows(loader)) return no('primary: the security counter cannot be raised');
  return { run: true, reason: '', swapped };
};

/** One boot. `keys` are all of one algorithm, as one build of MCUboot knows one; without any it asks for a digest. */
export const mcubootBoot = (
  slots: McubootSlots,
  crypto: Crypto,
  keys: readonly McubootKey[],
  build: McubootBuild = {},
): McubootBoot => {
  if (slots.swap !== Swap.Offset) throw new RangeError('mcuboot: swap by offset is what is modelled');
  const { maxAlign, maxSectors } = slots;
  const statusUnit = slots.primary.writeAlign ?? slots.primary.partition.status().writeAlign ?? 4;
  const options = { swap: Swap.Offset, maxAlign, maxSectors, statusUnit };
  const loader: Loader = {
    areas: [areaOpen('primary', slots.primary, options), areaOpen('secondary', slots.secondary, options)],
    headers: [headerNew(), headerNew()],
    tlvSizes: [0, 0],
    crypto,
    keys,
    counter: build.counter,
    validatePrimary: build.validatePrimary ?? true,
    secondaryOffset: 0,
    swapType: SwapType.None,
  };
  try {
    return go(loader);
  } catch (error) {
    if (!(error instanceof McubootAssert)) throw error;
    return { run: false, reason: `assert: ${error.message}`, swapped: 'none' };
  }
};
