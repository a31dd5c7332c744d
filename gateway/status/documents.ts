/**
 * What the API answers. Each field is picked by name: work carries addresses and credentials of the server, a report
 * the bytes that prove it, and none of these goes out.
 */
import type {
  ArtefactStore,
  DeviceRecord,
  Gate,
  Instant,
  Inventory,
  Releases,
  Rollout,
  Upstream,
  WorkRecord,
} from '../contract.ts';
import type {
  ClaimsShape,
  DeviceDocument,
  DeviceLine,
  GateShape,
  ReportShape,
  ShownState,
  StatusDocument,
  WorkShape,
} from './shapes.ts';
import { shown, shownDigest, shownNumber, shownWords } from './text.ts';
import { codeWords, eventWords, NoWork, stateTable } from './words.ts';

export const DocumentVersion = 1;

/** What this room needs of the others. */
export interface Rooms {
  readonly inventory: Pick<Inventory, 'device' | 'devices' | 'watch' | 'saved'>;
  readonly rollout: Rollout;
  readonly releases: Pick<Releases, 'downloads' | 'find'>;
  readonly store: Pick<ArtefactStore, 'usage'>;
  readonly upstreams: readonly Pick<Upstream, 'name' | 'state'>[];
}

const DOWNLOADS_MOST = 50;
const WHOM_MOST = 20;
const ANCHORS_MOST = 8;

/** Of the manifest; null where the release is not there yet. */
export const sequenceOf = (rooms: Rooms, { release, sequence = 0 }: WorkRecord): number | null =>
  sequence > 0 || release === undefined
    ? shownNumber(sequence) || null
    : shownNumber(rooms.releases.find(release)?.sequence);

export const stateOf = (device: DeviceRecord): ShownState => device.work?.state ?? NoWork;

// ---------------------------------------------------------------- the gateway

export const statusDocument = (
  rooms: Rooms,
  started: Instant,
  now: Instant,
  control: boolean,
): StatusDocument => {
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

// ---------------------------------------------------------------- devices

export const gateShape = ({ kind, whom, words }: Gate): GateShape => ({
  kind,
  whom: whom.slice(0, WHOM_MOST).map((name) => shown(name)),
  more: Math.max(0, whom.length - WHOM_MOST),
  words: shownWords(words),
});

/** Of what does not run it yet: who holds it back. One that was told is held back from booting it. */
const held: readonly ShownState[] = ['waiting', 'fetching', 'ready', 'offered', 'staged'];
export const heldBy = (rooms: Rooms, device: DeviceRecord): Gate | undefined =>
  held.includes(stateOf(device)) ? rooms.rollout.gate(device) : undefined;

const heldShape = (rooms: Rooms, device: DeviceRecord): GateShape | null => {
  const gate = heldBy(rooms, device);
  return gate === undefined ? null : gateShape(gate);
};

/** Why, in words: those of the record, else what its code means. */
export const whyOf = (device: DeviceRecord): string => {
  const { words = '', code = 0 } = device.work ?? {};
  return shownWords(words) || (codeWords(code)?.sentence ?? '');
};

/** A line of the list. */
export const deviceLine = (rooms: Rooms, device: DeviceRecord): DeviceLine => ({
  id: shown(device.id),
  group: shown(device.group),
  state: stateOf(device),
  since: device.work?.since ?? 0,
  title: shown(device.work?.work.title),
  words: whyOf(device),
  code: shownNumber(device.work?.code) ?? 0,
  cancelling: device.work?.cancelling ?? false,
  gate: heldShape(rooms, device),
  sequence: shownNumber(device.report?.sequence),
  wanted: device.work === undefined ? null : sequenceOf(rooms, device.work),
  battery: shownNumber(device.claims?.battery),
  link: shown(device.claims?.link, 16),
  lastSeen: device.lastSeen,
  nextWake: device.nextWake,
  refusedReports: device.refusedReports,
});

const reportOf = ({ report, reportAt }: DeviceRecord): ReportShape | null =>
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
        eventCode: codeWords(report.code),
        check: shown(report.check),
        result: codeWords(report.resultCode),
        resultOf: shownDigest(report.manifestDigest),
        source: report.source === undefined ? 'not asked' : report.source === 0 ? 'fresh' : 'code',
        sourceCode: codeWords(report.source ?? 0),
      };

const claimsOf = ({ claims }: DeviceRecord): ClaimsShape | null =>
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

const workOf = (rooms: Rooms, { work }: DeviceRecord): WorkShape | null =>
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
        code: codeWords(work.code),
        cancelling: work.cancelling,
        release: shownDigest(work.release),
        sequence: sequenceOf(rooms, work),
        manifestDigest: shownDigest(work.manifestDigest),
      };

export const deviceDocument = (rooms: Rooms, device: DeviceRecord, now: Instant): DeviceDocument => ({
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
  gate: heldShape(rooms, device),
  refusedReports: { count: device.refusedReports, last: shownWords(device.refusal) },
});
