/** The update result (5/0/5) that a code of the agent comes to, and an image that did not stay. */
import { lwm2mResult } from '../../result.ts';
import { Result } from './machine.ts';

/** Of a code below 0. */
export function resultOf(code: number): number {
  return lwm2mResult(code);
}

/** Of an image that did not stay: whatever its code says of the moment, the update failed. */
export function resultOfRevert(code: number): number {
  const result = lwm2mResult(code);
  return result === Result.Integrity ? result : Result.Failed;
}
