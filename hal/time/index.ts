/** Time of sources that are trusted to different degrees. */
export { dateRead } from '../http/date.ts';
export { timekeeperOpen } from './keeper.ts';
export type { Timekeeper, TimekeeperOptions } from './keeper.ts';
export { Rank } from './source.ts';
