/** The plan, checked: who belongs where, and what comes first. */
import { PublishError } from '../../publisher/errors.ts';
import type { DeviceEntry, GroupPlan, Plan } from '../contract.ts';
import { globMatches } from './glob.ts';

/** Devices that no group takes. It comes after all groups, unless the plan names it itself. */
export const OTHERS = 'others';
const NAME = /^[\w.-]{1,64}$/;
const GLOB = /^[\w.*?-]{1,64}$/;
const PERCENT = /^(\d{1,3}(?:\.\d+)?)%$/;

export interface Group {
  readonly name: string;
  readonly globs: readonly string[];
  /** As the plan has it, and with what these come after in turn: a group without work lets through what is before it. */
  readonly after: readonly string[];
  readonly before: readonly string[];
  /** 0..1 */
  readonly success: number;
  /** Failures at which a group of `size` devices stops. */
  readonly failureLine: (size: number) => number;
  readonly together: number;
}

const refuse = (group: string, what: string, remedy: string): PublishError =>
  new PublishError(what, { field: `group ${group}`, remedy });

const lineOf = ({ name, failures = 1 }: GroupPlan): ((size: number) => number) => {
  const remedy = 'Give a count from 1 on, or a share above 0% and up to 100%, such as "10%"';
  if (typeof failures === 'number') {
    if (Number.isSafeInteger(failures) && failures >= 1) return () => failures;
    throw refuse(name, `failures ${failures}`, remedy);
  }
  const percent = Number(PERCENT.exec(failures)?.[1] ?? Number.NaN);
  if (!(percent > 0 && percent <= 100)) throw refuse(name, `failures "${failures}"`, remedy);
  return (size) => Math.max(1, Math.ceil((size * percent) / 100 - 1e-9));
};

const groupOf = (plan: GroupPlan): Omit<Group, 'before'> => {
  const { name, devices, after = [], success = 1, together = Infinity } = plan;
  if (!NAME.test(name)) throw refuse(name, 'is no name', 'Give 1 to 64 letters, digits, . _ -');
  const wrong = devices.find((glob) => !GLOB.test(glob));
  if (wrong !== undefined)
    throw refuse(name, `"${wrong}" matches no device`, 'Give a device id, with * and ? where it may differ');
  if (!(success >= 0 && success <= 1))
    throw refuse(name, `success ${success}`, 'Give the share of devices that must succeed, 0 to 1');
  if (!(together === Infinity || (Number.isSafeInteger(together) && together >= 1)))
    throw refuse(name, `together ${together}`, 'Give how many may be under way at once, from 1 on');
  return { name, globs: devices, after, success, failureLine: lineOf(plan), together };
};

type Found = ReadonlyMap<string, Omit<Group, 'before'>>;

/** All that comes before a group. `way`: how it was come to, so that a cycle can be shown. */
const beforeOf = (groups: Found, name: string, way: readonly string[], into: Set<string>): void => {
  for (const earlier of groups.get(name)!.after) {
    const on = [...way, earlier];
    if (!groups.has(earlier))
      throw refuse(name, `comes after ${earlier}, which is no group`, 'Name a group of this plan in "after"');
    if (way.includes(earlier))
      throw refuse(earlier, `waits for itself: ${on.join(' after ')}`, 'Take one of them out of "after"');
    if (into.has(earlier)) continue;
    into.add(earlier);
    beforeOf(groups, earlier, on, into);
  }
};

const pairsCheck = ({ pairs }: Plan, ids: ReadonlySet<string>): void => {
  for (const pair of pairs) {
    const field = `pair ${pair.join(', ')}`;
    if (new Set(pair).size !== pair.length || pair.length < 2)
      throw new PublishError('is not two devices or more', { field, remedy: 'Name each device once' });
    const stranger = pair.find((id) => !ids.has(id));
    if (stranger !== undefined)
      throw new PublishError(`${stranger} is not in the configuration`, {
        field,
        remedy: 'Correct its id, or enrol it first: a pair that is not known protects nothing',
      });
  }
};

export interface Groups {
  readonly groups: ReadonlyMap<string, Group>;
  /** Group of each device, by id. */
  readonly of: ReadonlyMap<string, string>;
  readonly pairs: readonly (readonly string[])[];
}

const placeOf = (groups: readonly GroupPlan[], { id, group }: DeviceEntry): string => {
  if (group === '' || group === OTHERS)
    return groups.find(({ devices }) => devices.some((glob) => globMatches(glob, id)))?.name ?? OTHERS;
  if (groups.some(({ name }) => name === group)) return group;
  throw refuse(group, `is not in the plan, and ${id} is to be in it`, 'Add it to the plan, or correct it');
};

/** Throws PublishError, which names the group, on a plan that cannot be. */
export const groupsOf = (plan: Plan, entries: readonly DeviceEntry[]): Groups => {
  const found = new Map<string, Omit<Group, 'before'>>();
  for (const one of plan.groups) {
    if (found.has(one.name)) throw refuse(one.name, 'is there twice', 'Give each group a name of its own');
    found.set(one.name, groupOf(one));
  }
  const of = new Map(entries.map((entry) => [entry.id, placeOf(plan.groups, entry)]));
  const left = !found.has(OTHERS) && [...of.values()].includes(OTHERS);
  if (left) found.set(OTHERS, groupOf({ name: OTHERS, devices: [], after: [...found.keys()] }));
  const groups = new Map<string, Group>();
  for (const [name, group] of found) {
    const before = new Set<string>();
    beforeOf(found, name, [name], before);
    groups.set(name, { ...group, before: [...before] });
  }
  pairsCheck(plan, new Set(of.keys()));
  return { groups, of, pairs: plan.pairs };
};
