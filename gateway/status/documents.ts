/**
 * What the API answers. Each field is picked by name: work carries addresses and credentials of the server, a report
 * the bytes that prove it, and none of these goes out.
 */
import type {
  ArtefactStore,
  DeviceRecord,
  Gate,
  GroupState,
  Instant,
  Inventory,
  Releases,
  Rollout,
  Upstream,
} from '../contract.ts';
import { shown, shownDigest, shownNumber, shownWords } from './text.ts';
import { codeWords, eventWords, NoWork, shownStates, stateTable } from './words.ts';
import type { ShownState } from './words.ts';

export const DocumentVersion = 1;

/** What this room needs of the others. */
export interface Rooms {
  readonly inventory: Pick<Inventory, 'device' | 'devices' | 'watch'>;
  readonly rollout: Rollout;
  readonly releases: Pick<Releases, 'downloads' | 'find'>;
  readonly store: Pick<ArtefactStore, 'usage'>;
  readonly upstreams: readonly Pick<Upstream, 'name' | 'state'>[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Document = Readonly<Record<string, Json>>;

const DOWNLOADS_MOST = 50;
const WHOM_MOST = 20;
const ANCHORS_MOST = 8;

const sequenceOf = (rooms: Rooms, id: string | undefined): number | null =>
  id === undefined ? null : shownNumber(rooms.releases.find(id)?.sequence);

export const stateOf = (device: DeviceRecord): ShownState => device.work?.state ?? NoWork;

// ---------------------------------------------------------------- the gateway

export const statusDocument = (rooms: Rooms, started: Instant, now: Instant, control: boolean): Document => {
  const { bytes, quota, artefacts } = rooms.store.usage();
  const downloads = rooms.releases.downloads();
  return {
    version: DocumentVersion,
    now,
    uptime: Math.max(0, Math.floor((now - started) / 1000)),
    control,
    devices: rooms.inventory.devices().length,
    store: { bytes, quota, artefacts },
    downloads: downloads.slice(0, DOWNLOADS_MOST).map(({ name, received, size }) => ({
      name: shown(name),
      received,
      size: size ?? null,
    })),
    moreDownloads: Math.max(0, downloads.length - DOWNLOADS_MOST),
    upstreams: rooms.upstreams.map((one) => {
      const { requests, trouble, lastContact } = one.state();
      return { name: shown(one.name), requests, trouble: shownWords(trouble), lastContact };
    }),
  };
};

// ---------------------------------------------------------------- groups

const listed = (names: readonly string[]): string => names.map((name) => shown(name)).join(', ');

/** Top row wins. */
const phases: readonly (readonly [
  phase: string,
  holds: (group: GroupState, before: readonly string[]) => boolean,
  words: (group: GroupState, before: readonly string[]) => string,
])[] = [
  [
    'stopped',
    (group) => group.stopped,
    ({ failed, failureLine }) =>
      `${failed} did not take it; it stops at ${failureLine}. Resume lifts the stop for this release.`,
  ],
  ['paused', (group) => group.paused, () => 'Paused by hand: none begins.'],
  ['idle', (group) => group.release === undefined, () => 'No release is rolled out.'],
  [
    'done',
    (group) => group.devices > 0 && group.succeeded >= group.devices,
    () => 'All have confirmed the release.',
  ],
  ['waiting', (_, before) => before.length > 0, (_, before) => `Waits for ${listed(before)}.`],
  ['running', () => true, () => ''],
];

export const groupsDocument = (rooms: Rooms, now: Instant): Document => {
  const groups = rooms.rollout.groups();
  const open = new Set(
    groups.filter((one) => one.stopped || one.succeeded < one.successLine).map(({ name }) => name),
  );
  return {
    version: DocumentVersion,
    now,
    groups: groups.map((group) => {
      const before = group.after.filter((name) => open.has(name));
      const [phase, , words] = phases.find(([, holds]) => holds(group, before))!;
      return {
        name: shown(group.name),
        phase,
        words: words(group, before),
        release: shownDigest(group.release),
        sequence: sequenceOf(rooms, group.release),
        devices: group.devices,
        counts: Object.fromEntries(shownStates.map((state) => [state, group.counts[state] ?? 0])),
        succeeded: group.succeeded,
        successLine: group.successLine,
        failed: group.failed,
        failureLine: group.failureLine,
        stopped: group.stopped,
        paused: group.paused,
        after: group.after.map((name) => shown(name)),
        waitsFor: before.map((name) => shown(name)),
      };
    }),
  };
};

// ---------------------------------------------------------------- devices

const gateOf = ({ kind, whom, words }: Gate): Json => ({
  kind,
  whom: whom.slice(0, WHOM_MOST).map((name) => shown(name)),
  more: Math.max(0, whom.length - WHOM_MOST),
  words: shownWords(words),
});

/** Of what has not begun: who holds it back. */
const held: readonly ShownState[] = ['waiting', 'fetching', 'ready'];
const heldBy = (rooms: Rooms, device: DeviceRecord): Json =>
  held.includes(stateOf(device)) ? gateOf(rooms.rollout.gate(device)) : null;

/** Why, in words: those of the record, else what its code means. */
const whyOf = (device: DeviceRecord): string => {
  const { words = '', code = 0 } = device.work ?? {};
  return shownWords(words) || (codeWords(code)?.sentence ?? '');
};

/** A line of the list. */
export const deviceLine = (rooms: Rooms, device: DeviceRecord): Document => ({
  id: shown(device.id),
  group: shown(device.group),
  state: stateOf(device),
  since: device.work?.since ?? 0,
  title: shown(device.work?.work.title),
  words: whyOf(device),
  code: shownNumber(device.work?.code) ?? 0,
  cancelling: device.work?.cancelling ?? false,
  gate: heldBy(rooms, device),
  sequence: shownNumber(device.report?.sequence),
  battery: shownNumber(device.claims?.battery),
  link: shown(device.claims?.link, 16),
  lastSeen: device.lastSeen,
  nextWake: device.nextWake,
  refusedReports: device.refusedReports,
});

const reportOf = ({ report, reportAt }: DeviceRecord): Json =>
  report === undefined
    ? null
    : {
        at: reportAt,
        counter: report.counter,
        running: {
          sequence: report.sequence,
          securityVersion: report.securityVersion,
          floor: report.floor,
          accepted: report.accepted,
          trial: report.trial !== 0,
          manifestDigest: shownDigest(report.digest),
        },
        event: { ...eventWords(report.event) },
        eventCode: codeWords(report.code) as Json,
        check: shown(report.check),
        result: codeWords(report.resultCode) as Json,
        resultOf: shownDigest(report.manifestDigest),
        source: report.source === undefined ? 'not asked' : report.source === 0 ? 'fresh' : 'code',
        sourceCode: codeWords(report.source ?? 0) as Json,
      };

const claimsOf = ({ claims }: DeviceRecord): Json =>
  claims === undefined
    ? null
    : {
        battery: shownNumber(claims.battery),
        profile: shown(claims.profile),
        anchors: (claims.anchors ?? []).slice(0, ANCHORS_MOST).map((id) => shown(id, 64)),
        sleeps: shownNumber(claims.sleeps),
        staged: shownDigest(claims.staged),
        link: shown(claims.link, 16),
        authenticated: claims.authenticated,
      };

const workOf = (rooms: Rooms, { work }: DeviceRecord): Json =>
  work === undefined
    ? null
    : {
        id: shown(work.work.id),
        title: shown(work.work.title),
        download: work.work.download,
        update: work.work.update,
        state: work.state,
        stateWords: stateTable[work.state],
        since: work.since,
        words: shownWords(work.words),
        code: codeWords(work.code) as Json,
        cancelling: work.cancelling,
        release: shownDigest(work.release),
        sequence: sequenceOf(rooms, work.release),
        manifestDigest: shownDigest(work.manifestDigest),
      };

export const deviceDocument = (rooms: Rooms, device: DeviceRecord, now: Instant): Document => ({
  version: DocumentVersion,
  now,
  id: shown(device.id),
  group: shown(device.group),
  vendor: device.vendor === undefined ? null : shown(device.vendor, 36),
  classId: device.classId === undefined ? null : shown(device.classId, 36),
  lastSeen: device.lastSeen,
  nextWake: device.nextWake,
  report: reportOf(device),
  claims: claimsOf(device),
  work: workOf(rooms, device),
  gate: heldBy(rooms, device),
  refusedReports: { count: device.refusedReports, last: shownWords(device.refusal) },
});
