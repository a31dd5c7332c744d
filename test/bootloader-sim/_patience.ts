import type { Board } from '../../bootloader-sim/index.ts';

/** Milliseconds of real time, for scripts that end: no machine is so busy that they take so long. */
export const PATIENT = 20_000;
/** For scripts that never end, and nothing else: it is waited for. What ends before them must do so in time too. */
const IMPATIENT = 1000;
/** For boots in which nothing has to end in time. */
export const HOPELESS = 150;

/** How long to wait for a script of that source. */
export const patienceFor = (source: string): number => (source.includes('for (;;)') ? IMPATIENT : PATIENT);

/** From the next boot on. */
export const patienceSet = (board: Board, patience: number): void => {
  (board.options as { patience?: number }).patience = patience;
};
