/** Leads a board through a trace of faults once more, and says what it does; cuts a trace down to what it takes. */
import type { BoardProfile } from '../../hal/node/boards.ts';
import { drawWorld } from './draw.ts';
import { goesOn } from './fault.ts';
import type { Planned } from './fault.ts';
import { live } from './life.ts';
import type { Prepared } from './prepare.ts';
import { prepare } from './prepare.ts';
import { successor } from './successor.ts';
import type { Point } from './successor.ts';
import { Violation } from './violation.ts';
import { worldLoad, worldOpen } from './world.ts';
import type { World, WorldState } from './world.ts';

export interface Case extends Prepared {
  readonly profile: BoardProfile;
  readonly trace: readonly Planned[];
}

export class NoSuchPoint extends Error {
  override readonly name = 'NoSuchPoint';
}

interface Led {
  readonly points: readonly Point[];
  readonly violation: Violation | undefined;
}

const lead = (world: World, given: Case, fault: Planned | undefined, say: (words: string) => void): Led => {
  const points: Point[] = [];
  try {
    live(world, { ...given, fault, onPoint: (point) => points.push(point), say });
    return { points, violation: undefined };
  } catch (error) {
    if (error instanceof Violation) return { points, violation: error };
    throw error;
  }
};

const quiet = (): void => {};

/** The violation that a trace leads to, if any. Throws `NoSuchPoint` where a life has no operation of that number. */
export const replay = (given: Case, say: (words: string) => void = quiet): Violation | undefined => {
  const world = worldOpen(given.profile);
  let state: WorldState = prepare(world, given);
  const picture = (words: string): void => say(`${words}\n${drawWorld(given.profile, state, given.stock)}`);
  picture('the board before');
  let running: Planned | undefined;
  for (const [nth, planned] of given.trace.entries()) {
    if (goesOn(planned.fault)) {
      running = planned;
      continue;
    }
    worldLoad(world, state);
    const { points, violation } = lead(world, given, running, quiet);
    const point = points[planned.operation];
    if (point === undefined) {
      if (violation !== undefined) return violation;
      throw new NoSuchPoint(
        `fault ${nth + 1}: this life has ${points.length} operations, not ${planned.operation}`,
      );
    }
    const { kind, device, offset, length } = point.what;
    state = successor(world, point, planned.fault);
    running = undefined;
    picture(
      `fault ${nth + 1}, ${planned.fault.name}, at operation ${planned.operation}: ${kind} of ${length} bytes at ${offset} of ${device}`,
    );
  }
  worldLoad(world, state);
  const { violation } = lead(world, given, running, (words) => say(`  ${words}`));
  if (violation === undefined) say('the laws hold');
  else say(`BROKEN ${violation.invariant}: ${violation.message}`);
  return violation;
};

/** The shortest part of a trace that still breaks the law. */
export const shorten = (given: Case, invariant: string): readonly Planned[] => {
  const breaks = (trace: readonly Planned[]): boolean => {
    try {
      return replay({ ...given, trace })?.invariant === invariant;
    } catch (error) {
      if (error instanceof NoSuchPoint) return false;
      throw error;
    }
  };
  for (let leftOut = 0; leftOut < given.trace.length; leftOut++) {
    const trace = given.trace.filter((_, nth) => nth !== leftOut);
    if (trace.length > 0 && breaks(trace)) return shorten({ ...given, trace }, invariant);
  }
  return given.trace;
};
