/** The ways in which a patch can be coded. All are tried; of those that come to the same the first one is kept. */
import type { Manner } from './tokens.ts';

export interface MapMode {
  /** Shorter copies are dropped. */
  readonly least: number;
  /** A match has to be better by more than this than going on with the copy before. */
  readonly better: number;
  /** Whether references are predicted. */
  readonly thumb: boolean;
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
  { name: 'references', manner: words, map: { least: 16, better: 12, thumb: true } },
  { name: 'references, few copies', manner: words, map: { least: 48, better: 12, thumb: true } },
  {
    name: 'references, matched',
    manner: { ...words, residual: false },
    map: { least: 24, better: 8, thumb: true },
  },
  { name: 'residual', manner: words, map: { least: 32, better: 8, thumb: false } },
];
