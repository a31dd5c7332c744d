/** What a resume may fetch again: what a cut has cost, and nothing else. */
import {
  BLOCK,
  blockLength,
  entryFrameLength,
  indexBlocks,
  indexEntryAt,
  indexLength,
} from '../../agent/format/index.ts';
import { swap } from '../../agent/exchange.ts';
import { slotsOpen } from '../../agent/slots.ts';
import { flashSectorAt, flashSectorStart } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import { tailNew, tailPlace } from '../../agent/format/tail.ts';
import type { Tail } from '../../agent/format/tail.ts';
import { groupStart } from '../../agent/payload/transfer.ts';
import { slotRange } from '../../bootloader-sim/crash/slots.ts';
import type { Release } from '../../bootloader-sim/crash/stock.ts';
import type { World } from '../../bootloader-sim/crash/world.ts';
import type { Need } from '../../hal/driver.ts';

/** What of a release the slot that receives holds when power comes back. */
export interface Standing {
  readonly blocks: readonly boolean[];
  /** For each byte of the index. */
  readonly index: readonly boolean[];
}

/** Slot A runs. */
const TARGET = 1;

interface Geometry {
  readonly flash: Flash;
  readonly tail: Tail;
  readonly blocks: number;
}

const geometryOf = (world: World, release: Release): Geometry => {
  world.flash.power.powerOn();
  const flash = slotsOpen(world.flash, world.profile.swap && swap, undefined).high;
  const tail = tailNew();
  const blocks = indexBlocks(release.image.length);
  tail.imageSize = release.image.length;
  tail.indexLength = indexLength(blocks);
  tail.envelopeLength = release.envelope.length;
  tailPlace(tail, flash.size, flash.unit);
  return { flash, tail, blocks };
};

const same = (one: Uint8Array, other: Uint8Array): boolean => one.every((byte, at) => byte === other[at]);

export const standingOf = (world: World, release: Release): Standing => {
  const { tail, blocks } = geometryOf(world, release);
  const { device, from, to } = slotRange(world, TARGET);
  const bytes = world.flash.devices[device]!.bytes.subarray(from, to);
  const { image, payload } = release;
  const index = bytes.subarray(tail.indexAt, tail.indexAt + tail.indexLength);
  return {
    blocks: Array.from({ length: blocks }, (_, block) => {
      const [start, end] = [block * BLOCK, block * BLOCK + blockLength(image.length, block)];
      return same(image.subarray(start, end), bytes.subarray(start, end));
    }),
    index: Array.from(index, (byte, at) => byte === payload[at]),
  };
};

/** What is wrong with what was asked for: more of what stood than one erase sector held. */
export const waste = (
  world: World,
  release: Release,
  standing: Standing,
  needs: readonly Need[],
): string | undefined => {
  const { flash, tail, blocks } = geometryOf(world, release);
  const asked = new Uint8Array(release.payload.length);
  for (const { offset, length } of needs) asked.fill(1, offset, offset + length);
  const groups = new Set<number>();
  let frame = tail.indexLength;
  for (let block = 0; block < blocks; block++) {
    const length = entryFrameLength(release.payload, indexEntryAt(blocks, block));
    if (standing.blocks[block] && asked[frame]) groups.add(groupStart(flash, block * BLOCK));
    frame += length;
  }
  const sectors = new Set<number>();
  for (let at = 0; at < tail.indexLength; at++) {
    if (standing.index[at] && asked[at]) sectors.add(flashSectorAt(flash, tail.indexAt + at));
  }
  // Where image and tail share a sector, a tail without all of the image's end is fetched again with it.
  const shared = release.image.length > flashSectorStart(flash, flashSectorAt(flash, tail.indexAt));
  if (groups.size <= 1 && sectors.size <= 1 && (shared || groups.size + sectors.size <= 1)) return undefined;
  return `fetched again: groups at ${[...groups].join()}, tail sectors ${[...sectors].join()}`;
};
