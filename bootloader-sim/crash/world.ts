/**
 * A board as the checker sees it: all that outlives a reset, what has been promised to the outside, and what a cut has
 * left undefined. It can be put back to any state it was in, at the cost of the sectors that differ.
 */
import { Reset } from '../../agent/codes.ts';
import { openBoard } from '../../hal/node/boards.ts';
import type { BoardFlash, BoardImage, BoardProfile } from '../../hal/node/boards.ts';
import type { NorFlash } from '../../hal/node/nor-flash.ts';
import type { Operation } from '../../hal/node/power.ts';
import { badBoot, badRead, placeBoot, placeRead } from './place.ts';
import type { BadUnit, Place } from './place.ts';

/** What the world outside knows, and holds the board to. Replaced, never changed. */
export interface Facts {
  /** The image that has to run at the next boot; undefined: either of the two. */
  readonly must: string | undefined;
  /** The image that was on trial last, until it is known how that ended. */
  readonly tried: string | undefined;
  /** Images confirmed so far. */
  readonly confirmed: readonly string[];
  /** Images that were reverted for good, as the board itself has reported. */
  readonly refused: readonly string[];
  /** Images whose install the board has refused for a reason that is not the image's: a worn flash, say. */
  readonly turnedAway: readonly string[];
  /** Both images were spoiled from outside. */
  readonly ruined: boolean;
  /** The image that ran was. */
  readonly rotted: boolean;
  /** Boots on trial of each image, and those of them that count against it. */
  readonly trials: Readonly<Record<string, number>>;
  readonly burned: Readonly<Record<string, number>>;
}

export interface WorldState {
  readonly flash: BoardImage;
  readonly counter: number;
  readonly cause: number;
  readonly places: readonly Place[];
  readonly bad: readonly BadUnit[];
  /** The step of the scenario that is under way. */
  readonly progress: number;
  readonly facts: Facts;
  /** Cuts so far, and those of them inside a seal of the journal. */
  readonly cuts: number;
  readonly sealCuts: number;
  /** Whether a flash operation was ignored, or a unit went bad: then a named refusal will do. */
  readonly worn: boolean;
}

/** A range of a device, from `from` up to, and without, `to`. */
export interface Range {
  readonly device: string;
  readonly from: number;
  readonly to: number;
}

/** A slot: its image, and its tail where that does not follow. */
export interface SlotRange extends Range {
  readonly tail?: Range | undefined;
}

export interface World {
  readonly profile: BoardProfile;
  readonly flash: BoardFlash;
  readonly counter: { value: number };
  cause: number;
  places: readonly Place[];
  bad: readonly BadUnit[];
  progress: number;
  facts: Facts;
  cuts: number;
  sealCuts: number;
  worn: boolean;
  /** Calls that broke the flash contract before this life. */
  misusesBefore: number;
  /** Reads since the boot began: what makes an unstable read differ from the one before. */
  reads: number;
  /** The next operation is silently not done. */
  ignoreNext: boolean;
  /** Until the next reset no operation is done, and each is refused. */
  low: boolean;
  /** A bootloader of another make is at work. */
  foreign: boolean;
  /** Told of each flash operation before it begins. */
  onOperation: ((operation: Operation) => void) | null;
  /** What of a faulted operation has not been erased since, and whether the board has looked at it. */
  watched: Range[];
  touched: boolean;
}

export const NO_FACTS: Facts = {
  must: undefined,
  tried: undefined,
  confirmed: [],
  refused: [],
  turnedAway: [],
  ruined: false,
  rotted: false,
  trials: {},
  burned: {},
};

export const overlaps = (one: Range, device: string, from: number, to: number): boolean =>
  one.device === device && one.from < to && one.to > from;

/** What of a range lies in `from..to`, where there is something. */
type Part<Some> = (one: Some, from: number, to: number) => Some;

const rangePart: Part<Range> = (range, from, to) => ({ ...range, from, to });

const placePart: Part<Place> = (place, from, to) => {
  const part = (bytes: Uint8Array): Uint8Array => bytes.subarray(from - place.from, to - place.from);
  return { ...place, from, to, old: part(place.old), wanted: part(place.wanted) };
};

/** Takes the erased `from..to` of a device out of a list: of each range, what lies before and behind it stays. */
const without = <Some extends Range>(
  list: readonly Some[],
  part: Part<Some>,
  { device, from, to }: Range,
): Some[] =>
  list.flatMap((one) => {
    if (!overlaps(one, device, from, to)) return [one];
    const before = one.from < from ? [part(one, one.from, from)] : [];
    return to < one.to ? [...before, part(one, to, one.to)] : before;
  });

/** A program may reach over several sectors, and its place goes away sector by sector. */
const erased = (world: World, range: Range): void => {
  world.watched = without(world.watched, rangePart, range);
  if (world.places.length > 0) world.places = without(world.places, placePart, range);
};

const installFaults = (world: World, device: NorFlash): void => {
  device.fault = {
    program(offset, length) {
      if (world.low) return 'failed';
      if (world.ignoreNext) {
        world.ignoreNext = false;
        return 'ignored';
      }
      const refused = world.bad.some(
        (bad) => bad.way === 'refused' && overlaps(bad, device.name, offset, offset + length),
      );
      return refused ? 'failed' : 'done';
    },
    erase(sector) {
      if (world.low) return 'failed';
      if (world.ignoreNext) {
        world.ignoreNext = false;
        return 'ignored';
      }
      const [from, to] = [device.sectors.starts[sector]!, device.sectors.starts[sector + 1]!];
      const worn = world.bad.filter((bad) => overlaps(bad, device.name, from, to));
      if (worn.some(({ way }) => way === 'unerasable')) return 'failed';
      if (worn.some(({ way }) => way === 'stuck')) return 'ignored';
      erased(world, { device: device.name, from, to });
      return 'done';
    },
  };
};

/**
 * Puts the read hooks in or out, as places, bad units and the watch ask: most reads of a sweep have nothing to disturb.
 */
const hookReads = (world: World): void => {
  const wanted = world.places.length > 0 || world.bad.length > 0 || world.watched.length > 0;
  for (const device of Object.values(world.flash.devices)) {
    const { program, erase } = device.fault!;
    device.fault = { program, erase, ...(wanted && { read: reader(world, device) }) };
  }
};

const reader =
  (world: World, device: NorFlash) =>
  (into: Uint8Array, offset: number): void => {
    const to = offset + into.length;
    world.reads++;
    if (!world.touched && world.watched.some((one) => overlaps(one, device.name, offset, to)))
      world.touched = true;
    for (const place of world.places)
      if (place.device === device.name) placeRead(place, into, offset, world.reads);
    for (const bad of world.bad) if (bad.device === device.name) badRead(bad, into, offset);
  };

export const worldOpen = (profile: BoardProfile): World => {
  const flash = openBoard(profile);
  const world: World = {
    profile,
    flash,
    counter: { value: 0 },
    cause: Reset.Power,
    places: [],
    bad: [],
    progress: 0,
    facts: NO_FACTS,
    cuts: 0,
    sealCuts: 0,
    worn: false,
    misusesBefore: 0,
    reads: 0,
    ignoreNext: false,
    low: false,
    foreign: false,
    onOperation: null,
    watched: [],
    touched: false,
  };
  flash.power.trace = (operation) => {
    const { device, kind, offset, length } = operation;
    if (kind === 'program' && world.watched.some((one) => overlaps(one, device, offset, offset + length)))
      world.touched = true;
    world.onOperation?.(operation);
  };
  for (const device of Object.values(flash.devices)) installFaults(world, device);
  return world;
};

export const worldSave = (world: World): WorldState => ({
  flash: world.flash.save(),
  counter: world.counter.value,
  cause: world.cause,
  places: world.places,
  bad: world.bad,
  progress: world.progress,
  facts: world.facts,
  cuts: world.cuts,
  sealCuts: world.sealCuts,
  worn: world.worn,
});

export const worldLoad = (world: World, state: WorldState): void => {
  world.flash.power.cancelCut();
  world.flash.power.powerOn();
  world.flash.load(state.flash);
  world.counter.value = state.counter;
  world.cause = state.cause;
  world.places = state.places;
  world.bad = state.bad;
  world.progress = state.progress;
  world.facts = state.facts;
  world.cuts = state.cuts;
  world.sealCuts = state.sealCuts;
  world.worn = state.worn;
  world.misusesBefore = world.flash.misuses();
  world.ignoreNext = false;
  world.low = false;
  world.watched = [];
  world.touched = false;
};

/** Power, or whatever stopped the board, is back. */
export const worldBoot = (world: World): void => {
  world.flash.power.powerOn();
  world.low = false;
  world.foreign = false;
  world.reads = 0;
  if (world.places.length > 0) world.places = world.places.map(placeBoot);
  if (world.bad.length > 0) world.bad = world.bad.map(badBoot);
  hookReads(world);
};

/** A unit goes bad, in mid-boot. */
export const worldWear = (world: World, bad: BadUnit): void => {
  world.bad = [...world.bad, bad];
  hookReads(world);
};

/** From here on the board is told apart by what it reads or programs in the range before it erases it. */
export const worldWatch = (world: World, range: Range): void => {
  world.watched = [range];
  world.touched = false;
  hookReads(world);
};

/**
 * Whether a range lies on a place that a cut left undefined: right today, it may be wrong tomorrow. A worn unit is
 * wrong at once, and the proof at each boot is against that.
 */
export const unsound = (world: World, { device, from, to }: Range): boolean =>
  world.places.some((place) => overlaps(place, device, from, to));

/** Whether a unit that was right when it was proven has gone bad since: a record that named a range may be lost. */
export const rots = ({ bad }: { readonly bad: readonly BadUnit[] }): boolean =>
  bad.some(({ way }) => way === 'later');

/**
 * Whether what was said to be done must stay done. Not after more cuts in a row inside a seal than a journal of so many
 * sectors can tell apart (docs/DESIGN.md 7.4, rule 2), nor when what was proven or sealed rots, nor when a swap board
 * has a unit that takes nothing: then the exchange is undone. Old or new, proven and above the floor, it must be for
 * ever.
 */
export const promises = (
  { journal, swap }: BoardProfile,
  state: { readonly sealCuts: number; readonly bad: readonly BadUnit[] },
): boolean => state.sealCuts <= journal.count - 2 && !rots(state) && !(swap === true && state.bad.length > 0);

/**
 * Whether no boot logic can help: both images are gone, or a unit of the one slot that runs has worn out, or it cannot
 * be filled on this supply.
 */
export const beyond = (world: World, running: Range): boolean =>
  world.facts.ruined ||
  (world.profile.swap === true &&
    (world.low || world.bad.some(({ device, from, to }) => overlaps(running, device, from, to))));
