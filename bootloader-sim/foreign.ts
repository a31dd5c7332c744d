/** Bootloaders of another make, by the board's profile: what they start, and the boot control that the agent has of them. */
import { espIdfControl } from '../hal/esp-idf/control.ts';
import type { BoardFlash } from '../hal/node/boards.ts';
import { Swap } from '../hal/mcuboot/trailer.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import { PowerCut } from '../hal/node/power.ts';
import type { BootControl, FlashPartition } from '../hal/ports.ts';
import { espIdfBoot } from './esp-idf/index.ts';
import type { App, ChipRules } from './esp-idf/index.ts';
import { mcubootBoot } from './mcuboot/index.ts';

/** Bytes by which the start of an image is known. */
const Header = 32;

/** The length of the image that stands at an offset, of those that the bootloader takes for good. */
const standing = (
  partition: FlashPartition,
  offset: number,
  images: readonly Uint8Array[],
): number | undefined => {
  const same = (image: Uint8Array, length: number): boolean => {
    if (offset + length > partition.status().size) return false;
    const bytes = new Uint8Array(length);
    try {
      partition.read(bytes, offset);
    } catch {
      return false;
    }
    return Buffer.compare(bytes, image.subarray(0, length)) === 0;
  };
  return images.find((image) => same(image, Header) && same(image, image.length))?.length;
};

const mcuboot = ({ mcuboot: slots, profile }: BoardFlash): BootControl | undefined => {
  const { primary, secondary, control } = slots!;
  const build = profile.control as { maxAlign: number; maxSectors: number };
  try {
    // It is built without keys, and asks for the digest alone: what is signed is the envelope.
    const { run } = mcubootBoot({ primary, secondary, swap: Swap.Offset, ...build }, native, []);
    return run ? control : undefined;
  } catch (error) {
    // Where it programs a unit a second time, what it reads from then on is not known.
    if (error instanceof PowerCut) throw error;
    return undefined;
  }
};

const native = nodeCrypto();

/**
 * The board's bootloader has its turn. The boot control that the image has which it starts; undefined where it starts
 * none. `images`: those that it takes for good, where the model does not judge them itself.
 */
export const foreignBoot = (flash: BoardFlash, images: readonly Uint8Array[]): BootControl | undefined => {
  if (flash.mcuboot !== undefined) return mcuboot(flash);
  const loads = (_app: App, index: number): boolean =>
    standing(flash.slots[index as 0 | 1].partition, 0, images) !== undefined;
  const ota = flash.slots.map(({ partition }, index) => ({
    partition,
    offset: index * partition.status().size,
  }));
  const slot = espIdfBoot({ otadata: lenient(flash.records!.partition), ota }, { chip: NoChip, loads });
  // An image knows by where it runs which slot that is.
  return slot < 0 ? undefined : espIdfControl({ otadata: flash.records!, running: () => slot });
};

/** `loads` judges the images. */
const NoChip: ChipRules = { id: 0, mapped: [], pages: false };

/** Its flash has no ECC: a read gives something, right or wrong. */
const lenient = (partition: FlashPartition): FlashPartition => ({
  ...partition,
  status: () => partition.status(),
  write: (bytes, offset) => partition.write(bytes, offset),
  eraseBlock: (from, to) => partition.eraseBlock(from, to),
  read(into, offset) {
    try {
      partition.read(into, offset);
    } catch {
      into.fill(0xff);
    }
  },
});
