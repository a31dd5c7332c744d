/**
 * A board without realms: agent and boot decision are called in this process, over flash that loses power. For sweeps of
 * many thousand boots. Whatever the agent keeps is made anew in each boot.
 */
import { createHash } from 'node:crypto';
import { openAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/agent.ts';
import { bootDecide, bootDecisionNew } from '../../agent/boot.ts';
import type { BootDecision } from '../../agent/boot.ts';
import { Check, NO_SLOT, Ok, Reset } from '../../agent/codes.ts';
import { statusNew } from '../../agent/report.ts';
import { driveByRange, driveByStream, driveNow } from '../../hal/driver.ts';
import type { Need } from '../../hal/driver.ts';
import { windowInflate } from '../../hal/inflate.ts';
import type { Config } from '../../agent/config.ts';
import { BOARDS, openBoard } from '../../hal/node/boards.ts';
import type { BoardFlash, BoardImage, BoardName } from '../../hal/node/boards.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { random } from '../../hal/node/faults.ts';
import type { Ports } from '../../hal/ports.ts';
import { slotImage } from '../../publisher/index.ts';
import { config, releases } from './_images.ts';
import type { Release, ReleaseName } from './_images.ts';

/** The board has no power any more. */
export class Cut extends Error {}
/** A law is broken. */
export class Broken extends Error {}

export type Manner = 'healthy' | 'fails' | 'crashes' | 'idle';

export interface Machine {
  readonly board: BoardName;
  config: Config;
  readonly flash: BoardFlash;
  readonly counter: { value: number };
  readonly manners: Partial<Record<string, Manner>>;
  cause: number;
  seconds: number;
  running: number;
  /** The application has asked for a reset. */
  resets: boolean;
  /** The image that has to run from now on: what was said to be done stays done. */
  must: string | undefined;
  /** Whether `must` is held against it: not after more cuts in a row than a journal of so many sectors can tell apart. */
  promises: boolean;
  /** Whether reads are unstable. */
  shaky: boolean;
  /** Trial boots of each image that got as far as running. */
  readonly trials: Record<string, number>;
  /** Ranges of the payload that the last delivery asked for. */
  readonly asked: Need[];
}

export interface Running {
  readonly agent: Agent;
  readonly decision: BootDecision;
  readonly image: string;
}

export const machineOpen = (board: BoardName): Machine => ({
  board,
  config: BOARDS[board].swap ? { ...config, swap: true } : config,
  flash: openBoard(BOARDS[board]),
  counter: { value: 0 },
  manners: {},
  cause: Reset.Power,
  seconds: 1_704_067_200,
  running: NO_SLOT,
  resets: false,
  must: undefined,
  promises: true,
  shaky: false,
  trials: {},
  asked: [],
});

export const check = (machine: Machine): void => {
  if (!machine.flash.power.powered) throw new Cut();
};

const crypto = nodeCrypto();

const portsOf = (machine: Machine): Ports => ({
  slots: machine.flash.slots,
  journal: machine.flash.journal,
  crypto,
  inflate: windowInflate(),
  environment: {
    reset() {
      check(machine);
      machine.resets = true;
      machine.cause = Reset.Requested;
    },
    resetCause: () => machine.cause,
    running: () => machine.running,
    clock: { now: () => machine.seconds, trusted: () => true },
    counter: {
      read: () => machine.counter.value,
      raise(to) {
        check(machine);
        machine.counter.value = Math.max(machine.counter.value, to);
      },
    },
  },
});

const known = new Map<string, Release>();

/** Which image a slot holds: judged by the test itself, over exactly its size. */
const imageOf = (machine: Machine, slot: number, size: number): Release => {
  if (known.size === 0) {
    for (const name of Object.keys(releases) as ReleaseName[]) {
      const release = releases[name]();
      known.set(createHash('sha256').update(release.image).digest('hex'), release);
    }
  }
  const bytes = new Uint8Array(size);
  machine.flash.slots[slot]!.partition.read(bytes, 0);
  const release = known.get(createHash('sha256').update(bytes).digest('hex'));
  if (release === undefined) throw new Broken(`slot ${slot} was booted and holds no known image`);
  return release;
};

/** One boot up to the first instruction of the image, held against the laws. */
export const boot = (machine: Machine): Running => {
  machine.flash.power.powerOn();
  machine.running = NO_SLOT;
  machine.resets = false;
  machine.seconds += 1;
  const before = machine.flash.power.operations;
  const ports = portsOf(machine);
  const decision = bootDecisionNew();
  const code = bootDecide(ports, machine.config, decision);
  check(machine);
  if (code < 0) throw new Broken(`nothing bootable: ${code}, ${decision.code}`);
  machine.running = decision.slot;
  const release = imageOf(machine, decision.slot, decision.imageSize);
  if (release.sequence !== decision.sequence)
    throw new Broken(`sequence ${decision.sequence} was said to boot`);
  if (release.securityVersion < machine.counter.value) throw new Broken(`${release.name} is below the floor`);
  if (machine.promises && machine.must !== undefined && release.name !== machine.must) {
    throw new Broken(`${machine.must} had to boot, ${release.name} did`);
  }
  if (decision.trial) {
    machine.trials[release.name] = (machine.trials[release.name] ?? 0) + 1;
    machine.must = mannerOf(machine, release.name) === 'healthy' ? release.name : undefined;
  } else if (!machine.shaky || machine.flash.power.operations > before) {
    // What a cut left may be read later than the boot after it: it can come true until something else is written.
    machine.must = release.name;
  }
  const agent = openAgent(ports, machine.config);
  check(machine);
  return { agent, decision, image: release.name };
};

const mannerOf = (machine: Machine, image: string): Manner => machine.manners[image] ?? 'healthy';

/** Polls of a trial before it counts as one that never ends. */
const POLLS = 50;

/** Lets an image on trial have its way. Whether it runs on, confirmed. */
export const live = (machine: Machine, running: Running): boolean => {
  const manner = mannerOf(machine, running.image);
  if (manner === 'crashes') {
    machine.cause = Reset.Crash;
    return false;
  }
  if (manner === 'idle') {
    machine.cause = Reset.Power;
    return false;
  }
  const { agent } = running;
  agent.check('app', Check.Required, 0, () => (manner === 'healthy' ? 1 : -1));
  const status = statusNew();
  for (let polls = 0; polls < POLLS; polls++) {
    agent.poll();
    check(machine);
    if (machine.resets) {
      machine.must = undefined;
      return false;
    }
    agent.status(status);
    if (status.trial === 0) return true;
  }
  throw new Broken('a trial that never ends');
};

/** Boots until an image runs that is not on trial. */
export const settle = (machine: Machine): Running => {
  for (let boots = 0; boots < 12; boots++) {
    const running = boot(machine);
    if (!running.decision.trial || live(machine, running)) return running;
  }
  throw new Broken('the board does not settle');
};

export interface DeliverOptions {
  readonly mode?: 'range' | 'stream';
  readonly chunk?: number;
  /** Gives up after so many bytes. */
  readonly most?: number;
}

/** Offers a release to the program that runs: the agent's code. */
export const deliver = (
  machine: Machine,
  running: Running,
  release: Release,
  options: DeliverOptions = {},
): number => {
  const { mode = 'range', chunk = 4096, most = Infinity } = options;
  machine.asked.length = 0;
  const alive = (sent: number): boolean => machine.flash.power.powered && sent < most;
  const drive = mode === 'range' ? driveByRange : driveByStream;
  const course = drive(running.agent, release.envelope, { chunk, alive });
  const result = driveNow(course, (offset, length) => {
    const bytes = release.payload.subarray(offset, offset + length);
    machine.asked.push({ offset, length: bytes.length });
    return bytes;
  });
  check(machine);
  return result.code;
};

/** Delivers; anything but success breaks the test. */
export const mustDeliver = (
  machine: Machine,
  running: Running,
  release: Release,
  options?: DeliverOptions,
): void => {
  const code = deliver(machine, running, release, options);
  if (code !== Ok) throw new Broken(`${release.name} is not taken: ${code}`);
};

/** Activates, and resets. */
export const activate = (machine: Machine, running: Running, release: Release): void => {
  const before = machine.must;
  machine.must = undefined;
  const code = running.agent.activate();
  check(machine);
  if (code !== Ok) throw new Broken(`activate: ${code}, ${before} runs`);
  machine.must = release.name;
  machine.cause = Reset.Requested;
};

/** A board as it leaves the factory: an image in a slot; in swap mode, in slot B where updates are received. */
export const provision = (machine: Machine, slot: 0 | 1, release: Release): void => {
  const { partition } = machine.flash.slots[slot]!;
  const { size, blocks, writeAlign: unit, eraseValue } = partition.status();
  const { image, envelope } = release;
  const slotSize = machine.flash.profile.swap ? machine.flash.slots[0].partition.status().size : size;
  const bytes = new Uint8Array(size).fill(eraseValue!);
  bytes.set(slotImage({ image, envelope, slotSize, unit, eraseValue }), size - slotSize);
  partition.eraseBlock(0, blocks);
  for (let at = 0; at < size;) {
    let end = at;
    while (end < size && bytes.subarray(end, end + unit!).some((byte) => byte !== eraseValue)) end += unit!;
    if (end > at) partition.write(bytes.subarray(at, end), at);
    at = end + unit!;
  }
};

export interface Snapshot {
  readonly flash: BoardImage;
  readonly counter: number;
  readonly cause: number;
  readonly seconds: number;
  readonly must: string | undefined;
  readonly trials: Readonly<Record<string, number>>;
}

export const snapshot = (machine: Machine): Snapshot => ({
  flash: machine.flash.save(),
  counter: machine.counter.value,
  cause: machine.cause,
  seconds: machine.seconds,
  must: machine.must,
  trials: { ...machine.trials },
});

export const restore = (machine: Machine, from: Snapshot): void => {
  machine.flash.power.cancelCut();
  machine.flash.power.powerOn();
  machine.flash.load(from.flash);
  machine.counter.value = from.counter;
  machine.cause = from.cause;
  machine.seconds = from.seconds;
  machine.must = from.must;
  machine.promises = true;
  for (const name of Object.keys(machine.trials)) delete machine.trials[name];
  Object.assign(machine.trials, from.trials);
};

/** From now on what a cut left undefined reads differently from read to read, or not at all. 0: as it was left. */
export const unstable = (machine: Machine, seed: number): void => {
  machine.shaky = seed !== 0;
  for (const device of Object.values(machine.flash.devices)) {
    if (seed === 0) {
      device.fault = null;
      continue;
    }
    const next = random(seed);
    const { eraseValue, writeAlign } = device.status();
    device.fault = {
      read(into, offset, touched) {
        if (!touched) return;
        const way = next() & 7;
        if (way === 0) throw new Error('ECC');
        for (let at = 0; at < into.length;) {
          const end = Math.min(into.length, at + writeAlign - ((offset + at) % writeAlign));
          if (device.undefinedIn(offset + at, end - at)) {
            if (way <= 2) into.fill(eraseValue, at, end);
            else if (way <= 4) for (let i = at; i < end; i++) into[i] = next() & 0xff;
          }
          at = end;
        }
      },
    };
  }
};
