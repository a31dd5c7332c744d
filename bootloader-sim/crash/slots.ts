/** Where the slots of a board lie in its devices, and what stands in them: read past all faults, for the invariants. */
import { FOOTER_LENGTH, footerRead, tailNew } from '../../agent/format/tail.ts';
import type { Tail } from '../../agent/format/tail.ts';
import type { SectorRange } from '../../hal/node/boards.ts';
import type { Operation } from '../../hal/node/power.ts';
import type { Release, Stock } from './stock.ts';
import { unsound } from './world.ts';
import type { Range, SlotRange, World } from './world.ts';

/** Under MCUboot the image lies where its exchange has left it, and its tail at the end of one of the two slots. */
const exchanged = ({ profile, flash }: World, slot: number, low: boolean): SlotRange => {
  const { imageSectors, tailSectors, primaryTail, secondaryTail, running } = flash.mcuboot!.places;
  const range = (place: 0 | 1, first: number, count: number): Range => {
    const { device, from } = profile.slots[place];
    const { starts } = flash.devices[device]!.sectors;
    return { device, from: starts[from + first]!, to: starts[from + first + count]! };
  };
  const image = slot === running ? range(0, 0, imageSectors) : range(1, low ? 0 : 1, imageSectors);
  const tail = slot === 0 ? range(0, primaryTail, tailSectors) : range(1, secondaryTail, tailSectors);
  return { ...image, tail };
};

/** Slot 1 of a swap board is one exchange unit longer, and is seen through one of two windows. */
export const slotRange = (world: World, slot: number, low = false): SlotRange => {
  const { profile, flash } = world;
  if (flash.mcuboot !== undefined) return exchanged(world, slot, low);
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
export const slotWhole = (world: World, slot: number): SlotRange => {
  const high = slotRange(world, slot);
  return world.profile.swap === true && slot === 1
    ? { ...high, from: slotRange(world, slot, true).from }
    : high;
};

export const within = (range: SlotRange, device: string, from: number, to: number): boolean =>
  (range.device === device && from >= range.from && to <= range.to) ||
  (range.tail !== undefined && within(range.tail, device, from, to));

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
export const footerAt = (world: World, range: SlotRange): number => {
  const unit = unitOf(world, range);
  return (range.tail ?? range).to - Math.ceil(FOOTER_LENGTH / unit) * unit;
};

/** Bytes of a slot as the agent sees it. */
const sizeOf = ({ from, to, tail }: SlotRange): number => to - from + (tail ? tail.to - tail.from : 0);

/** The tail in a range, as its footer says; undefined where there is none. */
export const tailIn = (world: World, range: SlotRange): Tail | undefined => {
  const unit = unitOf(world, range);
  const { from, to } = range.tail ?? range;
  const bytes = bytesOf(world, { device: range.device, from, to });
  const tail = tailNew();
  const footer = bytes.subarray(footerAt(world, range) - from);
  return footerRead(tail, footer, sizeOf(range), unit) < 0 ? undefined : tail;
};

/** Whether image and tail of a release in a range lie on sound flash: read right today, they read right tomorrow. */
export const stands = (world: World, range: SlotRange, release: Release): boolean => {
  const tail = tailIn(world, range);
  if (tail === undefined) return false;
  const { device, from } = range;
  const end = (range.tail ?? range).to;
  return (
    !unsound(world, { device, from, to: from + release.image.length }) &&
    !unsound(world, { device, from: end - (sizeOf(range) - tail.envelopeAt), to: end })
  );
};

/** Whether an operation is on what a bootloader of another make goes by: its own records, or what stands beside images. */
export const onRecords = (world: World, { device, offset, length }: Operation): boolean => {
  const { profile, flash } = world;
  const on = (range: Range): boolean => within(range, device, offset, offset + length);
  const whole = ({ device: name, from, count }: SectorRange): Range => {
    const { starts } = flash.devices[name]!.sectors;
    return { device: name, from: starts[from]!, to: starts[from + count]! };
  };
  const { control, slots } = profile;
  if (control === undefined) return false;
  if (control.kind === 'esp-idf') return on(whole(control.records));
  // All of its slots that is neither image nor tail.
  const seen = [0, 1].some((slot) => on(slotRange(world, slot)) || on(slotRange(world, slot, true)));
  return slots.some((one) => on(whole(one))) && !seen;
};
