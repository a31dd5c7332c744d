/** Whole images in the patch coding, without a base, beside what frames of deflate come to. */
import { frame } from '../../publisher/blocks.ts';
import { NoImage } from '../../publisher/patch/no-base.ts';
import type { SizePair } from './images.ts';
import { made, withFiles } from './measure.ts';

export interface WholeRow {
  readonly image: string;
  readonly size: number;
  /** The framed payload, index included, by the window that the device keeps. */
  readonly framed4k: number;
  readonly framed32k: number;
  readonly patch: number;
  readonly mode: string;
  readonly units: number;
  readonly seconds: number;
}

const KiB = 1024;

/** Of the pair's new image. */
export const wholeRow = (pair: SizePair): WholeRow =>
  withFiles({ ...pair, old: NoImage }, (files) => {
    const { mode, payload, units, seconds } = made(files);
    const framed = (window: number): number => frame(pair.fresh, undefined, window).payload.length;
    return {
      image: pair.name,
      size: pair.fresh.length,
      framed4k: framed(4 * KiB),
      framed32k: framed(32 * KiB),
      patch: payload,
      mode,
      units,
      seconds: Math.round(seconds),
    };
  });
