/** Does one job: codes the new image in one mode. */
import { copyAdd, copyMapNew } from '../../agent/payload/patch/copy-map.ts';
import type { CopyMap } from '../../agent/payload/patch/copy-map.ts';
import { PIECE_MAX, UNITS_MAX } from '../../agent/payload/patch/layout.ts';
import type { Copy } from './copies.ts';
import type { PatchJob } from './jobs.ts';
import { patchPayload } from './payload.ts';
import type { PatchPayload } from './payload.ts';
import { predictedFrom } from './predicted.ts';
import type { Images } from './tokens.ts';
import { unitsOf } from './units.ts';
import type { Window } from './window.ts';

export interface Patched extends PatchPayload {
  readonly mode: string;
  readonly units: number;
  readonly copies: number;
}

/** What goes on around a job. */
export interface Course {
  /** Bytes of payload that a unit may have. */
  readonly unit: number;
  /** Told where it is in the new image. */
  readonly progress: (done: number) => void;
  /** Whether a payload of so many bytes would be too many by now. */
  readonly lost: (bytes: number) => boolean;
}

const mapOf = (copies: readonly Copy[]): CopyMap => {
  const map = copyMapNew();
  for (const { fresh, old, length } of copies) copyAdd(map, fresh, old, length);
  return map;
};

/** Undefined where the mode is not for these images, and where it is lost. */
export const jobCode = (
  images: Images,
  window: Window,
  { name, manner, copies, coded }: PatchJob,
  { unit, progress, lost }: Course,
): Patched | undefined => {
  const { old, fresh } = images;
  const map = mapOf(copies);
  const predict = coded && ((start: number) => predictedFrom(map, old, fresh, coded.code, start));
  const before = coded?.data.length ?? 0;
  // A larger patch has larger units.
  for (let most = unit; ; most *= 2) {
    let given = false;
    const units = unitsOf({
      images,
      window,
      manner,
      predict,
      most,
      count: UNITS_MAX,
      progress,
      lost: (bytes) => (given = lost(before + bytes)),
    });
    if (given) return undefined;
    if (units === undefined) continue;
    const payload = patchPayload(fresh, manner, coded, units);
    if (payload.first > PIECE_MAX) return undefined;
    return { ...payload, mode: name, units: units.length, copies: copies.length };
  }
};
