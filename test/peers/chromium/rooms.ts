/** Rooms of a gateway with many devices, in memory. */
import type { DeviceRecord, WorkState } from '../../../gateway/contract.ts';
import type { Rooms } from '../../../gateway/status/index.ts';
import { countsNew } from '../../../gateway/rollout/tally.ts';

const WAYS: readonly WorkState[] = ['waiting', 'ready', 'offered', 'staged', 'trial', 'success'];
const GROUPS = 10;

export interface FleetRooms extends Rooms {
  /** The device `at` comes as far as `round`. */
  change(at: number, round: number): void;
}

const recordOf = (at: number, state: WorkState, now: number): DeviceRecord => ({
  id: `sensor-${String(at).padStart(3, '0')}`,
  group: `field-${at % GROUPS}`,
  vendor: undefined,
  classId: undefined,
  report: undefined,
  reportAt: 0,
  claims: { link: 'coap', authenticated: true, battery: 20 + (at % 80) },
  lastSeen: now,
  nextWake: now + 3_600_000,
  work: {
    work: {
      id: String(at),
      title: 'sensor 2',
      download: 'forced',
      update: 'forced',
      source: { envelope: { url: 'http://h/', name: 'update.suit', sizeMax: 4096 }, files: [] },
    },
    state,
    release: undefined,
    manifestDigest: undefined,
    since: now,
    code: 0,
    words: '',
    cancelling: false,
    sequence: 2,
  },
  refusedReports: 0,
  refusal: '',
});

export const fleetRooms = (count: number): FleetRooms => {
  const devices = Array.from({ length: count }, (_, at) => recordOf(at, 'waiting', Date.now()));
  const watchers = new Set<(changed: DeviceRecord) => void>();
  const groupOf = (at: number): ReturnType<Rooms['rollout']['groups']>[number] => {
    const mine = devices.filter(({ group }) => group === `field-${at}`);
    const counts = countsNew();
    for (const { work } of mine) counts[work!.state] += 1;
    return {
      name: `field-${at}`,
      release: 'sensor 2',
      counts: { ...counts, none: 0 },
      devices: mine.length,
      succeeded: counts.success,
      failed: 0,
      successLine: mine.length,
      failureLine: 5,
      stopped: false,
      paused: false,
      after: [],
    };
  };
  return {
    inventory: {
      device: (id) => devices.find((one) => one.id === id),
      devices: () => devices,
      watch(changed) {
        watchers.add(changed);
        return () => watchers.delete(changed);
      },
      saved: () => Promise.resolve(),
    },
    rollout: {
      gate: () => ({ kind: 'open', whom: [], words: '' }),
      groups: () => Array.from({ length: GROUPS }, (_, at) => groupOf(at)),
      pause: () => undefined,
      resume: () => undefined,
    },
    releases: { downloads: () => [], find: () => undefined },
    store: { usage: () => ({ bytes: 1, quota: 2, artefacts: 1 }) },
    upstreams: [],
    change(at, round) {
      const next = recordOf(at, WAYS[Math.min(round, WAYS.length - 1)]!, Date.now());
      devices[at] = next;
      for (const watcher of watchers) watcher(next);
    },
  };
};
