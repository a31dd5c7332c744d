/**
 * A life: boots, one after another, from a state of the board until it is at rest with all done that the world outside
 * wants. Held against the laws at every boot, at every flash operation, and at rest.
 */
import { Event, NO_SLOT, Reset } from '../../agent/codes.ts';
import type { Operation } from '../../hal/node/power.ts';
import * as Err from '../../agent/err.ts';
import { bootCheck, bootStart } from './boot.ts';
import type { Boot } from './boot.ts';
import { kindOf } from './fault.ts';
import type { Planned } from './fault.ts';
import type { Instance } from './instance.ts';
import { atRest, counted, hold } from './invariants.ts';
import type { Scenario, Step, Told } from './scenario.ts';
import { install, restart } from './steps.ts';
import type { Stock } from './stock.ts';
import { pointAt } from './successor.ts';
import type { Point } from './successor.ts';
import { stateHash } from './state-hash.ts';
import { trial } from './trial.ts';
import { Violation } from './violation.ts';
import { promises, worldSave, worldWear } from './world.ts';
import type { World } from './world.ts';

/** A good release that any board has to take when all else is over. */
export const LAST = 'last';

export interface LifeOptions {
  readonly scenario: Scenario;
  readonly stock: Stock;
  readonly instance: Instance;
  /** A fault that leaves the board running. */
  readonly fault?: Planned | undefined;
  /** Told of each place for a fault. */
  readonly onPoint?: ((point: Point) => void) | undefined;
  /** Asked at each start of the board: whether this state has been lived to its end before. */
  readonly known?: ((hash: string) => boolean) | undefined;
  /** Boots that are lived even where the state is known. */
  readonly liveAtLeast?: number | undefined;
  readonly say?: ((words: string) => void) | undefined;
}

export interface Life {
  readonly operations: number;
  /** Hash of the board at each start. */
  readonly starts: readonly string[];
  /** What it did, operation by operation. */
  readonly course: string;
  /** Whether it ran into a life that is known. */
  readonly merged: boolean;
  readonly faultFired: boolean;
}

/** Boots after which a life counts as one that never comes to rest. */
const BOOTS_MOST = 60;

interface Living {
  readonly world: World;
  readonly options: LifeOptions;
  readonly told: Told;
  readonly starts: string[];
  readonly course: string[];
  operations: number;
  faultFired: boolean;
}

const RUNS_BAD: readonly number[] = [Reset.Watchdog, Reset.Crash, Reset.Unknown];

const plus = (counts: Readonly<Record<string, number>>, name: string): Record<string, number> => ({
  ...counts,
  [name]: (counts[name] ?? 0) + 1,
});

/** A list of names with one more in it, in an order that does not tell how it came. */
const joined = (names: readonly string[], name: string): readonly string[] =>
  [...new Set([...names, name])].sort();

/** Whether all that is tested is over, and only the good release is still to come. */
const tested = (living: Living): boolean => living.world.progress >= living.options.scenario.steps.length;

const onOperation = (living: Living, operation: Operation): void => {
  const { world, options } = living;
  const { device, kind, offset, length } = operation;
  const number = living.operations++;
  living.course.push(`${device} ${kind} ${offset} ${length}`);
  // What is refused cannot be torn.
  const place = !tested(living) && !world.low;
  if (options.onPoint !== undefined && place) options.onPoint(pointAt(world, number, operation));
  if (options.fault?.operation === number) strike(living, operation);
};

/** A fault that leaves the board running. */
const strike = (living: Living, operation: Operation): void => {
  const { world, options } = living;
  const { fault } = options.fault!;
  const kind = kindOf(fault);
  world.worn = true;
  living.faultFired = true;
  if (kind.ignored) world.ignoreNext = true;
  if (kind.low) world.low = true;
  if (kind.bad === undefined) return;
  const { device, offset, length, units } = operation;
  const unit = operation.kind === 'erase' ? length : length / units;
  const from = offset + Math.min(fault.unit, units - 1) * unit;
  worldWear(world, { device, from, to: from + unit, way: kind.bad, later: false });
};

/** What the world outside learns from a boot. */
const learn = (boot: Boot): void => {
  const { world, image, decision } = boot;
  const { facts } = world;
  const name = image!.name;
  if (decision.trial) {
    world.facts = {
      ...facts,
      must: undefined,
      tried: name,
      trials: plus(facts.trials, name),
      burned: RUNS_BAD.includes(world.cause) ? plus(facts.burned, name) : facts.burned,
    };
  } else {
    // What a cut left in the journal may come true later than the boot after it, until something else is written. It
    // has come true where the agent, which reads the journal once more, has written a trial anew.
    const written = (): boolean => boot.operations > 0 && counted(boot)?.state.trial === NO_SLOT;
    const settled = !world.low && (!world.places.some(({ ripens }) => ripens) || written());
    world.facts = {
      ...facts,
      must: settled ? name : undefined,
      confirmed: joined(facts.confirmed, name),
    };
  }
};

/** What manners end in, as the board has to report it. Any of them may burn its attempts in resets that were injected. */
const WHY = {
  fails: [Err.CheckFailed],
  rejects: [Err.Rejected],
  crashes: [Err.AttemptsSpent],
  hangs: [Err.AttemptsSpent],
  idle: [Err.BootsSpent],
  brownouts: [Err.BootsSpent],
} as const;

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Holds the report of a board that went back against what happened to it. */
const reported = (boot: Boot, { scenario, say }: Told): void => {
  const { world, stock, agent } = boot;
  const report = boot.flipside.reportNew();
  agent!.report(report);
  const { tried } = world.facts;
  world.facts = { ...world.facts, tried: undefined };
  if (report.event !== Event.Reverted) {
    const back = tried !== undefined && tried !== boot.image!.name;
    if (!back || world.worn || !promises(world.profile, world)) return;
    throw new Violation(
      'cause-reported',
      `${tried} was on trial, ${boot.image!.name} runs, and nobody says why`,
    );
  }
  const release = Object.values(stock.releases).find(({ manifestDigest }) =>
    same(manifestDigest, report.digest),
  );
  say(`report: ${release?.name ?? report.to} reverted, ${report.code}`);
  const manner = release === undefined ? undefined : scenario.manners?.[release.name];
  const why = WHY[manner as keyof typeof WHY] as readonly number[] | undefined;
  const injected = world.cuts > 0 || world.worn;
  const right = why?.includes(report.code) ?? false;
  if (release === undefined || !(right || (injected && report.code < 0)))
    throw new Violation(
      'cause-reported',
      `reverted ${report.to} for ${report.code}, which is ${manner ?? 'healthy'}`,
    );
  const final: readonly number[] = [Err.AttemptsSpent, Err.CheckFailed, Err.Rejected, Err.WindowOver];
  const list = final.includes(report.code) ? 'refused' : 'turnedAway';
  world.facts = { ...world.facts, [list]: joined(world.facts[list], release.name) };
};

/** The steps that are wanted now, in one boot. Whether there are no more. */
const steps = (living: Living, boot: Boot, all: readonly Step[]): boolean => {
  const { world, told } = living;
  while (world.progress < all.length) {
    const outcome = all[world.progress]!.act(boot, told);
    bootCheck(boot);
    if (outcome !== 'again') world.progress++;
    if (outcome !== 'again' && world.progress === told.scenario.steps.length) ending(living, boot);
    if (outcome !== 'next') return false;
  }
  return true;
};

/** What runs when the scenario is over. */
const ending = ({ world, told: { scenario } }: Living, boot: Boot): void => {
  const { refused, turnedAway } = world.facts;
  const spoiled = world.worn || refused.length + turnedAway.length > 0 || world.cuts > 1;
  if (boot.image!.name === scenario.ends || spoiled) return;
  throw new Violation('ends-as-wanted', `${boot.image!.name} runs in the end, and not ${scenario.ends}`);
};

/** A boot after the last: it has nothing to do. On flash that reads differently each time it may have, once. */
const rest = (living: Living): void => {
  const { world } = living;
  for (let tries = 0; ; tries++) {
    world.cause = Reset.Power;
    const boot = start(living);
    const given = { boot, operations: boot.operations };
    const unsteady = world.places.length > 0 || world.worn;
    if (tries === 0 && unsteady && given.operations > 0) continue;
    if (world.worn && given.operations > 0) return;
    hold(atRest, given);
    if (boot.image!.name !== LAST && world.facts.turnedAway.length === 0)
      throw new Violation(
        'update-taken',
        `${boot.image!.name} runs in the end, and not the last good release`,
      );
    living.told.say(`at rest after ${living.operations} operations`);
    return;
  }
};

const start = (living: Living): Boot => {
  const { world, options } = living;
  const boot = bootStart(world, options.stock, options.instance, (operation) =>
    onOperation(living, operation),
  );
  living.course.push(`boot ${boot.decision.slot} ${boot.decision.trial} ${boot.code}`);
  options.say?.(
    `boot after ${world.cause}: ${boot.image?.name ?? 'nothing'} in slot ${boot.decision.slot === NO_SLOT ? 'none' : 'AB'[boot.decision.slot]}` +
      `${boot.decision.trial ? ` on trial, attempt ${boot.decision.attempt}` : ''}, ${boot.operations} operations`,
  );
  if (boot.code >= 0 && !boot.reset) learn(boot);
  // What the bootloader started runs, and nothing is on record of it.
  else if (boot.image !== undefined) world.facts = { ...world.facts, must: undefined };
  return boot;
};

const livingOpen = (world: World, options: LifeOptions): Living => ({
  world,
  options,
  told: { scenario: options.scenario, say: options.say ?? (() => {}) },
  starts: [],
  course: [],
  operations: 0,
  faultFired: false,
});

/** One boot, and what its image does in it. Whether all steps are done, and it runs on. */
const oneBoot = (living: Living, all: readonly Step[]): boolean | 'recovery' => {
  const { world, told } = living;
  const boot = start(living);
  // Under a bootloader of another make, the image that it started has sent the board back.
  if (boot.reset) return false;
  // In mid-exchange nothing can run, and nothing can be done about it before the supply is better.
  if (boot.code < 0 && world.low) return false;
  if (boot.recovery) return 'recovery';
  if (boot.code < 0) {
    world.cause = Reset.Power;
    return false;
  }
  if (boot.decision.trial) {
    const stays = trial(boot, told);
    bootCheck(boot);
    if (!stays) return false;
    const name = boot.image!.name;
    world.facts = { ...world.facts, must: name, confirmed: joined(world.facts.confirmed, name) };
  }
  reported(boot, told);
  if (told.scenario.idles === true && world.cuts > 0 && living.starts.length === 1) {
    world.cause = Reset.Power;
    return false;
  }
  return steps(living, boot, all);
};

/** Lives from the state that the world is in. Throws a `Violation`. */
export const live = (world: World, options: LifeOptions): Life => {
  const living = livingOpen(world, options);
  // The board starts anew between the two, so that lives which came to the same end meet there.
  const all = [...options.scenario.steps, restart(), install(LAST)];
  const life = (merged: boolean): Life => ({
    operations: living.operations,
    starts: living.starts,
    course: living.course.join('\n'),
    merged,
    faultFired: living.faultFired,
  });
  for (let boots = 0; boots < BOOTS_MOST; boots++) {
    const hash = stateHash(world.profile, worldSave(world));
    if (
      boots >= (options.liveAtLeast ?? 0) &&
      options.known?.(hash) === true &&
      (options.fault === undefined || living.faultFired)
    ) {
      living.course.push(hash);
      return life(true);
    }
    living.starts.push(hash);
    const over = oneBoot(living, all);
    if (over === true) rest(living);
    if (over !== false) return life(false);
  }
  // Records that take nothing bar all updates; what runs runs on.
  if (world.profile.control !== undefined && world.worn) return life(false);
  throw new Violation('life-ends', `no rest after ${BOOTS_MOST} boots`);
};

/** Lives until some steps are done, and no longer: how a world is brought to where a scenario begins. */
export const liveSteps = (world: World, options: LifeOptions, wanted: readonly Step[]): void => {
  // Nothing is tested yet, and nothing has to run in the end.
  const living = livingOpen(world, { ...options, scenario: { ...options.scenario, steps: [] } });
  world.progress = 0;
  for (let boots = 0; boots < BOOTS_MOST; boots++) {
    if (oneBoot(living, wanted) !== false || (wanted.length > 0 && world.progress >= wanted.length)) return;
  }
  throw new Error(`${options.scenario.name}: no end of ${wanted.map(({ name }) => name).join(', ')}`);
};
