/** The document of the groups: how far each is, and what holds it back. */
import type { DeviceRecord, GroupState, Instant } from '../contract.ts';
import { isOver } from '../inventory/transitions.ts';
import { DocumentVersion, gateShape, heldBy, sequenceOf, stateOf, whyOf } from './documents.ts';
import type { Rooms } from './documents.ts';
import type { GateShape, GroupsDocument, GroupShape, Phase, ShownState } from './shapes.ts';
import { shown } from './text.ts';
import { shownStates } from './words.ts';

const WAITS_MOST = 4;
const FAILURES_MOST = 4;
const LOST_MOST = 20;
const ended: readonly ShownState[] = ['reverted', 'failed'];

interface Found {
  readonly waits: Map<string, { readonly gate: GateShape; devices: number }>;
  readonly failures: DeviceRecord[];
  sequence: number | null;
}

const foundNew = (): Found => ({ waits: new Map(), failures: [], sequence: null });

/** What the devices that have the group's work say of it; one walk over the fleet. */
const foundOf = (rooms: Rooms, groups: readonly GroupState[]): ReadonlyMap<string, Found> => {
  const titles = new Map(groups.map(({ name, release }) => [name, release]));
  const found = new Map(groups.map(({ name }) => [name, foundNew()]));
  for (const device of rooms.inventory.devices()) {
    const of = found.get(device.group);
    const { work } = device;
    if (of === undefined || work === undefined || work.work.title !== titles.get(device.group)) continue;
    of.sequence ??= sequenceOf(rooms, work);
    if (ended.includes(work.state)) of.failures.push(device);
    const gate = heldBy(rooms, device);
    if (gate === undefined || gate.kind === 'open') continue;
    const key = `${gate.kind} ${gate.words}`;
    const wait = of.waits.get(key) ?? { gate: gateShape(gate), devices: 0 };
    of.waits.set(key, wait);
    wait.devices += 1;
  }
  return found;
};

interface Look {
  readonly group: GroupState;
  readonly having: number;
  /** Not over. */
  readonly live: number;
  /** Held back. */
  readonly held: number;
  readonly waits: GroupShape['waits'];
}

const short = ({ group: { succeeded, successLine } }: Look): boolean => succeeded < successLine;

/** Top row wins. */
const phases: readonly (readonly [
  phase: Phase,
  holds: (look: Look) => boolean,
  words: (look: Look) => string,
])[] = [
  [
    'stopped',
    ({ group }) => group.stopped,
    ({ group: { failed, failureLine } }) =>
      `${failed} did not take it; it stops at ${failureLine}. Resume lifts the stop for this release.`,
  ],
  ['paused', ({ group }) => group.paused, () => 'Paused by hand: none begins.'],
  ['idle', ({ having }) => having === 0, () => 'No release is rolled out.'],
  [
    'ended',
    (look) => look.live === 0 && short(look),
    ({ group: { succeeded, successLine } }) =>
      `None is under way any more. ${succeeded} have confirmed it, ${successLine} have to.`,
  ],
  [
    'done',
    ({ live }) => live === 0,
    ({ group: { succeeded }, having }) =>
      succeeded === having ? 'All have confirmed it.' : `${succeeded} of ${having} have confirmed it.`,
  ],
  [
    'waiting',
    ({ held, live }) => held === live,
    ({ waits }) => `Waits: ${waits.map(({ words }) => words).join('; ')}.`,
  ],
  ['running', () => true, () => ''],
];

const groupShape = (group: GroupState, found: Found): GroupShape => {
  const counts = Object.fromEntries(
    shownStates.map((state) => [state, group.counts[state] ?? 0]),
  ) as GroupShape['counts'];
  const live = shownStates.reduce(
    (sum, state) => (state === 'none' || isOver(state) ? sum : sum + counts[state]),
    0,
  );
  const all = [...found.waits.values()].sort((one, other) => other.devices - one.devices);
  const waits = all.slice(0, WAITS_MOST).map(({ gate, devices }) => ({ ...gate, devices }));
  const held = all.reduce((sum, { devices }) => sum + devices, 0);
  const look: Look = { group, having: group.devices - counts.none, live, held, waits };
  const [phase, , words] = phases.find(([, holds]) => holds(look))!;
  const latest = found.failures.sort((one, other) => (other.work?.since ?? 0) - (one.work?.since ?? 0));
  const { lost = [] } = group;
  return {
    name: shown(group.name),
    phase,
    words: words(look),
    title: shown(group.release),
    sequence: found.sequence,
    devices: group.devices,
    having: look.having,
    counts,
    succeeded: group.succeeded,
    successLine: group.successLine,
    failed: group.failed,
    failureLine: group.failureLine,
    stopped: group.stopped,
    paused: group.paused,
    after: group.after.map((name) => shown(name)),
    lost: { count: lost.length, names: lost.slice(0, LOST_MOST).map((id) => shown(id)) },
    waits,
    failures: latest
      .slice(0, FAILURES_MOST)
      .map((device) => ({ id: shown(device.id), state: stateOf(device), words: whyOf(device) })),
  };
};

export const groupsDocument = (rooms: Rooms, now: Instant): GroupsDocument => {
  const groups = rooms.rollout.groups();
  const found = foundOf(rooms, groups);
  return {
    version: DocumentVersion,
    now,
    groups: groups.map((group) => groupShape(group, found.get(group.name)!)),
  };
};
