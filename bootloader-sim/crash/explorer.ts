/**
 * Explores what faults make of a scenario on a board.
 *
 * A life without fault gives the points: each flash operation it begins. Each fault at each point leaves a state, in
 * which the board starts again; the life from there is held against the laws, and gives the points of the next depth.
 * The sweep ends because states that are one are lived once:
 *
 * - states with the same hash (state-hash.ts);
 * - a life that comes to a start of the board from which one was lived to its end stops there;
 * - all tears of one operation are one if the board erases the place before it has read or programmed any of it;
 * - for the next depth: states in which records read alike and that led the same life, operation by operation.
 */
import { random } from '../../hal/node/faults.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { FAULT_NAMES, faultsOf, goesOn, kindOf, tears, traceText } from './fault.ts';
import type { Fault, FaultName, FaultScope, Planned } from './fault.ts';
import type { Instance } from './instance.ts';
import { live } from './life.ts';
import type { Life } from './life.ts';
import { ofBootloader } from './owner.ts';
import { prepare } from './prepare.ts';
import type { Scenario } from './scenario.ts';
import type { Stock } from './stock.ts';
import { classHash, exactHash } from './state-hash.ts';
import { foreign, rangeOf, successor } from './successor.ts';
import type { Point } from './successor.ts';
import { Violation } from './violation.ts';
import { worldLoad, worldOpen, worldWatch } from './world.ts';
import type { World, WorldState } from './world.ts';

export interface Budget {
  /** Faults one after another, exhaustively. */
  readonly depth: number;
  /** Program units tried in one operation at the first depth; at the deeper ones. */
  readonly units: number;
  readonly deepUnits: number;
  /** Every so manyth fault at the first depth; at the deeper ones. 1: all. */
  readonly stride: number;
  readonly deepStride: number;
  /** Lives of three faults drawn by seed. */
  readonly draws: number;
  readonly seed: number;
  readonly only?: ReadonlySet<FaultName> | undefined;
  /** Ends at the first violation. */
  readonly first?: boolean | undefined;
}

export interface Job {
  readonly profile: BoardProfile;
  readonly scenario: Scenario;
  readonly stock: Stock;
  readonly instance: Instance;
  readonly budget: Budget;
  readonly onState?: ((states: number) => void) | undefined;
}

export interface Found {
  readonly invariant: string;
  readonly words: string;
  readonly trace: readonly Planned[];
  /** Of a bootloader of another make: not the agent's doing. */
  readonly foreign: boolean;
}

export interface Row {
  /** States that came of it and were lived, or found to have been lived. */
  states: number;
  fired: number;
  violations: number;
}

export interface Explored {
  readonly rows: Readonly<Record<FaultName, Row>>;
  /** Lives led. */
  readonly states: number;
  /** Faults whose state was known before, or could not be told apart from one that was. */
  readonly merged: number;
  readonly violations: readonly Found[];
}

interface Waiting {
  readonly start: WorldState;
  readonly points: readonly Point[];
  readonly trace: readonly Planned[];
}

interface Search {
  readonly job: Job;
  readonly world: World;
  readonly rows: Record<FaultName, Row>;
  /** By hash: the least depth at which the state was lived; its points have been faulted from there on. */
  readonly lived: Map<string, number>;
  readonly seen: Map<string, number>;
  readonly classes: Map<string, number>;
  readonly points: Map<string, number>;
  /** What is to be faulted next, the shortest traces first: so the first violation found is one of the shortest. */
  readonly waiting: Waiting[];
  readonly violations: Found[];
  /** Of violations: told once for each law and last kind of fault. */
  readonly told: Set<string>;
  states: number;
  merged: number;
  count: number;
}

/** Whether something was done at that depth or nearer to the start; if not, it is now. */
const done = (map: Map<string, number>, key: string, depth: number): boolean => {
  const before = map.get(key);
  if (before !== undefined && before <= depth) return true;
  map.set(key, depth);
  return false;
};

const enough = (search: Search): boolean =>
  search.job.budget.first === true && search.violations.some((found) => !found.foreign);

const tell = (search: Search, error: unknown, trace: readonly Planned[]): void => {
  if (!(error instanceof Violation))
    throw new Error(`${traceText(trace)}: ${String(error)}`, { cause: error });
  const name = trace.at(-1)?.fault.name;
  const ofOthers = ofBootloader(search.world, error, trace);
  if (name !== undefined && !ofOthers) search.rows[name].violations++;
  const key = `${error.invariant} ${name} ${ofOthers}`;
  if (search.told.has(key)) return;
  search.told.add(key);
  search.violations.push({ invariant: error.invariant, words: error.message, trace, foreign: ofOthers });
};

interface Lived {
  readonly life: Life;
  readonly points: readonly Point[];
  readonly touched: boolean;
}

/** A life from where the world is; undefined where it broke a law. */
const lead = (
  search: Search,
  trace: readonly Planned[],
  wantsPoints: boolean,
  fault?: Planned,
): Lived | undefined => {
  const { job, world } = search;
  const depth = trace.length;
  const points: Point[] = [];
  search.states++;
  job.onState?.(search.states);
  try {
    const life = live(world, {
      scenario: job.scenario,
      stock: job.stock,
      instance: job.instance,
      fault,
      onPoint: wantsPoints ? (point) => points.push(point) : undefined,
      // What a first fault leaves is always lived: that states are one rests on what is known of sound code.
      liveAtLeast: depth <= 1 ? 1 : 0,
      known: (hash) => (search.lived.get(hash) ?? Infinity) <= depth,
    });
    // Where a life that is known goes on before the place was erased, nothing is known of the others.
    const touched = world.touched || (life.merged && world.watched.length > 0);
    if (fault !== undefined && !life.faultFired) throw new Error('the fault did not fire');
    for (const hash of life.starts) done(search.lived, hash, depth);
    return { life, points, touched };
  } catch (error) {
    tell(search, error, trace);
    return undefined;
  }
};

const scopeOf = ({ job: { budget } }: Search, depth: number): FaultScope => ({
  only: budget.only,
  wide: depth === 1,
  units: depth === 1 ? budget.units : budget.deepUnits,
  seed: budget.seed,
});

/**
 * Operations: a second fault is tried so near after one that leaves the board running, and most often so early in a
 * recovery, which is most tender at its beginning.
 */
const NEAR = 8;

/** One fault at a point, the life that follows, and what more there is to try in it. Whether the place was looked at. */
const visit = (
  search: Search,
  start: WorldState,
  point: Point,
  fault: Fault,
  before: readonly Planned[],
): boolean => {
  const { world, rows, job } = search;
  const trace = [...before, { operation: point.operation, fault, foreign: foreign(point, fault) }];
  const depth = trace.length;
  const deeper = depth < job.budget.depth && (!goesOn(fault) || kindOf(fault).nests === true);
  const row = rows[fault.name];
  let state = start;
  if (!goesOn(fault)) {
    state = successor(world, point, fault);
    row.fired++;
    row.states++;
    if (done(search.seen, exactHash(job.profile, state), depth)) {
      search.merged++;
      return true;
    }
  }
  worldLoad(world, state);
  if (tears(fault)) worldWatch(world, rangeOf(point));
  const running = goesOn(fault) ? trace.at(-1) : undefined;
  const lived = lead(search, trace, deeper, running);
  if (running !== undefined && lived !== undefined) {
    row.fired++;
    row.states++;
  }
  if (lived === undefined) return true;
  const { life, points, touched } = lived;
  if (deeper && !done(search.classes, `${classHash(job.profile, state)} ${life.course}`, depth)) {
    const near = ({ operation }: Point): boolean =>
      operation > point.operation && operation <= point.operation + NEAR;
    const after = running === undefined ? points : points.filter(near);
    search.waiting.push({ start: state, points: after, trace });
  }
  return touched;
};

/** All faults of one point. */
const faultPoint = (search: Search, start: WorldState, point: Point, trace: readonly Planned[]): void => {
  const { budget } = search.job;
  const stride = trace.length === 0 ? budget.stride : budget.deepStride;
  // Tears that the board cannot tell apart are tried once for each cause of the reset.
  const alike = new Set<number | undefined>();
  for (const fault of faultsOf(point.what, scopeOf(search, trace.length + 1))) {
    if (enough(search)) return;
    const { cause } = kindOf(fault);
    if (tears(fault) && alike.has(cause)) {
      search.merged++;
      continue;
    }
    if (search.count++ % stride !== 0) continue;
    const touched = visit(search, start, point, fault, trace);
    if (tears(fault) && !touched) alike.add(cause);
  }
};

const pointKey = ({ job: { profile } }: Search, { what, before }: Point): string =>
  `${classHash(profile, before)} ${what.device} ${what.kind} ${what.offset} ${what.length}`;

const faultAll = (search: Search, { start, points, trace }: Waiting): void => {
  const depth = trace.length + 1;
  for (const point of points) {
    if (enough(search)) return;
    if (!done(search.points, pointKey(search, point), depth)) faultPoint(search, start, point, trace);
  }
};

const pick = <T>(list: readonly T[], draw: number): T | undefined => list[draw % Math.max(1, list.length)];

/** Lives with as many faults as `length`, drawn by seed: each in the recovery from the one before. */
const draw = (
  search: Search,
  start: WorldState,
  first: readonly Point[],
  seed: number,
  length: number,
): void => {
  const next = random(seed);
  let trace: readonly Planned[] = [];
  let state = start;
  let points = first;
  for (let depth = 1; depth <= length && points.length > 0; depth++) {
    const near = depth > 1 && (next() & 3) !== 0 ? points.slice(0, NEAR) : points;
    const point = pick(near, next())!;
    const scope = { ...scopeOf(search, 2), units: 4, seed: next() };
    const faults = [...faultsOf(point.what, scope)];
    const fault = pick(faults, next());
    if (fault === undefined) return;
    trace = [...trace, { operation: point.operation, fault, foreign: foreign(point, fault) }];
    state = successor(search.world, point, fault);
    search.rows[fault.name].fired++;
    search.rows[fault.name].states++;
    worldLoad(search.world, state);
    const lived = lead(search, trace, depth < length);
    if (lived === undefined) return;
    points = lived.points;
  }
};

export const DRAWN = 3;

export const explore = (job: Job): Explored => {
  const world = worldOpen(job.profile);
  const search: Search = {
    job,
    world,
    rows: Object.fromEntries(
      FAULT_NAMES.map((name) => [name, { states: 0, fired: 0, violations: 0 }]),
    ) as Record<FaultName, Row>,
    lived: new Map(),
    seen: new Map(),
    classes: new Map(),
    points: new Map(),
    violations: [],
    waiting: [],
    told: new Set(),
    states: 0,
    merged: 0,
    count: job.budget.seed - 1,
  };
  const start = prepare(world, job);
  worldLoad(world, start);
  const life = lead(search, [], true);
  if (life !== undefined) {
    if (job.budget.depth > 0) search.waiting.push({ start, points: life.points, trace: [] });
    for (let next = search.waiting.shift(); next !== undefined; next = search.waiting.shift())
      faultAll(search, next);
    for (let nth = 0; nth < job.budget.draws && !enough(search); nth++)
      draw(search, start, life.points, job.budget.seed * 1_000_003 + nth, DRAWN);
  }
  const { rows, states, merged, violations } = search;
  return { rows, states, merged, violations };
};
