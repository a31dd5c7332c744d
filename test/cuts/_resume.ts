/** What a resume may fetch again: what a cut has cost, and nothing else. */
import {
  BLOCK,
  blockLength,
  entryFrameLength,
  indexBlocks,
  indexEntryAt,
  indexLength,
} from '../../agent/format/index.ts';
import { slotsOpen } from '../../agent/slots.ts';
import { flashSectorAt, flashSectorStart } from '../../agent/flash.ts';
import { tailNew, tailPlace } from '../../agent/format/tail.ts';
import { groupStart } from '../../agent/payload/transfer.ts';
import type { Release } from './_images.ts';
import { Broken } from './_machine.ts';
import type { Machine } from './_machine.ts';

/** What of a release the inactive slot holds when power comes back. */
export interface Standing {
  readonly blocks: readonly boolean[];
  /** For each byte of the index. */
  readonly index: readonly boolean[];
}

const TARGET = 1;

/** Slot B as an update is received: in swap mode from its second sector on. */
const slotBytes = (machine: Machine): Uint8Array => {
  const { slots, swap } = machine.flash.profile;
  const { device, from, count } = slots[TARGET];
  const flash = machine.flash.devices[device]!;
  return flash.bytes.subarray(
    flash.sectors.starts[from + (swap ? 1 : 0)]!,
    flash.sectors.starts[from + count]!,
  );
};

const same = (one: Uint8Array, other: Uint8Array): boolean => one.every((byte, at) => byte === other[at]);

const geometry = (machine: Machine, release: Release) => {
  machine.flash.power.powerOn();
  const flash = slotsOpen(machine.flash, machine.config.swap === true, undefined).high;
  const tail = tailNew();
  const blocks = indexBlocks(release.image.length);
  tail.imageSize = release.image.length;
  tail.indexLength = indexLength(blocks);
  tail.envelopeLength = release.envelope.length;
  tailPlace(tail, flash.size, flash.unit);
  return { flash, tail, blocks };
};

export const standingOf = (machine: Machine, release: Release): Standing => {
  const { tail, blocks } = geometry(machine, release);
  const bytes = slotBytes(machine);
  const { image, payload } = release;
  const index = bytes.subarray(tail.indexAt, tail.indexAt + tail.indexLength);
  return {
    blocks: Array.from({ length: blocks }, (_, block) => {
      const [from, to] = [block * BLOCK, block * BLOCK + blockLength(image.length, block)];
      return same(image.subarray(from, to), bytes.subarray(from, to));
    }),
    index: Array.from(index, (byte, at) => byte === payload[at]),
  };
};

/** Throws when the last delivery asked again for more than one erase sector held. */
export const thrift = (machine: Machine, release: Release, standing: Standing): void => {
  const { flash, tail, blocks } = geometry(machine, release);
  const asked = new Uint8Array(release.payload.length);
  for (const { offset, length } of machine.asked) asked.fill(1, offset, offset + length);
  const groups = new Set<number>();
  let frame = tail.indexLength;
  for (let block = 0; block < blocks; block++) {
    const length = entryFrameLength(release.payload.subarray(indexEntryAt(blocks, block)));
    if (standing.blocks[block] && asked[frame]) groups.add(groupStart(flash, block * BLOCK));
    frame += length;
  }
  const sectors = new Set<number>();
  for (let at = 0; at < tail.indexLength; at++) {
    if (standing.index[at] && asked[at]) sectors.add(flashSectorAt(flash, tail.indexAt + at));
  }
  // Where image and tail share a sector, a tail without all of the image's end is fetched again with it.
  const shared = release.image.length > flashSectorStart(flash, flashSectorAt(flash, tail.indexAt));
  if (groups.size > 1 || sectors.size > 1 || (!shared && groups.size + sectors.size > 1)) {
    throw new Broken(`fetched again: groups at ${[...groups].join()}, tail sectors ${[...sectors].join()}`);
  }
};
