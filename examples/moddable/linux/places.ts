/** The partitions of the board, in sectors of 4096 bytes of the file that is its flash. */
import type { Place } from './flash.ts';

export const PLACES: Readonly<Record<'slot_a' | 'slot_b' | 'journal', Place>> = {
  slot_a: { from: 0, count: 64 },
  slot_b: { from: 64, count: 64 },
  journal: { from: 128, count: 4 },
};

export const FLASH_SIZE: number = 132 * 4096;
