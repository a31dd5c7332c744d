/**
 * What flash does when it does not do what it was told. All of it deterministic: the same seed leaves the same bytes.
 */

/** A repeatable stream of 32-bit numbers. */
export type Random = () => number;

/** Mulberry32: 32 bits of state, good enough to pick bits, the same everywhere. */
export const random = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  };
};

/** What a torn program unit reads as. `noise`: bits that are neither old nor new. */
export type Torn = 'old' | 'new' | 'mixed' | 'noise';

/** What a sector whose erase was cut reads as. */
export type PartialErase = 'old' | 'erased' | 'mixed' | 'noise';

/** What becomes of an operation while the power stays on: done, silently not done, or refused by the flash. */
export type Fate = 'done' | 'ignored' | 'failed';

/**
 * Faults of a flash under power. `NorFlash` asks before each operation and after each read; a method left out means
 * no fault.
 */
export interface FaultHook {
  /** One program operation: offset and length in bytes. */
  readonly program?: (offset: number, length: number) => Fate;
  /** One erase operation. */
  readonly erase?: (sector: number) => Fate;
  /**
   * After `into` was filled from `offset` on; may change it, or throw. `unstable` says whether any of its bytes lie
   * in an area that a power cut left undefined; a hook that does not take it is not told.
   */
  readonly read?: (into: Uint8Array, offset: number, unstable: boolean) => void;
}

/** Writes to `target`, which holds the old bytes of one program unit, what a cut program of `wanted` leaves. */
export const tearUnit = (target: Uint8Array, wanted: Uint8Array, torn: Torn, seed: number): void => {
  if (torn === 'old') return;
  if (torn === 'new') {
    target.set(wanted);
    return;
  }
  const next = random(seed);
  if (torn === 'noise') {
    for (let at = 0; at < target.length; at++) target[at] = next() & 0xff;
    return;
  }
  const differing: number[] = [];
  for (let bit = 0; bit < target.length * 8; bit++) {
    if (((target[bit >> 3]! ^ wanted[bit >> 3]!) >> (bit & 7)) & 1) differing.push(bit);
  }
  const taken = differing.filter(() => next() >>> 31 === 1);
  // A mix that came out all old or all new would test nothing that the other two do not.
  if (differing.length > 1 && taken.length === 0) taken.push(differing[next() % differing.length]!);
  if (differing.length > 1 && taken.length === differing.length) taken.splice(next() % taken.length, 1);
  for (const bit of taken) target[bit >> 3]! ^= 1 << (bit & 7);
};

/** Bytes of a sector that share a fate in a mixed erase: smaller than any sector, and than most records. */
const erasePatch = 64;

/** Writes to `target`, which holds the old bytes of one sector, what a cut erase leaves. */
export const tearErase = (
  target: Uint8Array,
  eraseValue: number,
  erase: PartialErase,
  seed: number,
): void => {
  if (erase === 'old') return;
  if (erase === 'erased') {
    target.fill(eraseValue);
    return;
  }
  const next = random(seed);
  if (erase === 'noise') {
    for (let at = 0; at < target.length; at++) target[at] = next() & 0xff;
    return;
  }
  for (let at = 0; at < target.length; at += erasePatch) {
    const patch = target.subarray(at, at + erasePatch);
    const fate = next() & 3;
    if (fate === 0) continue;
    if (fate === 1) patch.fill(eraseValue);
    // Many controllers program all bits before they erase.
    else if (fate === 2) patch.fill(eraseValue ^ 0xff);
    else for (let i = 0; i < patch.length; i++) patch[i]! ^= (patch[i]! ^ eraseValue) & next();
  }
};
