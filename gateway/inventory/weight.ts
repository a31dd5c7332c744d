/** What a reported code says of the release. */
import * as Err from '../../agent/err.ts';

export { Weight, weigh } from '../../hal/weight.ts';

/** Reverts after which the device takes the manifest no more (agent/revert.ts); after others it backs off. */
const REFUSING: readonly number[] = [Err.AttemptsSpent, Err.CheckFailed, Err.WindowOver, Err.Rejected];

export const isRefusing = (code: number): boolean => REFUSING.includes(code);
