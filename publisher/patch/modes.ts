/** The ways in which a patch can be coded. All are tried; of those that come to the same the first one is kept. */
import { FLAG_RISCV, FLAG_THUMB } from '../../agent/payload/patch/layout.ts';
import type { Manner } from './tokens.ts';

export interface MapMode {
  /** Shorter copies are dropped. */
  readonly least: number;
  /** A match has to be better by more than this than going on with the copy before. */
  readonly better: number;
  /** Whose references are predicted: FLAG_THUMB or FLAG_RISCV; 0: none. */
  readonly references: number;
  /** Whether copies are looked for in images without their references. Default: where these are predicted. */
  readonly masked?: boolean | undefined;
}

export interface PatchMode {
  readonly name: string;
  readonly manner: Manner;
  readonly map: MapMode | undefined;
}

const letters = (literalBits: number): Manner => ({ literalBits, residual: false, aligned: false });
const words: Manner = { literalBits: 0, residual: true, aligned: true };

export const PatchModes: readonly PatchMode[] = [
  { name: 'dictionary', manner: letters(0), map: undefined },
  { name: 'dictionary, letters apart', manner: letters(1), map: undefined },
  { name: 'dictionary, plain literals', manner: { ...letters(0), plain: true }, map: undefined },
  { name: 'references', manner: words, map: { least: 16, better: 12, references: FLAG_THUMB } },
  { name: 'references, few copies', manner: words, map: { least: 48, better: 12, references: FLAG_THUMB } },
  {
    name: 'references, matched',
    manner: { ...words, residual: false },
    map: { least: 24, better: 8, references: FLAG_THUMB },
  },
  { name: 'RISC-V references', manner: words, map: { least: 32, better: 12, references: FLAG_RISCV } },
  {
    name: 'RISC-V references, few copies',
    manner: words,
    map: { least: 48, better: 12, references: FLAG_RISCV },
  },
  { name: 'residual', manner: words, map: { least: 32, better: 8, references: 0 } },
];
