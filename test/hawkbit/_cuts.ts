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
  /** What happened to it before. */
  readonly before?: (world: World) => void;
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
  {
    // The event in the agent's report is of this manifest before anything of this action has happened.
    name: 'went back once for want of network',
    options: {},
    assignment: { ...GOOD, id: '9' },
    ends: 'closed success',
    sequence: 2,
    before(world) {
      world.board.network = false;
      world.desk.assign(GOOD);
      world.run(() => world.told.at(-1) === `closed failure ${Err.NoNetwork}`);
      world.board.network = true;
      // The agent backs off for an hour.
      world.pass(3_700_000);
    },
  },
];

const begun = (course: Course, keep: 'flash' | 'none'): World => {
  const { options, assignment } = course;
  const world = new World({ ...options, keep });
  course.before?.(world);
  world.desk.told.length = 0;
  world.requests = 0;
  world.desk.assign(assignment);
  // The board has booted before anything is counted.
  world.device.step(world.now);
  return world;
};

/** What is true of it whatever was cut: of the board, and of what the server was told. */
const holds = (t: ExecutionContext, world: World, course: Course, what: string): void => {
  t.true(world.finishes(), `${what}: it does not come to an end: ${world.told.join(', ')}`);
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
  world.finishes();
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
  world.finishes();
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
