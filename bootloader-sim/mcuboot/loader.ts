/** What one boot of MCUboot keeps in RAM. All of it is made anew at each boot: nothing outlives a reset but flash. */
import { Swap, swapDecide, SwapType, trailerRead, trailerStateNew } from '../../hal/mcuboot/trailer.ts';
import type { TrailerState } from '../../hal/mcuboot/trailer.ts';
import { headerRead, HEADER_LENGTH, imageNew } from '../../hal/mcuboot/image.ts';
import type { McubootImage } from '../../hal/mcuboot/image.ts';
import type { McubootKey } from '../../hal/mcuboot/verify.ts';
import type { Crypto } from '../../hal/ports.ts';
import { areaRead, isErased, McubootAssert, went } from './area.ts';
import type { Area } from './area.ts';

export const Slot = { Primary: 0, Secondary: 1 } as const;

/** A header as it was read, whether or not it is one. */
export interface Header extends McubootImage {
  valid: boolean;
  erased: boolean;
}

/** Where a swap stands: sector `index` of the images, and what of its two half steps is next. */
export interface Status {
  index: number;
  /** 1: the primary's sector is to be kept. 2: the secondary's is to be taken. */
  state: number;
  swapType: number;
  swapSize: number;
  fromPrimary: boolean;
}

export interface Loader {
  readonly areas: readonly [Area, Area];
  readonly headers: readonly [Header, Header];
  /** Sizes of the TLV areas that are not protected, as read before a swap begins. */
  readonly tlvSizes: [number, number];
  readonly crypto: Crypto;
  readonly keys: readonly McubootKey[];
  /** MCUBOOT_HW_ROLLBACK_PROT: the counter in hardware. */
  readonly counter: { value: number } | undefined;
  /** MCUBOOT_VALIDATE_PRIMARY_SLOT. */
  readonly validatePrimary: boolean;
  /** Where in the secondary slot its image was found to begin. */
  secondaryOffset: number;
  swapType: number;
}

export const headerNew = (): Header => ({ ...imageNew(), valid: false, erased: true });

export const statusNew = (): Status => ({
  index: 0,
  state: 1,
  swapType: SwapType.None,
  swapSize: 0,
  fromPrimary: false,
});

export const statusIsNew = (status: Status): boolean => status.index === 0 && status.state === 1;

/** boot_read_swap_state; undefined where it cannot be read. */
export const stateOf = (area: Area): TrailerState | undefined => {
  const state = trailerStateNew();
  return went(area, trailerRead(area.trailer, state)) ? state : undefined;
};

/** boot_swap_type_multi: asked of the flash anew each time, in the middle of a swap too. */
export const swapTypeNow = (loader: Loader): number => {
  const primary = stateOf(loader.areas[Slot.Primary]);
  if (primary === undefined) throw new McubootAssert('primary: the trailer cannot be read');
  // A secondary slot that cannot be read counts as an empty one.
  const secondary = stateOf(loader.areas[Slot.Secondary]) ?? trailerStateNew();
  return swapDecide(Swap.Offset, primary, secondary);
};

/** Fills `into` with what stands at `at`; false where it cannot be read. */
export const headerTake = (area: Area, at: number, into: Header): boolean => {
  const bytes = areaRead(area, at, HEADER_LENGTH);
  if (bytes === undefined) return false;
  into.valid = headerRead(bytes, into);
  into.erased = isErased(area, bytes.subarray(0, 4));
  return true;
};
