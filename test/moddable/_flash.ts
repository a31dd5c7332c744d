/** The flash of examples/moddable/linux over memory. */
import { flashOver } from '../../examples/moddable/linux/flash.ts';
import type { Cells, FlashModule } from '../../examples/moddable/linux/flash.ts';
import { FLASH_SIZE, PLACES } from '../../examples/moddable/linux/places.ts';

export const memory = (): Uint8Array => new Uint8Array(FLASH_SIZE).fill(0xff);

const cellsOf = (bytes: Uint8Array): Cells => ({
  read: (at, into) => into.set(bytes.subarray(at, at + into.length)),
  write: (at, from) => bytes.set(from, at),
});

export const flashModule = (bytes: Uint8Array): FlashModule => flashOver(cellsOf(bytes), PLACES);
