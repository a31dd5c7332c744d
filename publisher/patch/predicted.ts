/** What the device's predictor says of each place of the new image, from the start of a unit on. */
import { flashOpen } from '../../agent/flash.ts';
import type { CopyMap } from '../../agent/payload/patch/copy-map.ts';
import {
  predictorByte,
  predictorCopies,
  predictorNew,
  predictorShift,
  predictorStart,
  predictorTake,
} from '../../agent/payload/patch/predictor.ts';
import { partitionOf } from '../partition.ts';
import type { Code } from './payload.ts';
import type { Predicted } from './tokens.ts';

export const predictedFrom = (
  map: CopyMap,
  old: Uint8Array,
  fresh: Uint8Array,
  code: Code | undefined,
  start: number,
): Predicted => {
  const predictor = predictorNew(map, flashOpen({ partition: partitionOf(old) }, undefined));
  predictor.oldSize = old.length;
  predictor.references = code?.references ?? 0;
  predictor.base = code?.base ?? 0;
  predictorStart(predictor, start);
  const bytes = new Int16Array(fresh.length + 1).fill(-1);
  const copied = new Uint8Array(fresh.length + 1);
  const places = new Int32Array(fresh.length + 1);
  for (let at = start; at < fresh.length; at++) {
    bytes[at] = predictorByte(predictor);
    copied[at] = predictorCopies(predictor) ? 1 : 0;
    places[at] = at + predictorShift(predictor);
    predictorTake(predictor, fresh[at]!);
  }
  predictorByte(predictor);
  places[fresh.length] = fresh.length + predictorShift(predictor);
  return { bytes, copied, places };
};
