/** MCUboot's decision: bootutil_public.c, boot_swap_tables, for swap using offset. */
import type { TrailerState } from './trailer.ts';

/** BOOT_SWAP_TYPE_. */
export const Swap = { None: 1, Test: 2, Permanent: 3, Revert: 4 } as const;

interface Rule {
  readonly secondary?: Partial<TrailerState>;
  readonly primary?: Partial<TrailerState>;
  readonly swap: number;
}

/** The first that matches. */
const Rules: readonly Rule[] = [
  { secondary: { magic: 'good', imageOk: 'unset', copyDone: 'set' }, swap: Swap.Revert },
  { secondary: { magic: 'good', imageOk: 'unset' }, swap: Swap.Test },
  { secondary: { magic: 'good', imageOk: 'set' }, swap: Swap.Permanent },
  { primary: { magic: 'good', imageOk: 'unset', copyDone: 'set' }, swap: Swap.Revert },
];

const fits = (state: TrailerState, wanted: Partial<TrailerState> = {}): boolean =>
  Object.entries(wanted).every(([name, value]) => state[name as keyof TrailerState] === value);

export const swapOf = (primary: TrailerState, secondary: TrailerState): number =>
  Rules.find((rule) => fits(primary, rule.primary) && fits(secondary, rule.secondary))?.swap ?? Swap.None;
