/** The steps that scenarios are made of. */
import { Ok, Reset } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { driveByRange, driveByStream, driveNow } from '../../hal/driver.ts';
import { payloadFor } from '../deliver.ts';
import type { Need } from '../../hal/driver.ts';
import { bootCheck } from './boot.ts';
import type { Boot } from './boot.ts';
import type { Agent } from '../flipside.ts';
import type { Outcome, Step, Told } from './scenario.ts';
import { slotRange } from './slots.ts';
import { releaseOf } from './stock.ts';
import type { Release } from './stock.ts';
import { Violation } from './violation.ts';
import type { Facts } from './world.ts';

export interface Way {
  readonly mode?: 'range' | 'stream';
  /** Most bytes given to one push. */
  readonly chunk?: number;
  /** Gives up after so many bytes. */
  readonly most?: number;
  /** Before the offer, an offer of the same release is given up half way through its envelope. */
  readonly cancels?: true;
}

/** Times that an install is tried in one boot while the flash fails: then the refusal is taken. */
const TRIES = 3;

/** What may be said to a good update by a board whose flash is worn. */
const WORN: readonly number[] = [
  Err.FlashFailed,
  Err.FlashReadBack,
  Err.ImageDigest,
  Err.IndexDigest,
  Err.BlockDigest,
  Err.IndexMalformed,
];

const note = ({ world }: Boot, facts: Partial<Facts>): void => {
  world.facts = { ...world.facts, ...facts };
};

const giveUp = (agent: Agent, { envelope }: Release): void => {
  agent.offerBegin();
  agent.push(envelope, 0, envelope.length >> 1);
  agent.cancel();
};

/** Offers a release to the agent that runs: its code, and the ranges that it asked for. */
export const offer = (boot: Boot, release: Release, way: Way): { code: number; asked: Need[] } => {
  const { mode = 'range', chunk = 4096, most = Infinity } = way;
  const asked: Need[] = [];
  boot.stage = 'offer';
  boot.offered = release;
  if (way.cancels) giveUp(boot.agent!, release);
  const drive = mode === 'range' ? driveByRange : driveByStream;
  const course = drive(boot.agent!, release.envelope, { chunk, alive: (sent) => sent < most && !boot.reset });
  const { code } = driveNow(course, (offset, length) => {
    const bytes = payloadFor(boot.agent!, release).subarray(offset, offset + length);
    asked.push({ offset, length: bytes.length });
    return bytes;
  });
  boot.stage = 'idle';
  boot.offered = undefined;
  bootCheck(boot);
  return { code, asked };
};

const activate = (boot: Boot, release: Release, told: Told): Outcome => {
  note(boot, { must: undefined });
  const code = boot.agent!.activate();
  bootCheck(boot);
  told.say(`activate ${release.name}: ${code}`);
  if (code !== Ok) {
    if (!boot.world.worn) throw new Violation('update-taken', `activate ${release.name}: ${code}`);
    return 'again';
  }
  note(boot, { must: release.name });
  boot.world.cause = Reset.Requested;
  return 'again';
};

/** Codes of an offer, and what the world outside makes of them. */
const answer = (boot: Boot, release: Release, code: number, told: Told): Outcome | 'retry' => {
  const { world } = boot;
  const { manners = {} } = told.scenario;
  const bad = manners[release.name] !== undefined || world.facts.refused.includes(release.name);
  if (code === Err.Reverted || code === Err.BackingOff) {
    if (bad || world.worn || world.facts.turnedAway.includes(release.name)) return 'next';
    throw new Violation('update-taken', `${release.name} is refused as reverted: ${code}`);
  }
  // A torn mark was read after all, or the journal reads otherwise than at boot: the next reset boots what it says.
  if (code === Err.InTrial || code === Err.BadState) {
    note(boot, { must: undefined });
    world.cause = Reset.Requested;
    return 'again';
  }
  // Nothing can be put on record now: the world outside waits for a better supply.
  if (world.low && code === Err.JournalFailed) return 'again';
  if (world.worn && WORN.includes(code)) return 'retry';
  throw new Violation('update-taken', `${release.name} is not taken: ${code}`);
};

/** Installs a release: offered, activated, and its trial waited for. */
export const install = (name: string, way: Way = {}): Step => ({
  name: `install ${name}`,
  act(boot, told) {
    const release = releaseOf(boot.stock, name);
    if (boot.image === release) return 'next';
    if (boot.world.facts.confirmed.includes(name) && told.scenario.ends !== name) return 'next';
    for (let tries = 1; ; tries++) {
      const { code, asked } = offer(boot, release, way);
      told.say(`offer ${name}: ${code}, ${asked.reduce((sum, { length }) => sum + length, 0)} bytes fetched`);
      if (code === Ok) return activate(boot, release, told);
      const outcome = answer(boot, release, code, told);
      if (outcome !== 'retry') return outcome;
      if (tries === TRIES) {
        note(boot, { turnedAway: [...boot.world.facts.turnedAway, name] });
        return 'next';
      }
    }
  },
});

/** Receives, and does not activate. */
export const stage = (name: string, way: Way = {}): Step => ({
  name: `stage ${name}`,
  act(boot, told) {
    if (boot.image === releaseOf(boot.stock, name)) return 'next';
    const { code } = offer(boot, releaseOf(boot.stock, name), way);
    told.say(`offer ${name}: ${code}`);
    if (code === Ok || code === Err.Cancelled) return 'next';
    const outcome = answer(boot, releaseOf(boot.stock, name), code, told);
    return outcome === 'retry' ? 'next' : outcome;
  },
});

/** Receives so many bytes, envelope included, and is given up. */
export const half = (name: string, most: number, way: Way = {}): Step => ({
  ...stage(name, { chunk: 250, ...way, most }),
  name: `half of ${name}`,
});

/** Offers what the board must turn away, with 0 operations on its slots: the laws see to that. */
export const turnsAway = (boot: Boot, name: string, codes: readonly number[], told: Told): void => {
  const { envelope, payload } = releaseOf(boot.stock, name);
  const course = driveByRange(boot.agent!, envelope, { chunk: 4096 });
  const { code } = driveNow(course, (offset, length) => payload.subarray(offset, offset + length));
  bootCheck(boot);
  told.say(`offer ${name}: ${code}`);
  if (code < 0 && (codes.includes(code) || boot.world.worn)) return;
  throw new Violation('refused-stays-refused', `${name} is answered with ${code}`);
};

export const refuse = (name: string, codes: readonly number[]): Step => ({
  name: `refuse ${name}`,
  act(boot, told) {
    // A board that went back for its worn flash may take this one again, and has not done what bars the others; nor has
    // one whose bootloader took a cut for the fault of an image that has none.
    const { turnedAway, refused } = boot.world.facts;
    const wronged = refused.some((one) => told.scenario.manners?.[one] === undefined);
    if (turnedAway.length === 0 && !wronged) turnsAway(boot, name, codes, told);
    return 'next';
  },
});

/** Switched off and on again. */
export const restart = (cause: number = Reset.Power): Step => ({
  name: 'restart',
  act(boot) {
    boot.world.cause = cause;
    return 'over';
  },
});

/** Goes back by hand to an image that was confirmed once. */
export const revert = (to: string): Step => ({
  name: `revert to ${to}`,
  act(boot, told) {
    if (boot.image!.name === to) return 'next';
    note(boot, { must: undefined });
    const code = boot.agent!.revert();
    bootCheck(boot);
    told.say(`revert: ${code}`);
    if (!boot.reset) {
      const { worn, facts } = boot.world;
      if (worn || facts.turnedAway.length > 0 || facts.refused.length > 0) return 'next';
      // The slot is in doubt since a cut in an offer, or the record reads otherwise now: the next boot knows.
      if (code === Err.BadState) return 'again';
      throw new Violation('update-taken', `revert to ${to}: ${code}`);
    }
    note(boot, { must: to });
    return 'again';
  },
});

/** The owner's word that reverted manifests may come again: a record, and no more. */
export const forgive = (times: number): Step => ({
  name: `forgive ${times} times`,
  act(boot) {
    for (let i = 0; i < times; i++) {
      const code = boot.agent!.forgive();
      bootCheck(boot);
      if (code !== Ok && !boot.world.worn)
        throw new Violation('update-taken', `the journal is not written: ${code}`);
    }
    return 'next';
  },
});

const flip = (boot: Boot, slot: number): void => {
  const { device, from } = slotRange(boot.world, slot);
  const flash = boot.world.flash.devices[device]!;
  flash.poke(Uint8Array.of(flash.bytes[from + 1000]! ^ 0x10), from + 1000);
};

/** A bit of the running image flips by itself, as its flash grows old. The other one has to run, if it may. */
export const rot = (other?: string): Step => ({
  name: 'rot',
  act(boot) {
    flip(boot, boot.decision.slot);
    note(boot, { must: other, rotted: true, ruined: other === undefined });
    boot.world.cause = Reset.Power;
    return 'over';
  },
});

/** Both images rot: only a recovery can help. */
export const ruin = (): Step => ({
  name: 'ruin',
  act(boot) {
    flip(boot, 0);
    flip(boot, 1);
    note(boot, { must: undefined, rotted: true, ruined: true });
    boot.world.cause = Reset.Power;
    return 'over';
  },
});

/** The journal is gone, as after a change of its flash: blank, or nonsense. */
export const loseJournal = (fill: 'blank' | 'nonsense'): Step => ({
  name: `lose the journal: ${fill}`,
  act(boot) {
    const { world } = boot;
    const { device, from, count } = world.profile.journal;
    const flash = world.flash.devices[device]!;
    flash.eraseBlock(from, from + count);
    if (fill === 'nonsense') {
      for (let sector = from; sector < from + count; sector++) {
        const noise = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + sector) & 0xff);
        flash.write(noise, flash.sectors.starts[sector]!);
      }
    }
    note(boot, { must: undefined, refused: [], turnedAway: [] });
    world.cause = Reset.Power;
    return 'over';
  },
});
