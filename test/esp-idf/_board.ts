/** A chip as the model of the bootloader wants it. */
import { CHIPS } from '../../hal/esp-idf/index.ts';
import type { Chip } from '../../hal/esp-idf/index.ts';

export const ESP32: Chip = CHIPS[0]!;

export const rulesOf = (chip: Chip): { id: number; mapped: [number, number][]; pages: boolean } => ({
  id: chip.id,
  pages: chip.pages,
  mapped: Array.from({ length: chip.mapped.length / 2 }, (_, at) => [
    chip.mapped[2 * at]!,
    chip.mapped[2 * at + 1]!,
  ]),
});
