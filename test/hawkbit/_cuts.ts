/** A whole update by hawkBit, cut at one place, and what must be true of it then. */
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import { bad, files, good, image, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

export interface Course {
  readonly name: string;
  readonly options: WorldOptions;
  readonly assignment: World['desk']['assign'] extends (one: infer A) => void ? A : never;
  readonly ends: string;
  readonly sequence: number;
}

const UNHEALTHY: WorldOptions = { behaviours: [[image(3), { kind: 'failsCheck', ticks: 2 }]] };
const CRASHES: WorldOptions = { behaviours: [[image(3), { kind: 'crashesAtStart' }]] };
const GOOD = { id: '7', files: files(good) };
const BAD = { id: '8', files: files(bad) };

export const COURSES: readonly Course[] = [
  { name: 'healthy', options: {}, assignment: GOOD, ends: 'closed success', sequence: 2 },
  {
    name: 'fails its check',
    options: UNHEALTHY,
    assignment: BAD,
    ends: `closed failure ${Err.CheckFailed}`,
    sequence: 1,
  },
  {
    name: 'crashes',
    options: CRASHES,
    assignment: BAD,
    ends: `closed failure ${Err.AttemptsSpent}`,
    sequence: 1,
  },
];

const begun = ({ options, assignment }: Course, keep: 'flash' | 'none'): World => {
  const world = new World({ ...options, keep });
  world.desk.assign(assignment);
  // The board has booted before anything is counted.
  world.device.step(0);
  return world;
};

/** What is true of it whatever was cut: of the board, and of what the server was told. */
const holds = (t: ExecutionContext, world: World, course: Course, what: string): void => {
  t.true(world.settles(), `${what}: it does not come to an end: ${world.told.join(', ')}`);
  t.deepEqual(world.wrong, [], what);
  t.is(world.sequence, course.sequence, what);
  t.is(world.told.at(-1), course.ends, `${what}: ${world.told.join(', ')}`);
  const ends = world.told.filter((one) => one.startsWith('closed'));
  t.deepEqual([...new Set(ends)], [course.ends], what);
};

/** Operations of all flash of the board, the record's with it, of a course without a cut. */
export const operationsOf = (course: Course, keep: 'flash' | 'none'): number => {
  const world = begun(course, keep);
  const { power } = world.board.flash;
  const before = power.operations;
  world.settles();
  return power.operations - before;
};

export const cutAt = (t: ExecutionContext, course: Course, keep: 'flash' | 'none', plan: CutPlan): void => {
  const world = begun(course, keep);
  const { power } = world.board.flash;
  power.cutAt(plan);
  const what = `${course.name}, keep ${keep}, ${JSON.stringify(plan)}`;
  world.run(() => power.cutFired, 1_000_000);
  t.true(power.cutFired, `${what}: it was not cut`);
  holds(t, world, course, what);
};

export const requestsOf = (course: Course, keep: 'flash' | 'none'): number => {
  const world = begun(course, keep);
  world.settles();
  return world.requests;
};

/** The server has the request, and the board loses power before it hears the answer. */
export const dieAt = (t: ExecutionContext, course: Course, keep: 'flash' | 'none', request: number): void => {
  const world = begun(course, keep);
  world.dieAt = request;
  const what = `${course.name}, keep ${keep}, dies at request ${request}`;
  world.run(() => world.died, 1_000_000);
  t.true(world.died, `${what}: it did not die`);
  holds(t, world, course, what);
};
