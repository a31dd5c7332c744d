/**
 * Makes a patch from one image to another. Tries its modes, keeps the smallest, and lets the device's decoder make the
 * image of it before it gives it out.
 */
import { copyAdd, copyMapNew } from '../../agent/payload/patch/copy-map.ts';
import type { CopyMap } from '../../agent/payload/patch/copy-map.ts';
import {
  COPIES_MAX,
  DISTANCE_SLOT_BITS,
  MAP_GAP_AT,
  MAP_LENGTH_AT,
  MAP_SHIFT_AT,
  MAP_SIGN_AT,
  CONTEXTS_MAX,
  PIECE_MAX,
  UNITS_MAX,
} from '../../agent/payload/patch/layout.ts';
import { Coder } from './coder.ts';
import { copiesOf, copyFinder } from './copies.ts';
import type { Copy, Match } from './copies.ts';
import { patchDecode } from './decode.ts';
import { patchPayload } from './payload.ts';
import type { CodedMap, PatchPayload } from './payload.ts';
import { predictedFrom } from './predicted.ts';
import { thumbBase, thumbMasked } from './thumb-image.ts';
import type { Manner } from './tokens.ts';
import { unitsOf } from './units.ts';
import { Window } from './window.ts';

export interface PatchMode {
  readonly name: string;
  readonly manner: Manner;
  readonly map: MapMode | undefined;
}

interface MapMode {
  readonly least: number;
  readonly better: number;
  /** Whether references are predicted. */
  readonly thumb: boolean;
}

const letters = (literalBits: number): Manner => ({ literalBits, residual: false, aligned: false });
const words: Manner = { literalBits: 0, residual: true, aligned: true };

export const PatchModes: readonly PatchMode[] = [
  { name: 'dictionary', manner: letters(0), map: undefined },
  { name: 'dictionary, letters apart', manner: letters(1), map: undefined },
  { name: 'dictionary, plain literals', manner: { ...letters(0), plain: true }, map: undefined },
  { name: 'references', manner: words, map: { least: 16, better: 12, thumb: true } },
  { name: 'references, few copies', manner: words, map: { least: 48, better: 12, thumb: true } },
  {
    name: 'references, matched',
    manner: { ...words, residual: false },
    map: { least: 24, better: 8, thumb: true },
  },
  { name: 'residual', manner: words, map: { least: 32, better: 8, thumb: false } },
];

export interface PatchOptions {
  readonly modes?: readonly PatchMode[] | undefined;
  /** Bytes of payload that a unit has at most. Default 6144: with the first piece, what is fetched again after a cut. */
  readonly unit?: number | undefined;
  /** From 0 to 1. */
  readonly progress?: ((done: number) => void) | undefined;
}

export interface Patched extends PatchPayload {
  readonly mode: string;
  readonly units: number;
  readonly copies: number;
}

/**
 * A patch is no larger than this. Where units of the usual length would make it so, nothing is saved by fetching less
 * again, and units are longer.
 */
export const patchMost = (image: number): number => image + Math.floor(image / 100) + 32;

/** After a cut at most this much is fetched again: the first piece and a unit. */
const FetchedAgain = 8192;

const mapOf = (copies: readonly Copy[]): CopyMap => {
  const map = copyMapNew();
  for (const { fresh, old, length } of copies) copyAdd(map, fresh, old, length);
  return map;
};

const mapCode = (copies: readonly Copy[]): Uint8Array => {
  const coder = new Coder(CONTEXTS_MAX);
  const put = (at: number, value: number): void =>
    coder.distancePut(at, at + (1 << DISTANCE_SLOT_BITS), value);
  let [fresh, old] = [0, 0];
  for (const copy of copies) {
    put(MAP_GAP_AT, copy.fresh - fresh);
    put(MAP_LENGTH_AT, copy.length);
    coder.bit(MAP_SIGN_AT, copy.old < old ? 1 : 0);
    put(MAP_SHIFT_AT, Math.abs(copy.old - old));
    fresh = copy.fresh + copy.length;
    old = copy.old + copy.length;
  }
  return coder.end();
};

/** The longest, in their order. */
const longest = (copies: readonly Copy[]): Copy[] => {
  const kept = new Set([...copies].sort((a, b) => b.length - a.length).slice(0, COPIES_MAX));
  return copies.filter((copy) => kept.has(copy));
};

interface Sought {
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
  readonly find: (at: number) => Match;
}

class Encoding {
  readonly #old: Uint8Array;
  readonly #fresh: Uint8Array;
  readonly #window: Window;
  readonly #base: number;
  readonly #kept = new Map<boolean, Sought>();

  constructor(old: Uint8Array, fresh: Uint8Array) {
    this.#old = old;
    this.#fresh = fresh;
    this.#window = new Window(old, fresh);
    this.#base = thumbBase(old);
  }

  /** What copies are looked for in: the same for all modes with references, and for all without. */
  #sought(thumb: boolean): Sought {
    const kept = this.#kept.get(thumb);
    if (kept) return kept;
    const [old, fresh] = thumb
      ? [thumbMasked(this.#old, this.#base), thumbMasked(this.#fresh, this.#base)]
      : [this.#old, this.#fresh];
    const sought = { old, fresh, find: copyFinder(old, fresh) };
    this.#kept.set(thumb, sought);
    return sought;
  }

  #copies(mode: MapMode): Copy[] {
    const { old, fresh, find } = this.#sought(mode.thumb);
    return longest(copiesOf(old, fresh, find, mode));
  }

  /** Undefined where the mode is not for these images. */
  encode(
    { name, manner, map: mode }: PatchMode,
    unit: number,
    progress?: (done: number) => void,
  ): Patched | undefined {
    if (mode?.thumb && this.#base === 0) return undefined;
    const copies = mode ? this.#copies(mode) : [];
    const map = mapOf(copies);
    const base = mode?.thumb ? this.#base : undefined;
    const coded: CodedMap | undefined = mode && { copies: copies.length, data: mapCode(copies), base };
    if (coded && coded.data.length > PIECE_MAX / 2) return undefined;
    const images = { old: this.#old, fresh: this.#fresh };
    const predict = mode && ((start: number) => predictedFrom(map, this.#old, this.#fresh, base, start));
    // Room for the table is left in the first piece; a larger patch has larger units.
    for (let most = unit; ; most *= 2) {
      const units = unitsOf({
        images,
        window: this.#window,
        manner,
        predict,
        most,
        progress: (done) => progress?.(done / this.#fresh.length),
      });
      if (units.length > UNITS_MAX) continue;
      const payload = patchPayload(this.#fresh, manner, coded, units);
      if (payload.first > PIECE_MAX) return undefined;
      return { ...payload, mode: name, units: units.length, copies: copies.length };
    }
  }
}

/** A patch that makes `fresh` of `old`: the smallest of all modes, tried by the device's decoder. */
export const patchEncode = (old: Uint8Array, fresh: Uint8Array, options: PatchOptions = {}): Patched => {
  const modes = options.modes ?? PatchModes;
  const encoding = new Encoding(old, fresh);
  let best: Patched | undefined;
  let bestMode: PatchMode | undefined;
  const keep = (mode: PatchMode, made: Patched | undefined): void => {
    if (made && (best === undefined || made.payload.length < best.payload.length))
      [best, bestMode] = [made, mode];
  };
  const unit = options.unit ?? FetchedAgain - PIECE_MAX;
  for (const [number, mode] of modes.entries()) {
    const progress = (done: number): void => options.progress?.((number + done) / modes.length);
    keep(mode, encoding.encode(mode, unit, progress));
  }
  if (best === undefined || bestMode === undefined) throw new Error('patch: no mode fits these images');
  const most = options.unit === undefined ? patchMost(fresh.length) : Infinity;
  for (let longer = 2 * unit; best.payload.length > most && best.units > 1; longer *= 2)
    keep(bestMode, encoding.encode(bestMode, longer));
  const again = patchDecode(old, best.payload, best.first, fresh.length);
  if (Buffer.compare(again, fresh) !== 0)
    throw new Error(`patch: mode "${best.mode}" does not decode to its image`);
  options.progress?.(1);
  return best;
};
