/**
 * What the bootloader of a chip asks of an image's addresses: ESP-IDF's soc headers. A segment whose address lies in
 * a mapped range is not loaded but mapped, and must lie in flash at the same place of a page.
 */
export interface Chip {
  /** As the image header names it. */
  readonly id: number;
  readonly name: string;
  /** Ranges of addresses that are mapped from flash: from, up to, and so on. */
  readonly mapped: readonly number[];
  /** Whether the image chooses the page size, in its app description; which it must then have. */
  readonly pages: boolean;
}

export const CHIPS: readonly Chip[] = [
  { id: 0, name: 'esp32', mapped: [0x3f400000, 0x3f800000, 0x400d0000, 0x40400000], pages: false },
  { id: 2, name: 'esp32s2', mapped: [0x3f000000, 0x3ff80000, 0x40080000, 0x40800000], pages: false },
  { id: 5, name: 'esp32c3', mapped: [0x3c000000, 0x3c800000, 0x42000000, 0x42800000], pages: false },
  { id: 9, name: 'esp32s3', mapped: [0x3c000000, 0x3e000000, 0x42000000, 0x44000000], pages: false },
  { id: 12, name: 'esp32c2', mapped: [0x3c000000, 0x3c400000, 0x42000000, 0x42400000], pages: true },
  { id: 13, name: 'esp32c6', mapped: [0x42000000, 0x43000000], pages: true },
  { id: 16, name: 'esp32h2', mapped: [0x42000000, 0x43000000], pages: true },
];

/** The chip of this name. Throws RangeError for one that is not in the table. */
export function chipNamed(name: string): Chip {
  for (const chip of CHIPS) if (chip.name === name) return chip;
  throw new RangeError(`no chip "${name}" in hal/esp-idf/chips.ts`);
}

export function chipMaps(chip: Chip, address: number): boolean {
  for (let i = 0; i < chip.mapped.length; i += 2) {
    if (address >= chip.mapped[i]! && address < chip.mapped[i + 1]!) return true;
  }
  return false;
}
