/** Bootloaders of another make, by the board's profile: what they start, and the boot control that the agent has of them. */
import { espIdfControl } from '../hal/esp-idf/control.ts';
import type { BoardFlash } from '../hal/node/boards.ts';
import type { BootControl } from '../hal/ports.ts';
import { espIdfBoot } from './esp-idf/bootloader.ts';

/** The slot that the board's bootloader starts; undefined where it finds nothing to start. `loads`: its own check. */
export const foreignBoot = (flash: BoardFlash, loads: (slot: number) => boolean): number | undefined =>
  espIdfBoot(flash.records!.partition, loads).slot;

/** `running`: the slot that the bootloader has started, which an image knows by where it runs. */
export const foreignControl = (flash: BoardFlash, running: number): BootControl =>
  espIdfControl({ otadata: flash.records!, running: () => running });
