/** How a gateway that runs is getting on: for people, and by its exit code for what watches over it. */
import { configLoad } from '../../gateway/config/config.ts';
import type {
  DeviceDocument,
  DeviceLine,
  GroupsDocument,
  GroupShape,
  ListDocument,
  StatusDocument,
} from '../../gateway/status/shapes.ts';
import { lines, thousands } from '../answer.ts';
import type { Answer, Row } from '../answer.ts';
import { Exit } from '../errors.ts';
import { apiAsk, apiUrlOf, urlDefine } from './gateway-api.ts';
import { optionalText } from './values.ts';
import type { Verb } from './verb.ts';

/** The state of the list that stands for what somebody has to look at. */
const TROUBLE = 'trouble';
/** Devices that are listed; the rest is counted. */
const LISTED = 20;
const MOST = 200;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const spanWords = (seconds: number): string => {
  if (seconds < 2 * MINUTE) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  return seconds < 2 * DAY ? `${Math.round(seconds / HOUR)} h` : `${Math.round(seconds / DAY)} d`;
};

const agoWords = (then: number, now: number): string =>
  then === 0 ? 'never' : `${spanWords((now - then) / 1000)} ago`;

export const groupRow = ({
  name,
  phase,
  words,
  devices,
  succeeded,
  failed,
  failureLine,
}: GroupShape): Row => ({
  group: name,
  phase,
  words,
  devices,
  succeeded,
  failed,
  failureLine,
});

export const groupWords = (group: GroupShape): string => {
  const { phase, succeeded, devices, failed, failureLine, words } = group;
  const counts = `${succeeded} of ${devices} confirmed, ${failed} failed (it stops at ${failureLine})`;
  return [phase.padEnd(8), counts, words].filter((part) => part !== '').join('  ');
};

const deviceWords = (
  { group, state, title, words, lastSeen, refusedReports }: DeviceLine,
  now: number,
): string =>
  [
    `${state} ${title}`.trim(),
    group,
    `seen ${agoWords(lastSeen, now)}`,
    words,
    refusedReports === 0 ? '' : `${refusedReports} reports refused`,
  ]
    .filter((part) => part !== '')
    .join('; ');

const upstreamWords = (
  { requests, trouble, lastContact }: StatusDocument['upstreams'][number],
  now: number,
): string =>
  `${thousands(requests)} requests, answered ${agoWords(lastContact, now)}${trouble === '' ? '' : `; ${trouble}`}`;

const overview = async (base: string): Promise<Answer> => {
  const status = await apiAsk<StatusDocument>(base, '/api/status');
  const { groups } = await apiAsk<GroupsDocument>(base, '/api/groups');
  const trouble = await apiAsk<ListDocument>(base, `/api/devices?state=${TROUBLE}&size=${LISTED}`);
  const { now, uptime, devices, store, downloads, upstreams } = status;
  const more = trouble.total - trouble.devices.length;
  const stopped = groups.some(({ phase }) => phase === 'stopped');
  const sick = stopped || trouble.total > 0 || upstreams.some((one) => one.trouble !== '');
  return {
    rows: groups.map(groupRow),
    text: lines([
      ['gateway', `runs for ${spanWords(uptime)}, ${devices} devices`],
      ['store', `${thousands(store.bytes)} of ${thousands(store.quota)} bytes`],
      ...upstreams.map((one): [string, string] => [one.name, upstreamWords(one, now)]),
      ...downloads.map(({ name, received, size }): [string, string] => [
        'download',
        `${name}: ${thousands(received)}${size === null ? '' : ` of ${thousands(size)}`} bytes`,
      ]),
      ...groups.map((group): [string, string] => [group.name, groupWords(group)]),
      ...trouble.devices.map((one): [string, string] => [one.id, deviceWords(one, now)]),
      ...(more > 0 ? [['', `and ${more} more: --state ${TROUBLE}`] as [string, string]] : []),
    ]),
    exit: sick ? Exit.Refused : Exit.Done,
  };
};

const listed = async (base: string, state: string): Promise<Answer> => {
  const query = new URLSearchParams({ state, size: String(MOST) });
  const { now, total, devices } = await apiAsk<ListDocument>(base, `/api/devices?${query}`);
  const rows = devices.map(({ id, group, state: its, title, words, code, lastSeen, refusedReports }) => ({
    device: id,
    group,
    state: its,
    title,
    words,
    code,
    lastSeen,
    refusedReports,
  }));
  const pairs = devices.map((one): [string, string] => [one.id, deviceWords(one, now)]);
  return { rows, text: lines([['devices', `${total}`], ...pairs]) };
};

const one = async (base: string, id: string): Promise<Answer> => {
  const device = await apiAsk<DeviceDocument>(base, `/api/devices/${encodeURIComponent(id)}`);
  const { now, group, lastSeen, report, work, gate, refusedReports } = device;
  const row = {
    device: id,
    group,
    lastSeen,
    sequence: String(report?.running.sequence ?? ''),
    event: report?.event.name ?? '',
    state: work?.state ?? '',
    title: work?.title ?? '',
    words: work?.words ?? '',
    code: work?.code?.name ?? '',
    advice: work?.code?.advice ?? '',
    gate: gate?.words ?? '',
    refusal: refusedReports.last,
  };
  const pairs = Object.entries(row).filter(([name, value]) => name !== 'lastSeen' && value !== '');
  return {
    rows: [row],
    text: lines([
      ...pairs.map(([name, value]): [string, string] => [name, String(value)]),
      ['seen', agoWords(lastSeen, now)],
    ]),
  };
};

export const gatewayStatus: Verb = {
  example: 'flipside gateway status gateway.json',
  define(command) {
    urlDefine(command);
    command
      .option('--device <id>', 'one device, with its report and what holds it back')
      .option('--state <state>', `the devices in this state; ${TROUBLE}: those to look at`);
  },
  run([file], options) {
    const base = apiUrlOf(configLoad(file as string), options);
    const [device, state] = [optionalText(options, 'device'), optionalText(options, 'state')];
    if (device !== undefined) return one(base, device);
    return state === undefined ? overview(base) : listed(base, state);
  },
};
