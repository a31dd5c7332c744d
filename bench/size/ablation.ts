/** What each mode of the encoder comes to alone: each idea's share, where there is a mode without it. */
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import type { PatchMode } from '../../publisher/patch/encode.ts';
import type { SizePair } from './images.ts';

export interface AblationRow {
  readonly pair: string;
  readonly mode: string;
  /** Null where the mode is not for these images. */
  readonly payload: number | null;
  readonly units: number | null;
}

const NoMode = /no mode fits/;

const references = PatchModes.find(({ name }) => name === 'references')!;

/** The modes, and those that differ from them by one idea. */
const Ablations: readonly PatchMode[] = [
  ...PatchModes,
  {
    ...references,
    name: 'references, without residual',
    manner: { ...references.manner, residual: false },
  },
  {
    ...references,
    name: 'references, without the place in a word',
    manner: { ...references.manner, aligned: false },
  },
  {
    ...references,
    name: 'references, copies sought with their references in them',
    map: { ...references.map!, masked: false },
  },
  {
    ...references,
    name: 'copies of references, none predicted',
    map: { ...references.map!, references: 0 },
  },
];

const ablate = ({ name, old, fresh }: SizePair, mode: PatchMode): AblationRow => {
  const row = { pair: name, mode: mode.name };
  try {
    const { payload, units } = patchEncode(old, fresh, { modes: [mode] });
    return { ...row, payload: payload.length, units };
  } catch (error) {
    if (error instanceof Error && NoMode.test(error.message)) return { ...row, payload: null, units: null };
    throw error;
  }
};

export const ablationRows = (pair: SizePair): AblationRow[] => Ablations.map((mode) => ablate(pair, mode));
