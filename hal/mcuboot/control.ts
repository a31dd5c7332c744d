/**
 * Boot control over the trailers of MCUboot, for a bootloader built with swap using offset.
 *
 *   request    magic in the secondary slot's trailer → MCUboot exchanges the contents, copy done
 *              → confirm: image ok in the primary slot's trailer
 *              → any reset, unconfirmed: MCUboot exchanges them back
 *
 * What MCUboot cannot keep: more than one boot on trial, so that a loss of power ends a trial too; a cause; a floor other
 * than its own counter, which goes by its own image header. Nor can it go back by hand: what it has exchanged lies where
 * it does not take an update from. Report, floor and attempts live in the agent's journal, in a partition of its own.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashErase, flashOpen, flashRead } from '../../agent/flash.ts';
import type { BootControl, Crypto, FlashPort, Watchdog } from '../ports.ts';
import { placesOpen, slotPort } from './slots.ts';
import type { Places } from './slots.ts';
import {
  Flag,
  Magic,
  Swap,
  SwapType,
  trailerErase,
  trailerOpen,
  trailerRead,
  trailerStateNew,
  trailerWriteByte,
  trailerWriteMagic,
} from './trailer.ts';
import type { Trailer } from './trailer.ts';
import { imageVerify, verifierOpen } from './verify.ts';
import type { McubootKey } from './verify.ts';

export interface McubootBoard {
  /** Whole slots, trailers included. */
  readonly primary: FlashPort;
  readonly secondary: FlashPort;
  /** `MCUBOOT_BOOT_MAX_ALIGN` of the bootloader. Default 8. */
  readonly maxAlign?: number | undefined;
  /** `MCUBOOT_MAX_IMG_SECTORS` of the bootloader. Default 128. */
  readonly maxSectors?: number | undefined;
  /**
   * With these an image is asked for only where MCUboot will take it, which else erases the whole slot: its keys, as
   * anchors have them; an empty list where it checks the digest alone.
   */
  readonly images?: { readonly crypto: Crypto; readonly keys: readonly McubootKey[] } | undefined;
  readonly watchdog?: Watchdog | undefined;
}

export interface Mcuboot {
  readonly control: BootControl;
  /** What the agent takes for its two slots. */
  readonly slots: readonly [FlashPort, FlashPort];
  /** Where images and tails lie. */
  readonly places: Places;
}

const DEFAULT_ALIGN = 8;
const DEFAULT_SECTORS = 128;

export function mcubootOpen(board: McubootBoard): Mcuboot {
  const first = flashOpen(board.primary, board.watchdog);
  const build = {
    swap: Swap.Offset,
    maxAlign: board.maxAlign ?? DEFAULT_ALIGN,
    maxSectors: board.maxSectors ?? DEFAULT_SECTORS,
    statusUnit: first.unit,
  };
  const primary = trailerOpen(first, build);
  const secondary = trailerOpen(flashOpen(board.secondary, board.watchdog), build);
  const places = placesOpen(board.primary, board.secondary, primary, secondary);
  const slots: [FlashPort, FlashPort] = [slotPort(places, 0), slotPort(places, 1)];
  const verifier = board.images ? verifierOpen(board.images.crypto, board.images.keys) : undefined;
  return {
    control: {
      running: () => places.running,
      unconfirmed: () => unconfirmed(primary),
      request: (slot, forGood) => {
        if (slot !== 1 - places.running) return Err.BadArgument;
        const code = verifier ? imageVerify(verifier, flashOpen(slots[slot]!, board.watchdog)) : Ok;
        return code < 0 ? code : request(secondary, forGood);
      },
      confirm: () => confirm(primary),
      forget: () => trailerErase(secondary),
      reject: () => (unconfirmed(primary) === 1 ? Ok : Err.NothingBootable),
      place: (running) => {
        places.running = running;
      },
    },
    slots: slots,
    places: places,
  };
}

/** Exchanged for a test, and not confirmed: the last row of MCUboot's table. A trailer that cannot be read says neither. */
export function unconfirmed(primary: Trailer): number {
  const state = trailerStateNew();
  if (trailerRead(primary, state) < 0) return 0;
  const tested = state.magic === Magic.Good && state.copyDone === Flag.Set;
  return tested && state.imageOk === Flag.Unset ? 1 : 0;
}

/**
 * Magic last: until it stands whole, nothing is asked. What an exchange left in the first sector would pass for an update
 * in the wrong place, and be refused.
 */
export function request(secondary: Trailer, forGood: boolean): number {
  const type = forGood ? SwapType.Permanent : SwapType.Test;
  let code = trailerErase(secondary);
  if (code === Ok) code = flashErase(secondary.flash, 0);
  if (code === Ok) code = byteWrite(secondary, secondary.swapInfoAt, type);
  if (code === Ok && forGood) code = byteWrite(secondary, secondary.imageOkAt, Flag.Set);
  if (code === Ok) code = trailerWriteMagic(secondary);
  if (code < 0) return code;
  const state = trailerStateNew();
  code = trailerRead(secondary, state);
  return code < 0 ? code : state.magic === Magic.Good ? Ok : Err.FlashReadBack;
}

/** One unit. Torn, it reads as neither set nor unset, and MCUboot stays. */
export function confirm(primary: Trailer): number {
  return unconfirmed(primary) === 1 ? byteWrite(primary, primary.imageOkAt, Flag.Set) : Ok;
}

/** Writes a field of one byte, and reads it back. */
function byteWrite(trailer: Trailer, at: number, value: number): number {
  const code = trailerWriteByte(trailer, at, value);
  if (code < 0) return code;
  const read = new Uint8Array(1);
  const again = flashRead(trailer.flash, at, read, 0, 1);
  return again < 0 ? again : read[0] === value ? Ok : Err.FlashReadBack;
}
