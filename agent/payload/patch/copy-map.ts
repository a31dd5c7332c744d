/**
 * Which parts of the old image stand where in the new one. Sent first, so that a reference to any place of the old image
 * can be led to where that place is now.
 */
import { Ok } from '../../codes.ts';
import * as Err from '../../err.ts';
import {
  COPIES_MAX,
  COPY_LENGTH,
  COPY_OLD,
  DISTANCE_SLOT_BITS,
  MAP_GAP_AT,
  MAP_LENGTH_AT,
  MAP_SHIFT_AT,
  MAP_SIGN_AT,
} from './layout.ts';
import { bitTake, distanceTake } from './range.ts';
import type { Range } from './range.ts';

/** Copies that overlap in the old image are looked through this far back. */
const OVERLAP_MAX = 32;

export interface CopyMap {
  count: number;
  /** Offsets in the new image, which rise; at COPY_OLD, in the old one; at COPY_LENGTH, bytes. */
  readonly copies: Uint32Array;
  /** Their numbers, of which a byte has room for all, by their offset in the old image. */
  readonly byOld: Uint8Array;
}

export function copyMapNew(): CopyMap {
  // Parts of one array take fewer slots on XS than two: docs/DESIGN.md section 12.
  const bytes = new Uint8Array(13 * COPIES_MAX);
  return {
    count: 0,
    copies: new Uint32Array(bytes.buffer, 0, 3 * COPIES_MAX),
    byOld: bytes.subarray(12 * COPIES_MAX),
  };
}

/** The first number in `byOld` of a copy that starts behind `place`. */
function after(map: CopyMap, place: number): number {
  let low = 0;
  let high = map.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (map.copies[COPY_OLD + map.byOld[middle]!]! <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a copy behind the others. */
export function copyAdd(map: CopyMap, fresh: number, old: number, length: number): void {
  const at = after(map, old);
  for (let i = map.count; i > at; i--) map.byOld[i] = map.byOld[i - 1]!;
  map.byOld[at] = map.count;
  map.copies[map.count] = fresh;
  map.copies[COPY_OLD + map.count] = old;
  map.copies[COPY_LENGTH + map.count] = length;
  map.count++;
}

/** Behind it in the new image. */
export function copyEnd(map: CopyMap, copy: number): number {
  return map.copies[copy]! + map.copies[COPY_LENGTH + copy]!;
}

function gapTake(range: Range, at: number): number {
  return distanceTake(range, at, at + (1 << DISTANCE_SLOT_BITS));
}

/** Reads `count` copies. */
export function copyMapTake(
  map: CopyMap,
  range: Range,
  count: number,
  freshSize: number,
  oldSize: number,
): number {
  map.count = 0;
  let fresh = 0;
  let old = 0;
  for (let i = 0; i < count; i++) {
    const gap = gapTake(range, MAP_GAP_AT);
    const length = gapTake(range, MAP_LENGTH_AT);
    const back = bitTake(range, MAP_SIGN_AT);
    const shift = gapTake(range, MAP_SHIFT_AT);
    if (!(gap >= 0 && length > 0 && shift >= 0)) return Err.PatchMalformed;
    fresh += gap;
    old += back === 1 ? -shift : shift;
    if (!(fresh + length <= freshSize && old >= 0 && old + length <= oldSize)) return Err.PatchMalformed;
    copyAdd(map, fresh, old, length);
    fresh += length;
    old += length;
  }
  return Ok;
}

/**
 * Where a place of the old image is in the new one: by the longest copy that holds it; where none does, by the one that
 * starts before it.
 */
export function copyTarget(map: CopyMap, place: number): number {
  if (map.count === 0) return place;
  const copies = map.copies;
  const behind = after(map, place);
  let found = map.byOld[behind > 0 ? behind - 1 : 0]!;
  let longest = 0;
  const least = Math.max(0, behind - OVERLAP_MAX);
  for (let i = behind - 1; i >= least; i--) {
    const copy = map.byOld[i]!;
    const length = copies[COPY_LENGTH + copy]!;
    if (place < copies[COPY_OLD + copy]! + length && length > longest) {
      found = copy;
      longest = length;
    }
  }
  return place - copies[COPY_OLD + found]! + copies[found]!;
}
