/**
 * Memory that a reset leaves alone and a loss of power does not: 16 bytes, as an RTC register bank or a no-init
 * section. It holds which hook is running, so that the boot after a hang knows.
 *
 *   0 magic "FXH1"   4 hook u8   5 hook, inverted u8   6 zero x10
 */
export const RETAINED_LENGTH = 16;

const MAGIC = [0x46, 0x58, 0x48, 0x31];
const HOOK_AT: number = MAGIC.length;
const INVERSE_AT: number = HOOK_AT + 1;

/** Puts hook `number` (1..255) on record. */
export const retainedMark = (retained: Uint8Array, number: number): void => {
  retained.fill(0);
  retained.set(MAGIC);
  retained[HOOK_AT] = number;
  retained[INVERSE_AT] = ~number & 0xff;
};

export const retainedClear = (retained: Uint8Array): void => {
  retained.fill(0);
};

/** The hook on record, or 0. What power-up leaves is noise, which the magic and the inverse turn away. */
export const retainedHook = (retained: Uint8Array): number => {
  if (!MAGIC.every((byte, at) => retained[at] === byte)) return 0;
  const number = retained[HOOK_AT]!;
  return retained[INVERSE_AT] === (~number & 0xff) ? number : 0;
};
