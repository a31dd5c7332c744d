/**
 * Makes a patch from one image to another. Tries its modes, keeps the smallest, and lets the device's decoder make the
 * image of it before it gives it out.
 */
import { PIECE_MAX } from '../../agent/payload/patch/layout.ts';
import { boardNew } from './board.ts';
import { jobCode } from './code.ts';
import type { Patched } from './code.ts';
import { patchDecode } from './decode.ts';
import { jobsOf } from './jobs.ts';
import type { PatchJob } from './jobs.ts';
import { PatchModes } from './modes.ts';
import type { PatchMode } from './modes.ts';
import { teamRun } from './team.ts';
import type { TeamOptions } from './team.ts';
import type { Images } from './tokens.ts';
import { Window, windowTables } from './window.ts';

export type { Patched } from './code.ts';
export { PatchModes } from './modes.ts';
export type { PatchMode } from './modes.ts';

/** The patch is the same with any number of threads. */
export interface PatchOptions extends TeamOptions {
  readonly modes?: readonly PatchMode[] | undefined;
  /** Bytes of payload that a unit has at most. Default 6144: with the first piece, what is fetched again after a cut. */
  readonly unit?: number | undefined;
}

/**
 * A patch is no larger than this. Where units of the usual length would make it so, nothing is saved by fetching less
 * again, and units are longer.
 */
export const patchMost = (image: number): number => image + Math.floor(image / 100) + 32;

/** After a cut at most this much is fetched again: the first piece and a unit. */
const FetchedAgain = 8192;

/** The same bytes, where threads can share them. */
const shared = (bytes: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
};

interface Kept {
  readonly job: PatchJob;
  readonly made: Patched;
}

const smallest = (made: readonly Kept[]): Kept => {
  const [first, ...others] = made;
  if (first === undefined) throw new Error('patch: no mode fits these images');
  return others.reduce(
    (best, one) => (one.made.payload.length < best.made.payload.length ? one : best),
    first,
  );
};

/** Where it is no smaller than its image: the same with longer units. */
const lengthened = (images: Images, window: Window, kept: Kept, unit: number): Patched => {
  let best = kept.made;
  for (
    let longer = 2 * unit;
    best.payload.length > patchMost(images.fresh.length) && best.units > 1;
    longer *= 2
  ) {
    const made = jobCode(images, window, kept.job, { unit: longer, progress: () => {}, lost: () => false });
    if (made && made.payload.length < best.payload.length) best = made;
  }
  return best;
};

/** A patch that makes `fresh` of `old`: the smallest of all modes, tried by the device's decoder. */
export const patchEncode = (old: Uint8Array, fresh: Uint8Array, options: PatchOptions = {}): Patched => {
  const images: Images = { old: shared(old), fresh: shared(fresh) };
  const jobs = jobsOf(images, options.modes ?? PatchModes);
  const tables = windowTables(images.old, images.fresh);
  const unit = options.unit ?? FetchedAgain - PIECE_MAX;
  const made = teamRun(boardNew({ images, tables, jobs, unit }), options);
  const kept = smallest(
    jobs.flatMap((job, number) => {
      const one = made[number];
      return one ? [{ job, made: one }] : [];
    }),
  );
  const best =
    options.unit === undefined
      ? lengthened(images, new Window(images.old, images.fresh, tables), kept, unit)
      : kept.made;
  const again = patchDecode(old, best.payload, best.first, fresh.length);
  if (Buffer.compare(again, fresh) !== 0)
    throw new Error(`patch: mode "${best.mode}" does not decode to its image`);
  options.progress?.(1);
  return best;
};
