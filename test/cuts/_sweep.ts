/** Cuts the power at every operation of a scenario, and holds what follows against the laws. */
import { Ok, Reset } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/report.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import type { CutPlan, Operation } from '../../hal/node/power.ts';
import { random } from '../../hal/node/faults.ts';
import { releases } from './_images.ts';
import type { Release } from './_images.ts';
import {
  Broken,
  Cut,
  activate,
  boot,
  deliver,
  machineOpen,
  restore,
  settle,
  snapshot,
  unstable,
} from './_machine.ts';
import type { Machine, Running, Snapshot } from './_machine.ts';
import { standingOf, thrift } from './_resume.ts';
import type { Scenario } from './_scenarios.ts';

export interface SweepOptions {
  /** Units, torn contents and places tried: a few of each, or all. */
  readonly full?: boolean;
  /** Instead of a stride: about so many first cuts, with one second cut each where there are two. */
  readonly most?: number;
  /** Of the cuts, every so manyth. Default 1. */
  readonly stride?: number;
  readonly seed?: number;
  /** Undefined units read differently each time. */
  readonly unstable?: boolean;
  /** Cuts the recovery too, any number of times: so many storms for each cut. */
  readonly storms?: number;
  /** Cuts the recovery once, at each of its operations. */
  readonly nested?: boolean;
}

/** One case: what `replay` takes. */
export interface Case {
  readonly board: BoardName;
  readonly scenario: Scenario;
  readonly cut: CutPlan;
  /** A second cut, in the recovery from the first. */
  readonly again?: CutPlan | undefined;
  /** Seed of the unstable reads; 0: reads are stable. */
  readonly unstable: number;
  /** Seed of more cuts, any number of them, in the recovery; 0: none. */
  readonly storm?: number;
}

const flags = (cut: CutPlan, prefix: string): string =>
  Object.entries(cut)
    .map(([name, value]) => ` --${prefix}${name} ${value}`)
    .join('');

export const replayLine = (one: Case): string =>
  `node dist/test/cuts/replay.js --board ${one.board} --scenario ${one.scenario.name}${flags(one.cut, '')}` +
  (one.again === undefined ? '' : flags(one.again, 'then-')) +
  (one.unstable === 0 ? '' : ` --unstable ${one.unstable}`) +
  (one.storm === undefined ? '' : ` --storm ${one.storm}`);

const TORN = ['old', 'new', 'mixed'] as const;
const PARTIAL = ['old', 'erased', 'mixed'] as const;

function* insides(kind: Operation, operation: number, seed: number, full: boolean): Generator<CutPlan> {
  if (kind.kind === 'erase') {
    for (const erase of PARTIAL) {
      if (full || erase === 'mixed' || PARTIAL[(operation + seed) % 2] === erase) {
        yield { operation, where: 'inside', erase, seed };
      }
    }
    return;
  }
  const last = kind.units - 1;
  const units = full ? Array.from({ length: kind.units }, (_, i) => i) : [...new Set([0, last >> 1, last])];
  for (const unit of units) {
    for (const [row, torn] of TORN.entries()) {
      if (full || row === (operation + unit + seed) % 3)
        yield { operation, where: 'inside', unit, torn, seed };
    }
  }
}

/** The cuts to try on a run of operations. */
export function* cutsOf(operations: readonly Operation[], seed: number, full: boolean): Generator<CutPlan> {
  for (const [operation, kind] of operations.entries()) {
    yield { operation, where: 'before' };
    yield* insides(kind, operation, seed, full);
    // To be cut after one is to be cut before the next.
    if (full || operation === operations.length - 1) yield { operation, where: 'after' };
  }
}

export const traced = (machine: Machine, act: () => void): Operation[] => {
  const operations: Operation[] = [];
  machine.flash.power.trace = (operation) => operations.push(operation);
  try {
    act();
  } finally {
    machine.flash.power.trace = null;
  }
  return operations;
};

const cutIn = (machine: Machine, cut: CutPlan, act: () => void): void => {
  machine.flash.power.cutAt(cut);
  try {
    act();
  } catch (error) {
    if (!(error instanceof Cut)) throw error;
  }
  if (!machine.flash.power.cutFired) throw new Broken('the cut did not fire');
  machine.cause = Reset.Power;
  machine.resets = false;
};

/** Delivers and activates, unless there is a reason not to. Whether the release runs confirmed in the end. */
const install = (machine: Machine, running: Running, release: Release, again = false): boolean => {
  if (running.image === release.name) return true;
  const code = deliver(machine, running, release);
  if (code === Err.Reverted) return false;
  if (code === Err.InTrial) {
    // The mark was torn, and could be read after all: then it stands, and the next reset boots it.
    machine.must = machine.manners[release.name] === undefined ? release.name : undefined;
    return settle(machine).image === release.name;
  }
  // The journal could be read at boot, and reads otherwise now: the agent waits for the next reset, which boots that.
  if (code === Err.BadState && !again) return install(machine, settle(machine), release, true);
  if (code !== Ok) throw new Broken(`${release.name} is not taken after the cut: ${code}`);
  activate(machine, running, release);
  if (machine.manners[release.name] !== undefined) machine.must = undefined;
  return settle(machine).image === release.name;
};

/** Where reads are unstable, a torn last seal may yet be found wanting, once. */
const settledBoot = (machine: Machine, shaky: boolean): void => {
  const before = machine.flash.power.operations;
  const { agent } = boot(machine);
  const status = statusNew();
  agent.status(status);
  if (status.floor !== machine.counter.value) throw new Broken('the counter is not raised to the floor');
  const operations = machine.flash.power.operations - before;
  if (operations !== 0 && shaky) settledBoot(machine, false);
  else if (operations !== 0) throw new Broken(`a settled boot took ${operations} flash operations`);
};

/** Recovers from the cut, and goes on to the update confirmed. */
const aftermath = (machine: Machine, { scenario, unstable: shaky }: Case): void => {
  const standing = scenario.thrifty === true ? standingOf(machine, releases[scenario.update]()) : undefined;
  const running = settle(machine);
  const { update } = scenario;
  const first = running.image !== update;
  const done = install(machine, running, releases[update]());
  if (standing !== undefined && first) thrift(machine, releases[update](), standing);
  if (!done && scenario.reverts !== true) throw new Broken(`${update} is not confirmed in the end`);
  if (!done && !install(machine, settle(machine), releases.next()))
    throw new Broken('no update is taken any more');
  settledBoot(machine, shaky !== 0);
  const misuses = machine.flash.misuses();
  if (misuses !== 0) throw new Broken(`${misuses} calls that broke the flash contract`);
};

const STORM_CUTS = 12;
const STORM_OPERATIONS = 5;

/** Cuts the recovery again and again, until it comes through without meeting one. */
const storm = (machine: Machine, seed: number): void => {
  const next = random(seed);
  for (let cuts = 0; cuts < STORM_CUTS; cuts++) {
    // Records are torn most cruelly where all but their last unit is right, and that one at times.
    if (cuts >= machine.flash.profile.journal.count - 2) machine.promises = false;
    const cruel = (next() & 1) === 1;
    machine.flash.power.cutAt({
      operation: cruel ? 1 + (next() % 3) : next() % STORM_OPERATIONS,
      where: cruel ? 'inside' : (['before', 'inside', 'inside', 'after'] as const)[next() & 3]!,
      unit: cruel ? Number.MAX_SAFE_INTEGER : next() % 64,
      torn: cruel ? 'new' : TORN[next() % 3]!,
      erase: PARTIAL[next() % 3]!,
      seed: next() || 1,
    });
    try {
      settle(machine);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    if (!machine.flash.power.cutFired) break;
    machine.cause = Reset.Power;
    machine.resets = false;
  }
  machine.flash.power.cancelCut();
};

const runCase = (machine: Machine, from: Snapshot, one: Case): void => {
  restore(machine, from);
  unstable(machine, one.unstable);
  cutIn(machine, one.cut, () => one.scenario.act(machine));
  if (one.again !== undefined) cutIn(machine, one.again, () => void settle(machine));
  if (one.storm !== undefined) storm(machine, one.storm);
  aftermath(machine, one);
};

const prepared = (board: BoardName, scenario: Scenario): { machine: Machine; from: Snapshot } => {
  const machine = machineOpen(board);
  scenario.prepare(machine);
  machine.flash.power.cancelCut();
  machine.flash.power.powerOn();
  return { machine, from: snapshot(machine) };
};

export const replay = (one: Case): void => {
  const { machine, from } = prepared(one.board, one.scenario);
  runCase(machine, from, one);
};

export interface Swept {
  readonly operations: number;
  readonly cuts: number;
  readonly failures: readonly string[];
}

const FAILURES = 20;

/** Sweeps one scenario on one board. */
export const sweep = (board: BoardName, scenario: Scenario, options: SweepOptions = {}): Swept => {
  const { full = false, stride = 1, seed = 1, nested = false, storms = 0, most } = options;
  let { machine, from } = prepared(board, scenario);
  const operations = traced(machine, () => scenario.act(machine));
  const failures: string[] = [];
  let cuts = 0;
  const tryCase = (one: Case): void => {
    cuts++;
    try {
      runCase(machine, from, one);
    } catch (error) {
      failures.push(`${(error as Error).message}\n  ${replayLine(one)}`);
      if (!(error instanceof Broken)) failures.push(String((error as Error).stack));
      // What it counted as misused stays counted.
      ({ machine, from } = prepared(board, scenario));
    }
  };
  const reads = (operation: number): number => (options.unstable === true ? seed * 1000 + operation + 1 : 0);
  const all = [...cutsOf(operations, seed, full)];
  // Odd, so that it does not meet the same variant at each operation.
  const step = most === undefined ? stride : Math.max(1, Math.ceil(all.length / most) | 1);
  let count = seed % step;
  for (const cut of all) {
    if (failures.length >= FAILURES) break;
    const one: Case = { board, scenario, cut, unstable: reads(cut.operation) };
    if (count++ % step !== 0) continue;
    if (!nested) {
      if (storms === 0) tryCase(one);
      for (let i = 0; i < storms; i++) tryCase({ ...one, storm: seed * 7919 + cuts + 1 });
      continue;
    }
    restore(machine, from);
    unstable(machine, one.unstable);
    cutIn(machine, cut, () => scenario.act(machine));
    const recovery = traced(machine, () => void settle(machine));
    const second = [...cutsOf(recovery, seed, full)];
    for (const [row, again] of second.entries()) {
      const taken = most === undefined || row === (count * 7 + seed) % second.length;
      if (taken && failures.length < FAILURES) tryCase({ ...one, again });
    }
  }
  return { operations: operations.length, cuts, failures };
};
