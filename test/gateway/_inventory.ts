/** An inventory in memory for tests of the rooms beside it: one device, and what was said of it. */
import type { DeviceRecord, Inventory, Work, WorkRecord } from '../../gateway/contract.ts';

export interface MemoryInventory extends Inventory {
  /** What a check-in, or another room, brings about. */
  set(change: Partial<DeviceRecord>): void;
  work(change: Partial<WorkRecord>): void;
  readonly wishes: (Work | undefined)[];
  /** Of the disk: while it is there nothing is saved. */
  trouble: Error | undefined;
  /** How often it was asked to save. */
  saves: number;
}

export const memoryInventory = (id: string): MemoryInventory => {
  let device: DeviceRecord = {
    id,
    group: 'field',
    vendor: undefined,
    classId: undefined,
    report: undefined,
    reportAt: 0,
    claims: undefined,
    lastSeen: 0,
    nextWake: 0,
    work: undefined,
    refusedReports: 0,
    refusal: '',
  };
  const settings = new Map<string, string>();
  const watchers = new Set<(device: DeviceRecord) => void>();
  const wishes: (Work | undefined)[] = [];
  const set = (change: Partial<DeviceRecord>): void => {
    device = { ...device, ...change };
    for (const watcher of watchers) watcher(device);
  };
  const work = (change: Partial<WorkRecord>): void => {
    if (device.work === undefined) throw new Error('there is no work');
    set({ work: { ...device.work, ...change } });
  };
  const begun = (wish: Work): WorkRecord => ({
    work: wish,
    state: 'waiting',
    release: undefined,
    manifestDigest: undefined,
    since: 0,
    code: 0,
    words: '',
    cancelling: false,
  });
  return {
    wishes,
    set,
    work,
    device: (asked) => (asked === id ? device : undefined),
    devices: () => [device],
    checkedIn: () => ({ device, verified: false, refusal: '' }),
    wanted(_, wish) {
      if (wish?.id === device.work?.work.id) return;
      wishes.push(wish);
      if (wish !== undefined) set({ work: begun(wish) });
      else if (device.work?.state === 'waiting') work({ state: 'cancelled' });
      else work({ cancelling: true });
    },
    moved(_, state, code, words) {
      work({ state, code, words });
      return true;
    },
    follow: () => () => undefined,
    settings: (prefix) => [...settings].filter(([key]) => key.startsWith(prefix)),
    trouble: undefined,
    saves: 0,
    saved() {
      this.saves++;
      return this.trouble === undefined ? Promise.resolve() : Promise.reject(this.trouble);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    setting: (key) => settings.get(key),
    keep: (key, value) => void (value === undefined ? settings.delete(key) : settings.set(key, value)),
    close: () => Promise.resolve(),
  };
};
