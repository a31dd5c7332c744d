/** A point of a life at which a flash operation is about to begin, and what a fault there leaves. */
import { Reset } from '../../agent/codes.ts';
import { RecordType } from '../../agent/format/record.ts';
import type { Operation } from '../../hal/node/power.ts';
import { PowerCut } from '../../hal/node/power.ts';
import { goesOn, kindOf } from './fault.ts';
import type { Fault } from './fault.ts';
import type { Place } from './place.ts';
import { worldLoad, worldSave } from './world.ts';
import { onRecords } from './slots.ts';
import type { Range, World, WorldState } from './world.ts';

export interface Point {
  /** Counted from the start of the life. */
  readonly operation: number;
  readonly what: Operation;
  readonly before: WorldState;
  /** Of a bootloader of another make, or on its records. */
  readonly by: 'bootloader' | 'records' | 'agent';
}

/** The point at which a world is: `what` is good during the call only, so its bytes are copied. */
export const pointAt = (world: World, operation: number, what: Operation): Point => ({
  operation,
  what: { ...what, bytes: what.bytes?.slice() },
  before: worldSave(world),
  by: world.foreign ? 'bootloader' : onRecords(world, what) ? 'records' : 'agent',
});

/**
 * Whether a fault is held against the bootloader of another make: any in its own work; on its records those that leave
 * what cannot be read as either old or new, which it has no means against, or that its flash does not take.
 */
export const foreign = ({ by }: Point, fault: Fault): boolean =>
  by === 'bootloader' || (by === 'records' && (goesOn(fault) || kindOf(fault).stops === 'inside'));

/** Bits are drawn anew at each point. */
const seedAt = ({ operation }: Point, { seed }: Fault): number => seed + operation * 131;

/** The range that the operation of a point works on. */
export const rangeOf = ({ what: { device, offset, length } }: Point): Range => ({
  device,
  from: offset,
  to: offset + length,
});

const perform = (world: World, point: Point): void => {
  const { what } = point;
  const device = world.flash.devices[what.device]!;
  try {
    if (what.kind === 'program') device.write(what.bytes!, what.offset);
    else device.eraseBlock(device.sectors.starts.indexOf(what.offset));
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
};

const placeOf = (world: World, point: Point, fault: Fault, old: Uint8Array): Place => {
  const { what } = point;
  const kind = kindOf(fault);
  const device = world.flash.devices[what.device]!;
  const { writeAlign, eraseValue } = device.status();
  const one = what.kind === 'program' && kind.whole !== true;
  const start = one ? Math.min(fault.unit, what.units - 1) * writeAlign : 0;
  const end = one ? start + writeAlign : what.length;
  const wanted = what.bytes?.slice(start, end) ?? new Uint8Array(what.length).fill(eraseValue);
  return {
    device: what.device,
    from: what.offset + start,
    to: what.offset + end,
    old: old.slice(start, end),
    wanted,
    reads: kind.reads ?? 'steady',
    seed: seedAt(point, fault),
    ripens: inJournal(world, point) && !device.sectors.starts.includes(what.offset),
    boots: 0,
  };
};

const inJournal = (world: World, { what: { device, offset } }: Point): boolean => {
  const { journal } = world.profile;
  const { starts } = world.flash.devices[journal.device]!.sectors;
  return (
    device === journal.device &&
    offset >= starts[journal.from]! &&
    offset < starts[journal.from + journal.count]!
  );
};

const inSeal = (world: World, point: Point): boolean =>
  inJournal(world, point) && point.what.bytes?.[0] === RecordType.Seal;

/** The board as it is when it starts again after a fault that stopped it at a point. Throws if the fault did not fire. */
export const successor = (world: World, point: Point, fault: Fault): WorldState => {
  const kind = kindOf(fault);
  if (goesOn(fault)) throw new Error(`${fault.name} does not stop the board`);
  worldLoad(world, point.before);
  world.onOperation = null;
  const { power } = world.flash;
  if (kind.stops !== 'before') {
    const { what } = point;
    const device = world.flash.devices[what.device]!;
    const old = device.bytes.slice(what.offset, what.offset + what.length);
    const { torn, erase } = kind;
    const inside = kind.stops === 'inside';
    const unit = kind.whole === true ? what.units - 1 : fault.unit;
    power.cutAt({
      operation: 0,
      where: inside ? 'inside' : 'after',
      unit,
      torn,
      erase,
      seed: seedAt(point, fault),
    });
    perform(world, point);
    if (!power.cutFired) throw new Error(`the fault did not fire: ${fault.name}`);
    power.powerOn();
    if (inside) world.places = [...world.places, placeOf(world, point, fault, old)];
    if (inside && inSeal(world, point)) world.sealCuts++;
  }
  world.cause = kind.cause ?? Reset.Power;
  world.cuts++;
  return worldSave(world);
};
