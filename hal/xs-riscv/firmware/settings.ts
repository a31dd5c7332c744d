/**
 * Indexes of numbers in board/board.h `settings`. In a file that imports nothing, where a bundler puts the number in place
 * of the name: what the host has written is asked for when it is used, as the realm is frozen once for all of it.
 */
export const SLOT_SECTORS = 5;
export const WRITE_UNIT = 6;
export const WATCHDOG = 7;
export const CLOCK = 8;
export const TRIAL_WINDOW = 15;
