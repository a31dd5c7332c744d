/** Bytes compared as bytes: t.deepEqual describes each of them first, which takes some 3 µs a byte. */
import type { ExecutionContext } from 'ava';

/** The same bytes, of whatever kind of array; where not, the failure says the place. */
export const sameBytes = (
  t: ExecutionContext,
  actual: Uint8Array | undefined,
  wanted: Uint8Array,
  what = 'bytes',
): void => {
  if (actual === undefined) {
    t.fail(`${what}: none, wanted ${wanted.length}`);
    return;
  }
  const same = Buffer.compare(actual, wanted) === 0;
  const at = same ? -1 : wanted.findIndex((byte, index) => actual[index] !== byte);
  const place = at < 0 ? 'longer' : `at ${at} ${actual[at]}, wanted ${wanted[at]}`;
  t.true(same, `${what}: ${actual.length} of ${wanted.length}, ${place}`);
};
