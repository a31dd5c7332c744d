/** One device, and the ways to bring its work into each state. */
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Inventory, Release, WorkState } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { CLAIMS, digestOf, entry, keyOf, MemoryDisk, releaseOf, Reporting } from './_devices.ts';
import type { Told } from './_devices.ts';

export const OLD: Told = { runs: 'old', sequence: 6 };
export const NEW: Told = { runs: 'new', sequence: 7 };
export const went = (code: number, more: Partial<Told> = {}): Told => ({
  ...OLD,
  event: Event.Reverted,
  code,
  about: 'new',
  to: 7,
  ...more,
});

export interface Rig {
  readonly inventory: Inventory;
  readonly device: Reporting;
  readonly state: () => WorkState | undefined;
  readonly say: (told: Told, staged?: string) => void;
}

export const rigOf = async (): Promise<Rig> => {
  const inventory = await openInventory({
    folder: 'memory',
    disk: new MemoryDisk(),
    entries: [entry('a')],
    keyOf,
  });
  const device = new Reporting('a');
  const say = (told: Told, staged?: string): void => {
    const claims = staged === undefined ? CLAIMS : { ...CLAIMS, staged: digestOf(staged) };
    const { verified, refusal } = inventory.checkedIn('a', device.report(told), claims, 50);
    if (!verified) throw new Error(refusal);
  };
  return { inventory, device, say, state: () => inventory.device('a')?.work?.state };
};

export const release: Release = releaseOf('new', 7);
export const offered = ({ inventory }: Rig): void => void inventory.moved('a', 'offered', 0, '', 20, release);

/** How each state is come to, from work that was wanted. */
export const WAYS: Readonly<Record<WorkState, (rig: Rig) => void>> = {
  waiting: ({ inventory }) => void inventory.moved('a', 'waiting', 0, 'for others', 20, release),
  fetching: ({ inventory }) => void inventory.moved('a', 'fetching', 0, '', 20, release),
  ready: ({ inventory }) => void inventory.moved('a', 'ready', 0, '', 20, release),
  offered,
  staged: (rig) => {
    offered(rig);
    rig.say(OLD, 'new');
  },
  trial: (rig) => {
    offered(rig);
    rig.say({ ...NEW, trial: true });
  },
  success: (rig) => {
    offered(rig);
    rig.say(NEW);
  },
  reverted: (rig) => {
    offered(rig);
    rig.say(went(Err.CheckFailed, { check: 'mqtt' }));
  },
  failed: (rig) => {
    offered(rig);
    rig.say({ ...OLD, session: [Err.SignatureWrong, 'new'] });
  },
  cancelled: ({ inventory }) => {
    inventory.moved('a', 'ready', 0, '', 20, release);
    inventory.wanted('a', undefined, 21);
  },
};

export const BEFORE: readonly WorkState[] = ['waiting', 'fetching', 'ready'];
export const TOLD: readonly WorkState[] = ['offered', 'staged'];
