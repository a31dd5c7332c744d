import { Ok, Reset } from '../../agent/codes.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { releases } from './_images.ts';
import type { ReleaseName } from './_images.ts';
import {
  Broken,
  Cut,
  activate,
  boot,
  check,
  deliver,
  live,
  mustDeliver,
  provision,
  settle,
} from './_machine.ts';
import type { Machine } from './_machine.ts';

export interface Scenario {
  readonly name: string;
  /** The update that is offered again after the cut. */
  readonly update: ReleaseName;
  /** Whether the update ends reverted, or may: then the one after it has to be taken. */
  readonly reverts?: boolean;
  /** Whether a resume after the cut may fetch but what is missing. */
  readonly thrifty?: boolean;
  /** Boards it makes sense on. Default all. */
  readonly boards?: readonly BoardName[];
  /** Whether it is worth cutting twice. */
  readonly journal?: boolean;
  /** Leaves the board between two boots. */
  prepare(machine: Machine): void;
  /** What is swept. Throws `Cut` when the power goes. */
  act(machine: Machine): void;
}

const manufacture = (machine: Machine): void => {
  provision(machine, 0, releases.old());
  settle(machine);
};

const stage =
  (name: ReleaseName) =>
  (machine: Machine): void => {
    manufacture(machine);
    mustDeliver(machine, boot(machine), releases[name]());
  };

const activated =
  (name: ReleaseName) =>
  (machine: Machine): void => {
    manufacture(machine);
    const running = boot(machine);
    mustDeliver(machine, running, releases[name]());
    activate(machine, running, releases[name]());
  };

const confirmed =
  (name: ReleaseName) =>
  (machine: Machine): void => {
    activated(name)(machine);
    settle(machine);
  };

/** Counts what an act does to the flash. */
export const operationsOf = (machine: Machine, act: () => void): number => {
  const before = machine.flash.power.operations;
  act();
  return machine.flash.power.operations - before;
};

/** Receives, and loses power at a part of the way. */
const received =
  (name: ReleaseName, part: number) =>
  (machine: Machine): void => {
    manufacture(machine);
    const { flash } = machine;
    const start = flash.save();
    const total = operationsOf(machine, () => mustDeliver(machine, boot(machine), releases[name]()));
    flash.load(start);
    const operation = part < 0 ? total + part : Math.floor(total * part);
    flash.power.cutAt({ operation, where: 'inside', unit: 1 });
    try {
      deliver(machine, boot(machine), releases[name]());
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    if (!flash.power.cutFired) throw new Broken('the first cut did not fire');
    machine.cause = Reset.Power;
  };

const receive =
  (name: ReleaseName, mode: 'range' | 'stream' = 'range', chunk?: number) =>
  (machine: Machine): void =>
    mustDeliver(machine, boot(machine), releases[name](), { mode, ...(chunk && { chunk }) });

const forgive = (machine: Machine, times: number): void => {
  const { agent } = boot(machine);
  for (let i = 0; i < times; i++) {
    const code = agent.forgive();
    check(machine);
    if (code !== Ok) throw new Broken(`the journal is not written: ${code}`);
  }
};

const revertByHand = (machine: Machine): void => {
  const { agent } = boot(machine);
  machine.must = undefined;
  const code = agent.revert();
  check(machine);
  if (code < 0) throw new Broken(`revert: ${code}`);
  machine.must = 'old';
  boot(machine);
};

const rot = (machine: Machine): void => {
  confirmed('new')(machine);
  const { slots, swap } = machine.flash.profile;
  const { device, from } = slots[swap ? 0 : 1];
  const flash = machine.flash.devices[device]!;
  const at = flash.sectors.starts[from]! + 5000;
  flash.poke(Uint8Array.of(flash.bytes[at]! ^ 0x10), at);
  machine.must = 'old';
};

const changeOfMind = (machine: Machine): void => {
  const running = boot(machine);
  deliver(machine, running, releases.new(), { most: 9000 });
  running.agent.cancel();
  deliver(machine, running, releases.next(), { most: 6000 });
  mustDeliver(machine, running, releases.new());
};

const turning = (machine: Machine): void => {
  const running = boot(machine);
  for (let i = 0; i < 4; i++) running.agent.forgive();
  check(machine);
  mustDeliver(machine, running, releases.new());
};

const trialBoot = (machine: Machine): void => {
  boot(machine);
};

const trialIdle = (machine: Machine): void => {
  machine.manners['closing'] = 'idle';
  live(machine, boot(machine));
  delete machine.manners['closing'];
};

const badManners =
  (prepare: (machine: Machine) => void, manner: 'fails' | 'crashes') =>
  (machine: Machine): void => {
    prepare(machine);
    machine.manners['new'] = manner;
    machine.must = undefined;
  };

const acts = {
  settle: (machine: Machine): void => void settle(machine),
  activate(machine: Machine): void {
    const running = boot(machine);
    mustDeliver(machine, running, releases.new());
    activate(machine, running, releases.new());
  },
  twice(machine: Machine): void {
    const running = boot(machine);
    mustDeliver(machine, running, releases.new());
    mustDeliver(machine, running, releases.new(), { mode: 'stream' });
    activate(machine, running, releases.new());
    settle(machine);
  },
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'factory',
    update: 'new',
    journal: true,
    prepare: (m) => provision(m, 0, releases.old()),
    act: acts.settle,
  },
  { name: 'receive', update: 'new', thrifty: true, prepare: manufacture, act: receive('new') },
  {
    name: 'receive-stream',
    update: 'new',
    thrifty: true,
    prepare: manufacture,
    act: receive('new', 'stream', 1000),
  },
  { name: 'receive-large', update: 'large', thrifty: true, prepare: manufacture, act: receive('large') },
  {
    name: 'receive-shared',
    update: 'shared',
    thrifty: true,
    boards: ['tiny-large-sectors'],
    prepare: manufacture,
    act: receive('shared'),
  },
  {
    name: 'resume-shared',
    update: 'shared',
    thrifty: true,
    boards: ['tiny-large-sectors'],
    prepare: received('shared', 0.9),
    act: receive('shared'),
  },
  { name: 'receive-plain', update: 'plain', prepare: manufacture, act: receive('plain', 'stream', 1000) },
  { name: 'receive-integrated', update: 'integrated', prepare: manufacture, act: receive('integrated') },
  { name: 'resume-plain', update: 'plain', prepare: received('plain', 0.6), act: receive('plain') },
  { name: 'resume-tail', update: 'new', thrifty: true, prepare: received('new', 0.2), act: receive('new') },
  { name: 'resume-block', update: 'new', thrifty: true, prepare: received('new', 0.6), act: receive('new') },
  { name: 'resume-stream', update: 'new', prepare: received('new', 0.7), act: receive('new', 'stream') },
  { name: 'resume-footer', update: 'new', thrifty: true, prepare: received('new', -2), act: receive('new') },
  { name: 'resume-settled', update: 'new', thrifty: true, prepare: received('new', -1), act: receive('new') },
  { name: 'other-offer', update: 'next', prepare: received('new', 0.6), act: receive('next') },
  { name: 'change-of-mind', update: 'new', prepare: manufacture, act: changeOfMind },
  { name: 'over-the-old', update: 'next', prepare: confirmed('new'), act: receive('next') },
  { name: 'activate', update: 'new', journal: true, prepare: stage('new'), act: acts.activate },
  { name: 'twice', update: 'new', prepare: stage('new'), act: acts.twice },
  { name: 'attempt', update: 'closing', journal: true, prepare: activated('closing'), act: trialBoot },
  {
    name: 'second-attempt',
    update: 'closing',
    journal: true,
    prepare: (m) => {
      activated('closing')(m);
      trialIdle(m);
    },
    act: trialBoot,
  },
  { name: 'confirm', update: 'closing', journal: true, prepare: activated('closing'), act: acts.settle },
  {
    name: 'fails',
    update: 'new',
    reverts: true,
    journal: true,
    prepare: badManners(activated('new'), 'fails'),
    act: acts.settle,
  },
  {
    name: 'crashes',
    update: 'new',
    reverts: true,
    journal: true,
    prepare: badManners(activated('new'), 'crashes'),
    act: acts.settle,
  },
  { name: 'revert', update: 'next', journal: true, prepare: confirmed('new'), act: revertByHand },
  { name: 'rot', update: 'next', journal: true, prepare: rot, act: trialBoot },
  { name: 'turn-over', update: 'new', prepare: manufacture, act: (m) => forgive(m, 12) },
  {
    name: 'turn-over-receive',
    update: 'new',
    boards: ['tiny-two-devices', 'stm32l4'],
    prepare: manufacture,
    act: turning,
  },
];

export const scenarioNamed = (name: string): Scenario => {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no scenario "${name}"; there are ${scenarios.map((s) => s.name).join(', ')}`);
  return found;
};

/** Bytes in slot A. */
const roomOf = (board: BoardName): number => {
  const { devices, slots } = BOARDS[board];
  const { device, from, count } = slots[0];
  const lengths = devices[device]!.sectors.slice(from, from + count);
  return lengths.reduce((sum, length) => sum + length);
};

export const runsOn = (scenario: Scenario, board: BoardName): boolean =>
  scenario.boards === undefined
    ? releases[scenario.update]().image.length < roomOf(board)
    : scenario.boards.includes(board);
