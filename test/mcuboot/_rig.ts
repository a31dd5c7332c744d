/** A board under MCUboot: two slots, images for them, and the model of the bootloader. */
import { mcubootBoot } from '../../bootloader-sim/mcuboot/index.ts';
import type { McubootBoot, McubootBuild } from '../../bootloader-sim/mcuboot/index.ts';
import { flashOpen } from '../../agent/flash.ts';
import { confirm, request, unconfirmed } from '../../hal/mcuboot/control.ts';
import type { McubootSlots } from '../../hal/mcuboot/slots.ts';
import { Swap, trailerErase, trailerOpen } from '../../hal/mcuboot/trailer.ts';
import type { Trailer } from '../../hal/mcuboot/trailer.ts';
import { imageVerify, verifierOpen } from '../../hal/mcuboot/verify.ts';
import type { McubootKey } from '../../hal/mcuboot/verify.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { FlashMisuse, NorFlash } from '../../hal/node/nor-flash.ts';
import { PowerCut, PowerSupply } from '../../hal/node/power.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import type { FlashImage } from '../../hal/node/cells.ts';
import type { Crypto, FlashPort } from '../../hal/ports.ts';
import { mcubootImage } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';

export const sector = 512;
export const unit = 4;
export const maxAlign = 8;
export const maxSectors = 16;
/** Of the primary slot; the secondary one has one more. The trailer takes the last of each. */
export const sectors = 8;

export const crypto: Crypto = nodeCrypto();
export const key: SigningKey = seededKey(1);
export const keys: readonly McubootKey[] = [{ algorithm: -19, key: key.key }];

/** A signed image that fills exactly so many sectors, so that each content is known by its number. */
export const imageOf = (seed: number, count: number, counter?: number): Uint8Array => {
  const build = (length: number): Uint8Array =>
    mcubootImage({
      application: sampleImage(length, seed),
      version: `1.0.${seed}`,
      key,
      securityCounter: counter,
    });
  const overhead = build(100).length - 100;
  return build(count * sector - overhead);
};

export interface Geometry {
  readonly sector: number;
  readonly unit: number;
  readonly maxAlign: number;
}

const small: Geometry = { sector, unit, maxAlign };

export interface Board {
  readonly power: PowerSupply;
  readonly primary: NorFlash;
  readonly secondary: NorFlash;
  readonly slots: McubootSlots;
  readonly build: McubootBuild;
}

export type BoardState = readonly [FlashImage, FlashImage];

const flashOf = (name: string, count: number, power: PowerSupply, geometry: Geometry): NorFlash =>
  new NorFlash({
    name,
    sectors: Array.from({ length: count }, () => geometry.sector),
    writeAlign: geometry.unit,
    eraseValue: 0xff,
    power,
  });

export const boardOf = (
  build: McubootBuild = {},
  wrap: (flash: NorFlash) => FlashPort = (flash) => flash.port(),
  geometry: Geometry = small,
): Board => {
  const power = new PowerSupply();
  const primary = flashOf('primary', sectors, power, geometry);
  const secondary = flashOf('secondary', sectors + 1, power, geometry);
  const slots = {
    primary: wrap(primary),
    secondary: wrap(secondary),
    swap: Swap.Offset,
    maxAlign: geometry.maxAlign,
    maxSectors,
  };
  return { power, primary, secondary, slots, build };
};

export const save = (board: Board): BoardState => [board.primary.save(), board.secondary.save()];

export const load = (board: Board, [primary, secondary]: BoardState): void => {
  board.power.cancelCut();
  board.power.powerOn();
  board.primary.load(primary);
  board.secondary.load(secondary);
};

const padded = (image: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(image.length / unit) * unit).fill(0xff);
  whole.set(image);
  return whole;
};

/** What the agent does with an update, before it is requested: it lies in the window, behind the spare sector. */
export const receive = (board: Board, image: Uint8Array): void => {
  const count = Math.ceil(image.length / sector);
  board.secondary.eraseBlock(1, 1 + count);
  board.secondary.write(padded(image), sector);
};

/** As a programmer leaves it: no trailer. */
export const program = (board: Board, image: Uint8Array): void => {
  board.primary.eraseBlock(0, sectors);
  board.primary.write(padded(image), 0);
};

/** One boot, on power that was off. */
export const boot = (board: Board): McubootBoot => {
  board.power.powerOn();
  return mcubootBoot(board.slots, crypto, keys, board.build);
};

/** Undefined where power went before it was done. */
export const bootCut = (board: Board, plan: CutPlan): McubootBoot | undefined => {
  board.power.powerOn();
  board.power.cutAt(plan);
  try {
    return mcubootBoot(board.slots, crypto, keys, board.build);
  } catch (error) {
    if (error instanceof PowerCut) return undefined;
    throw error;
  } finally {
    board.power.cancelCut();
  }
};

export const primaryTrailer = ({ slots: { primary, swap, maxAlign, maxSectors } }: Board): Trailer => {
  const flash = flashOpen(primary, undefined);
  return trailerOpen(flash, { swap, maxAlign, maxSectors, statusUnit: flash.unit });
};

/** What the boot control does to the trailers of slots that have no room for the agent's tails. */
export const control = ({ slots }: Board) => {
  const { primary, secondary, swap, maxAlign, maxSectors } = slots;
  const [first, second] = [flashOpen(primary, undefined), flashOpen(secondary, undefined)];
  const options = { swap, maxAlign, maxSectors, statusUnit: first.unit };
  return {
    request: (_slot: number, forGood: boolean): number => request(trailerOpen(second, options), forGood),
    confirm: (): number => confirm(trailerOpen(first, options)),
    forget: (): number => trailerErase(trailerOpen(second, options)),
    unconfirmed: (): number => unconfirmed(trailerOpen(first, options)),
  };
};

/** Whether the slot holds this image from its start on. */
export const holds = (flash: NorFlash, image: Uint8Array, at = 0): boolean =>
  Buffer.compare(flash.bytes.subarray(at, at + image.length), image) === 0;

export const primaryCode = (board: Board): number =>
  imageVerify(verifierOpen(crypto, keys), flashOpen(board.primary.port(), undefined));

/** Operations of flash that `run` takes. */
export const operationsOf = (board: Board, run: () => void): number => {
  const before = board.power.operations;
  run();
  return board.power.operations - before;
};

/**
 * Flash that lets a program unit be programmed again, which only clears bits: what MCUboot does after a cut to its
 * status and its flags, and what the contract of hal/ports.ts does not allow.
 */
export const programmedAgain = (flash: NorFlash): FlashPort => ({
  partition: {
    read: (into, offset) => flash.read(into, offset),
    write(bytes, offset) {
      try {
        flash.write(bytes, offset);
      } catch (error) {
        if (!(error instanceof FlashMisuse)) throw error;
        flash.poke(
          bytes.map((byte, at) => byte & flash.bytes[offset + at]!),
          offset,
        );
      }
    },
    eraseBlock: (from, to) => flash.eraseBlock(from, to),
    status: () => flash.status(),
  },
});
