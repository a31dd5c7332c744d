/** One boot of a world: the code under test made anew, its ports, and what the invariants want to know of it. */
import { BootStep, Reset } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { windowInflate } from '../../hal/inflate.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { Operation } from '../../hal/node/power.ts';
import type { Crypto, Ports } from '../../hal/ports.ts';
import type { Agent, Config, Decision, Flipside } from '../flipside.ts';
import { foreignBoot } from '../foreign.ts';
import type { Instance } from './instance.ts';
import { atBoot, atDecision, atOpen, atOperation, atRaise, broken, hold } from './invariants.ts';
import { imageIn, slotRange } from './slots.ts';
import type { Release, Stock } from './stock.ts';
import type { Violation } from './violation.ts';
import { worldBoot } from './world.ts';
import type { World } from './world.ts';

/** What the board is at, in the order of a boot. */
export type Stage = 'decide' | 'follow' | 'open' | 'trial' | 'offer' | 'idle';

export interface Boot {
  readonly world: World;
  readonly stock: Stock;
  readonly flipside: Flipside;
  readonly ports: Ports;
  readonly decision: Decision;
  /** Of `bootDecide`. */
  code: number;
  image: Release | undefined;
  agent: Agent | undefined;
  stage: Stage;
  /** The release on offer, while its envelope is one that the board has to take. */
  offered: Release | undefined;
  /** Flash operations so far. */
  operations: number;
  /** The bootloader was told that there is nothing to boot. */
  recovery: boolean;
  /** The application, or the agent, has asked for a reset. */
  reset: boolean;
  /** A law broken inside a port: the agent turns what a port throws into a code, so it is kept, and thrown outside. */
  violation: Violation | undefined;
}

/** Nothing runs on after a reset. */
class Halt extends Error {}

const verdicts = new Map<string, boolean>();
const native = nodeCrypto();

/** A signature check is a function of its input, and takes longer than all the rest of a boot. */
const crypto: Crypto = {
  sha256: () => native.sha256(),
  verify(algorithm, key, message, signature) {
    const text = [key, message, signature].map((bytes) => Buffer.from(bytes).toString('latin1'));
    const name = `${algorithm}:${text.join(':')}`;
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = native.verify(algorithm, key, message, signature);
    verdicts.set(name, verdict);
    return verdict;
  },
};

/** The simulated clock stands still: nothing here is a matter of time, and states stay comparable. */
const NOW = 1_704_067_200;

const portsOf = (world: World, stock: Stock, booted: () => Boot): Ports => ({
  slots: world.flash.slots,
  journal: world.flash.journal,
  crypto,
  inflate: windowInflate(),
  decryption: stock.decryption,
  environment: {
    reset() {
      booted().reset = true;
      world.cause = Reset.Requested;
      throw new Halt();
    },
    resetCause: () => world.cause,
    running: () => booted().decision.slot,
    clock: { now: () => NOW, trusted: () => true },
    counter: {
      read: () => world.counter.value,
      raise(to) {
        world.counter.value = Math.max(world.counter.value, to);
        const boot = booted();
        boot.violation ??= broken(atRaise, { boot, to });
      },
    },
  },
});

/** Throws what a port has kept. */
export const bootCheck = (boot: Boot): void => {
  if (boot.violation !== undefined) throw boot.violation;
};

const decide = (boot: Boot, config: Config): void => {
  const onStep = (step: number): void => {
    boot.recovery ||= step === BootStep.Nothing;
  };
  boot.code = boot.flipside.bootDecide(boot.ports, { ...config, onStep }, boot.decision);
};

/** A bootloader of another make has its turn, and then the agent of the image that it starts. */
const follow = (boot: Boot, config: Config): void => {
  const images = Object.values(boot.stock.releases).map(({ image }) => image);
  boot.world.foreign = true;
  const control = foreignBoot(boot.world.flash, images);
  boot.world.foreign = false;
  if (control === undefined) {
    boot.code = Err.NothingBootable;
    boot.recovery = true;
    return;
  }
  boot.stage = 'follow';
  try {
    boot.code = boot.flipside.bootFollow({ ...boot.ports, control }, config, boot.decision);
    Object.assign(boot.ports, { control });
  } catch (error) {
    if (!(error instanceof Halt)) throw error;
  }
};

/** Boots the world up to the first instruction of the image, held against the laws. */
export const bootStart = (
  world: World,
  stock: Stock,
  instance: Instance,
  onOperation: (operation: Operation, boot: Boot) => void,
): Boot => {
  worldBoot(world);
  const flipside = instance();
  const boot: Boot = {
    world,
    stock,
    flipside,
    ports: portsOf(world, stock, () => boot),
    decision: flipside.bootDecisionNew(),
    code: 0,
    image: undefined,
    agent: undefined,
    stage: 'decide',
    offered: undefined,
    operations: 0,
    recovery: false,
    reset: false,
    violation: undefined,
  };
  const { ports } = boot;
  world.onOperation = (operation) => {
    onOperation(operation, boot);
    boot.operations++;
    boot.violation ??= broken(atOperation, { boot, operation });
  };
  const swap = world.profile.swap === true && { swap: flipside.swap };
  const config: Config = {
    ...stock.config,
    patches: flipside.patches,
    encryption: flipside.encryption,
    ...swap,
  };
  if (world.profile.control === undefined) decide(boot, config);
  else follow(boot, config);
  bootCheck(boot);
  if (boot.reset) return boot;
  hold(atDecision, { boot });
  if (boot.code < 0 && boot.recovery) return boot;
  boot.image = imageIn(world, stock, slotRange(world, boot.decision.slot));
  hold(atBoot, { boot });
  boot.stage = 'open';
  boot.agent = flipside.openAgent(ports, config);
  bootCheck(boot);
  if (!boot.decision.trial) {
    const status = flipside.statusNew();
    boot.agent.status(status);
    hold(atOpen, { boot, status });
  }
  boot.stage = 'idle';
  return boot;
};
