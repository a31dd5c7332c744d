/** Patches of small images: in many units, and changed at random. */
import { BLOCK } from '../../agent/format/index.ts';
import { FLAG_RISCV, UNITS_MAX } from '../../agent/payload/patch/layout.ts';
import { PatchError, patchDecode } from '../../publisher/patch/decode.ts';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { patchPayload } from '../../publisher/patch/payload.ts';
import type { PatchPayload } from '../../publisher/patch/payload.ts';
import { unitsOf } from '../../publisher/patch/units.ts';
import { Window } from '../../publisher/patch/window.ts';
import { riscvPair } from './_riscv.ts';

export type Images = readonly [old: Uint8Array, fresh: Uint8Array];

const Plain = { literalBits: 0, residual: false, aligned: false };

/** Without a map, in units of at most so many bytes. */
export const patchInUnits = ([old, fresh]: Images, most: number): PatchPayload & { units: number } => {
  const window = new Window(old, fresh);
  const units = unitsOf({
    images: { old, fresh },
    window,
    manner: Plain,
    predict: undefined,
    most,
    count: UNITS_MAX,
  })!;
  return { ...patchPayload(fresh, Plain, undefined, units), units: units.length };
};

/** Numbers from 0 to 1 that a seed gives. */
export const numbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const noise = (length: number, seed: number): Uint8Array => {
  const next = numbers(seed);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
};

interface Sample {
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
  readonly payload: Uint8Array;
  readonly first: number;
}

const sample = (images: Images, { payload, first }: PatchPayload): Sample => ({
  old: images[0],
  fresh: images[1],
  payload,
  first,
});

export const edited = (length: number): Images => {
  const old = noise(length, 3);
  const fresh = Uint8Array.from([...old.subarray(0, length / 3), 1, 2, 3, 4, ...old.subarray(length / 4)]);
  for (let at = 0; at < fresh.length; at += 37) fresh[at]! ^= 5;
  return [old, fresh];
};

/** One of each mode that takes them, with a base and without, RISC-V code, and one in units. */
const samples = (): Sample[] => {
  const small = edited(400);
  const modes = PatchModes.filter(({ map }) => !map?.references);
  const whole: Images = [new Uint8Array(0), small[1]];
  const code = PatchModes.filter(({ map }) => map?.references === FLAG_RISCV);
  const riscv = riscvPair(20, 3, 2);
  const large = edited(9000);
  return [
    ...modes.map((mode) => sample(small, patchEncode(...small, { modes: [mode] }))),
    ...modes.map((mode) => sample(whole, patchEncode(...whole, { modes: [mode] }))),
    ...code.map((mode) => sample(riscv, patchEncode(...riscv, { modes: [mode] }))),
    sample(large, patchInUnits(large, 1500)),
  ];
};

export const mutated = (payload: Uint8Array, next: () => number): Uint8Array => {
  const below = (most: number): number => Math.floor(next() * most);
  const changed = next() < 0.2 ? payload.slice(0, 1 + below(payload.length)) : payload.slice();
  // The head is where numbers are.
  const reach = next() < 0.5 ? Math.min(64, changed.length) : changed.length;
  for (let n = 1 + below(4); n > 0; n--) changed[below(reach)] = below(256);
  return changed;
};

const GUARD = 0xa5;

export interface Tried {
  readonly refused: number;
  readonly made: number;
  /** Those behind whose image were bytes that had to stay. */
  readonly guarded: number;
}

/** Throws what a decoder may not throw. */
export const tryMutations = (count: number, seed: number, units: boolean): Tried => {
  const all = samples().filter(({ old }) => units || old.length < 1000);
  const next = numbers(seed);
  const tried = { refused: 0, made: 0, guarded: 0 };
  for (let n = 0; n < count; n++) {
    const { old, fresh, payload, first } = all[n % all.length]!;
    const changed = mutated(payload, next);
    const size = next() < 0.1 ? Math.floor(next() * 500) : fresh.length;
    const [before, block] = [old.slice(), new Uint8Array(BLOCK).fill(GUARD)];
    try {
      const made = patchDecode(old, changed, Math.min(first, changed.length), size, block);
      if (made.length !== size) throw new RangeError(`${made.length} bytes, not ${size}`);
      tried.made++;
    } catch (error) {
      if (!(error instanceof PatchError)) throw new Error(`mutation ${n} of seed ${seed}`, { cause: error });
      tried.refused++;
    }
    if (Buffer.compare(old, before) !== 0) throw new Error(`mutation ${n} of seed ${seed} changed the base`);
    // What is made goes up to the image's end, and no further.
    const beyond = size < BLOCK ? block.subarray(size) : new Uint8Array(0);
    if (beyond.some((byte) => byte !== GUARD)) throw new Error(`mutation ${n} of seed ${seed} ran over`);
    if (beyond.length > 0) tried.guarded++;
  }
  return tried;
};
