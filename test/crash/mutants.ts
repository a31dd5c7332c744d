/** All planted faults. None of them is in the way of an update that nothing disturbs. */
import type { Mutant } from './mutant.ts';
import { bootMutants } from './mutants-boot.ts';
import { exchangeMutants } from './mutants-exchange.ts';
import { journalMutants } from './mutants-journal.ts';
import { nameMutants } from './mutants-name.ts';
import { slotMutants } from './mutants-slot.ts';
import { trialMutants } from './mutants-trial.ts';

export type { Mutant } from './mutant.ts';

export const mutants: readonly Mutant[] = [
  ...journalMutants,
  ...bootMutants,
  ...trialMutants,
  ...slotMutants,
  ...nameMutants,
  ...exchangeMutants,
];
