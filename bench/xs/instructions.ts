/** Nanoseconds of a machine that counts one for each instruction. */
export function instructions(): number {
  return Math.round(boardNow() * 1e9);
}
