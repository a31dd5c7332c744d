/** Where the slots of a board lie in its devices, and what stands in them: read past all faults, for the invariants. */
import { FOOTER_LENGTH, footerRead, tailNew } from '../../agent/format/tail.ts';
import type { Tail } from '../../agent/format/tail.ts';
import type { Release, Stock } from './stock.ts';
import { unsound } from './world.ts';
import type { Range, World } from './world.ts';

/** Slot 1 of a swap board is one exchange unit longer, and is seen through one of two windows. */
export const slotRange = (world: World, slot: number, low = false): Range => {
  const { profile, flash } = world;
  const place = (which: 0 | 1): Range => {
    const { device, from, count } = profile.slots[which];
    const { starts } = flash.devices[device]!.sectors;
    return { device, from: starts[from]!, to: starts[from + count]! };
  };
  const whole = place(slot === 0 ? 0 : 1);
  if (slot === 0 || profile.swap !== true) return whole;
  const first = place(0);
  const length = first.to - first.from;
  const from = low ? whole.from : whole.to - length;
  return { device: whole.device, from, to: from + length };
};

/** All flash of a slot, whatever window it is seen through. */
export const slotWhole = (world: World, slot: number): Range => {
  const high = slotRange(world, slot);
  return world.profile.swap === true && slot === 1
    ? { ...high, from: slotRange(world, slot, true).from }
    : high;
};

export const within = (range: Range, device: string, from: number, to: number): boolean =>
  range.device === device && from >= range.from && to <= range.to;

const bytesOf = (world: World, { device, from, to }: Range): Uint8Array =>
  world.flash.devices[device]!.bytes.subarray(from, to);

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && Buffer.compare(one, other) === 0;

/** The release whose image a range starts with, if any. */
export const imageIn = (world: World, stock: Stock, range: Range): Release | undefined => {
  const bytes = bytesOf(world, range);
  return Object.values(stock.releases).find(({ image }) => same(bytes.subarray(0, image.length), image));
};

const unitOf = (world: World, { device }: Range): number => world.flash.devices[device]!.status().writeAlign;

/** Where the footer of a slot starts: it is whole units at the end. */
export const footerAt = (world: World, range: Range): number => {
  const unit = unitOf(world, range);
  return range.to - Math.ceil(FOOTER_LENGTH / unit) * unit;
};

/** The tail in a range, as its footer says; undefined where there is none. */
export const tailIn = (world: World, range: Range): Tail | undefined => {
  const unit = unitOf(world, range);
  const bytes = bytesOf(world, range);
  const tail = tailNew();
  const footer = bytes.subarray(footerAt(world, range) - range.from);
  return footerRead(tail, footer, bytes.length, unit) < 0 ? undefined : tail;
};

/** Whether image and tail of a release in a range lie on sound flash: read right today, they read right tomorrow. */
export const stands = (world: World, range: Range, release: Release): boolean => {
  const tail = tailIn(world, range);
  if (tail === undefined) return false;
  const { device, from, to } = range;
  return (
    !unsound(world, { device, from, to: from + release.image.length }) &&
    !unsound(world, { device, from: from + tail.envelopeAt, to })
  );
};
