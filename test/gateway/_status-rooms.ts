/** Rooms of a gateway in memory, for the status room: two devices, one group, secrets wherever a room has them. */
import type { DeviceRecord, GroupState } from '../../gateway/contract.ts';
import type { Rooms } from '../../gateway/status/index.ts';

export const SECRET = 'hidden-7f3a9c';
export const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u0000';

const device = (id: string, change: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id,
  group: 'canary',
  vendor: undefined,
  classId: undefined,
  report: undefined,
  reportAt: 0,
  claims: { link: 'coap', authenticated: true, profile: HOSTILE.repeat(100) },
  lastSeen: 5,
  nextWake: 0,
  work: undefined,
  refusedReports: 0,
  refusal: '',
  ...change,
});

const work: DeviceRecord['work'] = {
  work: {
    id: '7',
    title: 'lamp 2',
    download: 'forced',
    update: 'forced',
    source: {
      envelope: {
        url: `http://u:${SECRET}@h/`,
        name: 'update.suit',
        sizeMax: 4096,
        authorization: `TargetToken ${SECRET}`,
      },
      files: [],
    },
  },
  state: 'reverted',
  release: undefined,
  manifestDigest: undefined,
  since: 1,
  code: -112,
  words: '',
  cancelling: false,
};

export interface FakeRooms extends Rooms {
  readonly commands: string[];
  change(id: string, change: Partial<DeviceRecord>): void;
}

export const statusRooms = (): FakeRooms => {
  const devices = new Map(
    [device('lamp-2', { work }), device('lamp-10')].map((one) => [one.id, one] as const),
  );
  const watchers = new Set<(changed: DeviceRecord) => void>();
  const commands: string[] = [];
  let paused = false;
  const group = (): GroupState => ({
    name: 'canary',
    release: `lamp ${HOSTILE}`,
    counts: {
      none: 1,
      waiting: 0,
      fetching: 0,
      ready: 0,
      offered: 0,
      staged: 0,
      trial: 0,
      success: 0,
      reverted: 1,
      failed: 0,
      cancelled: 0,
    },
    devices: 2,
    succeeded: 0,
    failed: 1,
    successLine: 2,
    failureLine: 2,
    stopped: false,
    paused,
    after: [],
  });
  const command =
    (name: string, to: boolean) =>
    (of: string): void => {
      paused = to;
      commands.push(`${name} ${of}`);
    };
  return {
    inventory: {
      device: (id) => devices.get(id),
      devices: () => [...devices.values()],
      watch(changed) {
        watchers.add(changed);
        return () => watchers.delete(changed);
      },
      saved: () => Promise.resolve(),
    },
    rollout: {
      gate: () => ({ kind: 'open', whom: [], words: '' }),
      groups: () => [group()],
      pause: command('pause', true),
      resume: command('resume', false),
    },
    releases: { downloads: () => [], find: () => undefined },
    store: { usage: () => ({ bytes: 1, quota: 2, artefacts: 1 }) },
    upstreams: [
      {
        name: 'hawkbit',
        state: () => ({
          requests: 3,
          trouble: `http://u:${SECRET}@h/ said 401 to GatewayToken ${SECRET}`,
          lastContact: 4,
        }),
      },
    ],
    commands,
    change(id, change) {
      const next = { ...devices.get(id)!, ...change };
      devices.set(id, next);
      for (const watcher of watchers) watcher(next);
    },
  };
};
