/**
 * What must hold of a board, whatever power and flash do to it: the laws of docs/DESIGN.md section 2, each as named
 * predicates. A predicate returns what is wrong, or undefined.
 */
import { NO_SLOT, Ok } from '../../agent/codes.ts';
import type { Operation } from '../../hal/node/power.ts';
import type { Boot } from './boot.ts';
import { journalSectors, journalUnit, stateCounted } from './journal-view.ts';
import type { Counted } from './journal-view.ts';
import { footerAt, imageIn, slotRange, slotWhole, stands, tailIn, within } from './slots.ts';
import type { Status } from '../flipside.ts';
import type { Release } from './stock.ts';
import { Violation } from './violation.ts';
import { beyond, promises, rots } from './world.ts';

export interface Invariant<Given> {
  readonly name: string;
  /** Of docs/DESIGN.md section 2; 0: of another section. */
  readonly law: number;
  readonly broken: (given: Given) => string | undefined;
}

/** The first invariant of a table that does not hold. */
export const broken = <Given>(table: readonly Invariant<Given>[], given: Given): Violation | undefined => {
  for (const { name, broken: find } of table) {
    const words = find(given);
    if (words !== undefined) return new Violation(name, words);
  }
  return undefined;
};

export const hold = <Given>(table: readonly Invariant<Given>[], given: Given): void => {
  const violation = broken(table, given);
  if (violation !== undefined) throw violation;
};

const letter = (slot: number): string => 'AB'[slot] ?? 'none';

/** The state that counts by what stands in flash. */
export const counted = ({ world }: Boot): Counted | undefined =>
  stateCounted(journalSectors(world.profile, world.flash.save()), journalUnit(world.profile));

/**
 * Records that have to stand behind a state that is acted on. Where a cut has left a place, the second of them may be
 * torn and have read right: docs/DESIGN.md 7.2.
 */
const sealed = ({ world }: Boot, { after }: Counted): boolean => after >= (world.places.length > 0 ? 1 : 2);

/** The highest floor that confirmed images have set. */
const floorOf = ({ world, stock }: Boot): number =>
  Math.max(
    world.counter.value,
    ...world.facts.confirmed.map((name) => stock.releases[name]!.minimumSecurityVersion ?? 0),
  );

/** What stands in the slot that is the way back of a trial. */
const wayBack = (boot: Boot, state: Counted): Release | undefined => {
  const { world, stock } = boot;
  const low = world.profile.swap === true || world.profile.control?.kind === 'mcuboot';
  const range = slotRange(world, state.state.confirmed, low);
  const release = imageIn(world, stock, range);
  return release !== undefined && stands(world, range, release) ? release : undefined;
};

/** After the decision, before anything else. */
export const atDecision: readonly Invariant<{ readonly boot: Boot }>[] = [
  {
    name: 'never-neither',
    law: 5,
    broken: ({ boot: { code, decision, world } }) =>
      (code === Ok && decision.slot !== NO_SLOT) ||
      (world.profile.control !== undefined && decision.slot !== NO_SLOT) ||
      beyond(world, slotRange(world, 0))
        ? undefined
        : `nothing is booted: ${code}, after ${decision.code}${world.worn ? ', on worn flash' : ''}`,
  },
  {
    name: 'recovery-called',
    law: 5,
    broken: ({ boot: { code, recovery, decision } }) =>
      code === Ok || recovery || decision.slot !== NO_SLOT
        ? undefined
        : `nothing is booted, ${code}, and no recovery is called`,
  },
];

/**
 * A bootloader of another make gives an image one boot to be confirmed in: a reset for whatever cause, also one before
 * the image had its turn, ends its trial.
 */
const triedOnce = ({ profile, facts, cuts, worn }: Boot['world']): boolean =>
  profile.control !== undefined &&
  facts.must !== undefined &&
  !facts.confirmed.includes(facts.must) &&
  (cuts > 0 || worn);

/** When an image is about to run. */
export const atBoot: readonly Invariant<{ readonly boot: Boot }>[] = [
  {
    name: 'image-known',
    law: 5,
    broken: ({ boot: { image, decision } }) =>
      image !== undefined ? undefined : `slot ${letter(decision.slot)} is booted and holds no signed image`,
  },
  {
    name: 'image-stands',
    law: 5,
    broken: ({ boot: { world, image, decision } }) =>
      rots(world) || stands(world, slotRange(world, decision.slot), image!)
        ? undefined
        : `${image!.name} is booted from flash that a cut left undefined, or that is worn`,
  },
  {
    name: 'sequence-told',
    law: 5,
    broken: ({ boot: { image, decision, world } }) =>
      world.profile.control !== undefined ||
      (image!.sequence === decision.sequence && image!.image.length === decision.imageSize)
        ? undefined
        : `${image!.name} is booted, sequence ${decision.sequence} was said to be`,
  },
  {
    name: 'above-floor',
    law: 5,
    broken: ({ boot }) =>
      // A bootloader of another make knows of no floor.
      boot.world.profile.control !== undefined || boot.image!.securityVersion >= floorOf(boot)
        ? undefined
        : `${boot.image!.name} has security version ${boot.image!.securityVersion}, the floor is ${floorOf(boot)}`,
  },
  {
    name: 'promise-kept',
    law: 5,
    broken: ({ boot: { world, image } }) =>
      world.low ||
      triedOnce(world) ||
      world.facts.must === undefined ||
      world.facts.must === image!.name ||
      !promises(world.profile, world)
        ? undefined
        : `${world.facts.must} had to boot, ${image!.name} did`,
  },
  {
    name: 'attempt-on-record',
    law: 7,
    broken: ({ boot }) => {
      // What a bootloader of another make has started runs, whether the journal takes a record or not.
      if (!boot.decision.trial || (boot.world.profile.control !== undefined && boot.code < 0))
        return undefined;
      const found = counted(boot);
      if (found === undefined) return 'a trial is booted, and the journal cannot be read';
      const { state, after } = found;
      const named = state.trial === boot.decision.slot && state.attempts >= boot.decision.attempt;
      const right = named && sealed(boot, found);
      return right && state.boots > 0
        ? undefined
        : `attempt ${boot.decision.attempt} runs; on record: slot ${letter(state.trial)}, attempt ${state.attempts}, boots ${state.boots}, ${after} records behind`;
    },
  },
  {
    name: 'way-back-open',
    law: 6,
    broken: ({ boot }) => {
      if (!boot.decision.trial || !promises(boot.world.profile, boot.world)) return undefined;
      const found = counted(boot);
      if (found === undefined) return undefined;
      const back = wayBack(boot, found);
      if (back === undefined) return 'a trial runs, and the other slot holds nothing to go back to';
      const floor = Math.max(boot.world.counter.value, found.state.floor);
      return back.securityVersion >= floor
        ? undefined
        : `a trial runs, and ${back.name} is below the floor of ${floor}`;
    },
  },
  {
    name: 'refused-stays-refused',
    law: 10,
    broken: ({ boot: { world, image, decision } }) =>
      decision.trial && world.facts.refused.includes(image!.name) && promises(world.profile, world)
        ? `${image!.name} was reverted for good, and runs again`
        : undefined,
  },
  {
    name: 'trial-ends',
    law: 10,
    broken: ({ boot: { world, image, decision, stock } }) => {
      if (!decision.trial) return undefined;
      const { trials, burned } = world.facts;
      const [boots, burns] = [trials[image!.name] ?? 0, burned[image!.name] ?? 0];
      const { attempts = 3, trialBoots = 20 } = stock.config;
      // Each cut may lose the record of the boot that it ended, and a wake is free.
      const slack = world.cuts + WAKES;
      return boots < trialBoots + slack && burns < attempts + world.cuts
        ? undefined
        : `${image!.name} is on trial for the ${boots + 1}th boot, ${burns} of them its own fault`;
    },
  },
];

/** When the agent of an image that is not on trial is open, before anything is wanted of it. */
export const atOpen: readonly Invariant<{ readonly boot: Boot; readonly status: Status }>[] = [
  {
    name: 'counter-follows',
    law: 6,
    broken: ({ boot: { world }, status }) =>
      world.worn || world.counter.value === status.floor
        ? undefined
        : `the floor is ${status.floor}, the counter stands at ${world.counter.value}`,
  },
  {
    name: 'accepted-on-record',
    law: 10,
    broken: ({ boot: { world, image }, status }) =>
      world.worn || image!.sequence <= status.accepted || !promises(world.profile, world)
        ? undefined
        : `${image!.name} of sequence ${image!.sequence} runs, and ${status.accepted} is the highest on record`,
  },
];

/** Deep-sleep wakes in a trial that scenarios make. */
const WAKES = 5;

const onSlots = (boot: Boot, { device, offset, length }: Operation, slot: number): boolean =>
  within(slotWhole(boot.world, slot), device, offset, offset + length);

/** Before each flash operation. */
export const atOperation: readonly Invariant<{ readonly boot: Boot; readonly operation: Operation }>[] = [
  {
    name: 'active-untouched',
    law: 2,
    broken: ({ boot, operation }) => {
      if (boot.stage === 'decide') {
        const slots =
          boot.world.profile.swap !== true &&
          boot.world.profile.control === undefined &&
          [0, 1].some((slot) => onSlots(boot, operation, slot));
        return slots
          ? `the boot decision works on a slot: ${operation.kind} at ${operation.offset}`
          : undefined;
      }
      return onSlots(boot, operation, boot.decision.slot)
        ? `the running slot is worked on: ${operation.kind} at ${operation.offset}`
        : undefined;
    },
  },
  {
    name: 'nothing-before-proof',
    law: 1,
    broken: ({ boot, operation }) => {
      if (boot.stage === 'decide' || !onSlots(boot, operation, 1 - boot.decision.slot)) return undefined;
      if (boot.stage === 'trial') return `the way back of a trial is worked on: ${operation.kind}`;
      return boot.stage === 'offer' && boot.offered !== undefined
        ? undefined
        : `the inactive slot is worked on without an offer to take: ${operation.kind} at ${operation.offset}`;
    },
  },
  {
    name: 'mark-last',
    law: 4,
    broken: ({ boot, operation }) => {
      const { offered, world, stage } = boot;
      if (operation.kind !== 'program' || offered === undefined || stage !== 'offer') return undefined;
      const range = slotRange(world, 1 - boot.decision.slot);
      const mark = footerAt(world, range);
      const { device, offset, length } = operation;
      if (device !== range.device || offset > mark || offset + length <= mark) return undefined;
      return imageIn(world, boot.stock, range) === offered
        ? undefined
        : `the mark is written while the slot does not hold ${offered.name}`;
    },
  },
];

/** When the hardware counter is raised. */
export const atRaise: readonly Invariant<{ readonly boot: Boot; readonly to: number }>[] = [
  {
    name: 'floor-after-confirm',
    law: 6,
    broken: ({ boot, to }) => {
      const found = counted(boot);
      if (found === undefined || !sealed(boot, found))
        return `the counter is raised to ${to} on an unsealed record`;
      const { trial, floor } = found.state;
      return trial === NO_SLOT && floor >= to
        ? undefined
        : `the counter is raised to ${to}; on record: floor ${floor}, trial ${letter(trial)}`;
    },
  },
];

/** When the board is at rest: a boot that had nothing to do. */
export const atRest: readonly Invariant<{ readonly boot: Boot; readonly operations: number }>[] = [
  {
    name: 'settled-writes-nothing',
    law: 0,
    broken: ({ operations }) =>
      operations === 0 ? undefined : `a settled boot takes ${operations} flash operations`,
  },
  {
    name: 'written-once',
    law: 5,
    broken: ({ boot: { world } }) =>
      world.flash.misuses() === world.misusesBefore
        ? undefined
        : `${world.flash.misuses() - world.misusesBefore} calls broke the flash contract: a unit programmed twice, or out of bounds`,
  },
  {
    name: 'slot-complete',
    law: 4,
    broken: ({ boot: { world, stock, decision } }) => {
      const range = slotRange(world, decision.slot);
      // A bootloader of another make goes by no tail.
      if (world.profile.control !== undefined && rots(world)) return undefined;
      return tailIn(world, range) !== undefined && imageIn(world, stock, range) !== undefined
        ? undefined
        : 'the running slot lost its tail';
    },
  },
];
