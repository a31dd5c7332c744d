import { journalLoad, journalOpen } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { NorFlash } from '../../hal/node/index.ts';
import type { FlashPort } from '../../hal/ports.ts';

export interface Geometry {
  readonly sector: number;
  readonly unit: number;
  readonly eraseValue: 0 | 255;
}

export const geometries: readonly Geometry[] = [
  { sector: 2048, unit: 8, eraseValue: 0xff },
  { sector: 2048, unit: 8, eraseValue: 0x00 },
  { sector: 4096, unit: 1, eraseValue: 0xff },
  { sector: 4096, unit: 1, eraseValue: 0x00 },
];

export const titleOf = ({ sector, unit, eraseValue }: Geometry): string =>
  `sectors of ${sector}, units of ${unit}, erased ${eraseValue}`;

export const flashOf = (geometry: Geometry, sectors = 3): NorFlash =>
  new NorFlash({
    sectors: Array.from({ length: sectors }, () => geometry.sector),
    writeAlign: geometry.unit,
    eraseValue: geometry.eraseValue,
  });

export interface Loaded {
  readonly journal: Journal;
  readonly code: number;
}

/** A power cycle begins. */
export const load = (flash: NorFlash, port: FlashPort = flash.port()): Loaded => {
  flash.powerOn();
  const journal = journalOpen(port, undefined);
  return { journal, code: journalLoad(journal) };
};
