/** What a run of a simulated fleet came to: figures, groups, reasons and devices, for people and for programs. */
import type { FleetDevice, FleetOutcome, Verdict } from '../../bootloader-sim/fleet/contract.ts';
import { lines, thousands } from '../answer.ts';
import type { Answer, Row } from '../answer.ts';
import { Exit } from '../errors.ts';
import { codeText, explain } from '../explain.ts';
import type { GroupWatched } from './watch.ts';

const MB = 1_000_000;
const SHOWN = 20;

export interface FleetFacts {
  readonly outcome: FleetOutcome;
  readonly server: string;
  readonly seed: number;
  readonly speed: number;
  readonly lines: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, GroupWatched>;
}

const rounded = (value: number): number => Number(value.toFixed(3));

type Ended = 'new' | 'went back' | 'waits' | 'unfinished' | 'broken';

const endedOf = ({ runs, untouched, code }: Verdict): Ended => {
  if (runs === 'neither') return 'broken';
  if (runs === 'new') return 'new';
  if (untouched) return 'waits';
  return code < 0 ? 'went back' : 'unfinished';
};

const many = (verdicts: readonly Verdict[], ended: Ended): number =>
  verdicts.filter((one) => endedOf(one) === ended).length;

const figures = (verdicts: readonly Verdict[]): Row => ({
  devices: verdicts.length,
  new: many(verdicts, 'new'),
  wentBack: many(verdicts, 'went back'),
  waits: many(verdicts, 'waits'),
  unfinished: many(verdicts, 'unfinished'),
  broken: many(verdicts, 'broken'),
  right: verdicts.filter(({ right }) => right).length,
});

const summed = (devices: readonly FleetDevice[], count: keyof FleetDevice['counts']): number =>
  devices.reduce((sum, { counts }) => sum + counts[count], 0);

const fleetRow = ({ outcome, server, seed, speed }: FleetFacts): Row => {
  const { verdicts, took, seconds, settled, grown, ownFlash, cpu } = outcome;
  const devices = verdicts.map(({ device }) => device);
  return {
    row: 'fleet',
    server,
    seed,
    speed,
    ...figures(verdicts),
    settled,
    seconds: rounded(took),
    processorSeconds: rounded(cpu),
    deviceSeconds: Math.round(seconds),
    wakes: summed(devices, 'wakes'),
    requests: summed(devices, 'requests'),
    bytesTaken: summed(devices, 'taken'),
    datagramsLost: summed(devices, 'lost'),
    troubles: summed(devices, 'troubles'),
    powerCuts: summed(devices, 'cuts'),
    megabytesPerDevice: rounded(grown / MB / devices.length),
    flashMegabytesPerDevice: rounded(ownFlash / MB / devices.length),
  };
};

const groupRows = ({ outcome, lines: stops, groups }: FleetFacts): Row[] =>
  [...new Set(outcome.verdicts.map(({ device }) => device.group))].map((group) => ({
    row: 'group',
    group,
    ...figures(outcome.verdicts.filter(({ device }) => device.group === group)),
    failureLine: stops.get(group) ?? groups.get(group)?.failureLine ?? null,
    stopped: groups.has(group) ? groups.get(group)!.phase === 'stopped' : null,
  }));

/** Of those that did not come to run the new one: why, in one line. */
const reasonOf = (verdict: Verdict): string => {
  const { code, check, words, device } = verdict;
  const ended = endedOf(verdict);
  if (ended === 'broken') return words;
  const trouble = code < 0 ? code : device.trouble;
  if (ended === 'waits' && trouble === 0) return 'was not let begin';
  if (trouble === 0) return 'had not come to its end';
  const sentence = explain(trouble)?.sentence ?? '';
  return `${codeText(trouble)}${check === '' ? '' : ` (check "${check}")`}${sentence === '' ? '' : `: ${sentence}`}`;
};

const reasonRows = ({ outcome }: FleetFacts): Row[] => {
  const found = new Map<string, Verdict[]>();
  for (const verdict of outcome.verdicts) {
    if (verdict.runs === 'new') continue;
    const key = JSON.stringify([endedOf(verdict), verdict.device.fails ?? 'well', reasonOf(verdict)]);
    found.set(key, [...(found.get(key) ?? []), verdict]);
  }
  const rows = [...found].map(([key, verdicts]): Row => {
    const [ended, planned, reason] = JSON.parse(key) as [string, string, string];
    const [first] = verdicts;
    return { row: 'reason', devices: verdicts.length, ended, planned, reason, example: first!.device.id };
  });
  return rows.sort((one, other) => Number(other['devices']) - Number(one['devices']));
};

const deviceRow = (verdict: Verdict): Row => {
  const { device, runs, sequence, untouched, code, check, right } = verdict;
  const { id, group, fails, link, counts } = device;
  return {
    row: 'device',
    id,
    group,
    link: link.profile?.name ?? null,
    planned: fails ?? 'well',
    ended: endedOf(verdict),
    runs,
    sequence,
    untouched,
    code,
    check,
    reason: runs === 'new' ? '' : reasonOf(verdict),
    right,
    ...counts,
  };
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const groupText = (row: Row): string[] => [
  String(row['group']),
  ...['devices', 'new', 'wentBack', 'waits', 'unfinished', 'broken'].map((name) => String(row[name])),
  row['failureLine'] === null ? '' : String(row['failureLine']),
  row['stopped'] === true ? 'stopped' : '',
];

const reasonText = (row: Row): string[] =>
  ['devices', 'ended', 'planned', 'reason', 'example'].map((name) => String(row[name]));

const wrongText = (verdicts: readonly Verdict[]): string[] => {
  const wrong = verdicts.filter(({ right }) => !right);
  if (wrong.length === 0) return [];
  const named = wrong.slice(0, SHOWN).map(({ device }) => device.id);
  return ['', `not as they should: ${named.join(', ')}${wrong.length > SHOWN ? ', …' : ''}`];
};

export const fleetAnswer = (facts: FleetFacts): Answer => {
  const { verdicts } = facts.outcome;
  const fleet = fleetRow(facts);
  const groups = groupRows(facts);
  const reasons = reasonRows(facts);
  const begun = verdicts.some(({ untouched }) => !untouched);
  const right = verdicts.every((one) => one.right) && begun;
  const number = (name: string): string => thousands(Number(fleet[name]));
  const text = [
    table(
      ['group', 'devices', 'new', 'back', 'waits', 'unfinished', 'broken', 'stops at', ''],
      groups.map(groupText),
    ),
    ...(reasons.length === 0
      ? []
      : ['', table(['devices', 'ended', 'planned', 'why', 'such as'], reasons.map(reasonText))]),
    '',
    lines([
      ['server', facts.server],
      [
        'took',
        `${number('seconds')} s, ${number('deviceSeconds')} s of the devices, ${number('processorSeconds')} s of a processor`,
      ],
      [
        'wakes',
        `${number('wakes')}, ${number('requests')} datagrams or requests, ${number('datagramsLost')} lost`,
      ],
      ['taken', `${number('bytesTaken')} bytes; ${number('powerCuts')} losses of power`],
      [
        'a device',
        `${fleet['megabytesPerDevice']} MB of this process, ${fleet['flashMegabytesPerDevice']} MB of it flash`,
      ],
      [
        'verdict',
        `${number('right')} of ${number('devices')} as they should${begun ? '' : '; none was offered anything'}`,
      ],
    ]),
    ...wrongText(verdicts),
  ].join('\n');
  return {
    rows: [fleet, ...groups, ...reasons, ...verdicts.map(deviceRow)],
    text,
    exit: right ? Exit.Done : Exit.Refused,
  };
};
