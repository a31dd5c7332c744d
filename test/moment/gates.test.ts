import test from 'ava';
import { Day, Err, Gate, Mode, Moment, Ok } from '../../agent/index.ts';
import type { Offer, Owner, Waiting } from '../../agent/index.ts';
import { DAY, HOUR, at, offerOf, rigOpen } from './_moment.ts';
import type { ClockKind } from './_moment.ts';

const night = { days: Day.Every, from: 120, to: 240 };
const toActivate = { ...night, moments: Moment.Activate };
const never = (): number => 0;
const vetoes = (reason: unknown) => (): number => reason as number;
const throws = (): never => {
  throw new Error('hook');
};
const energy = (receive: number, activate: number, level: unknown): Owner['energy'] => ({
  receive,
  activate,
  level: () => (level === 'throw' ? throws() : (level as number)),
});
const raised = offerOf(2, { securityVersion: 2 });
const urgent = offerOf(2, { priority: 3 });

interface Row {
  readonly name: string;
  readonly owner?: Partial<Owner>;
  readonly clock?: ClockKind;
  /** Default Monday at noon. */
  readonly seconds?: number;
  readonly offer?: Offer;
  readonly receive: number;
  readonly activate: number;
  /** Of the last ask, at activate. */
  readonly waiting?: Partial<Waiting>;
}

const patienceLeft = { seconds: 3 * DAY, wakes: 40 };
const noEnd = { seconds: -1, wakes: -1 };
const passing = (passes: number, priority?: number): Owner['security'] => ({ passes, priority });

const rows: readonly Row[] = [
  { name: 'no rules', receive: Ok, activate: Ok, waiting: { until: 0, ...noEnd } },
  { name: 'no rules, no clock', clock: 'none', receive: Ok, activate: Ok },
  {
    name: 'outside of the window',
    owner: { windows: [night] },
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { until: at(1, 2), ...patienceLeft, passed: 0 },
  },
  {
    name: 'outside of it by a time that is only told',
    owner: { windows: [night] },
    clock: 'told',
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { until: at(1, 2), ...patienceLeft },
  },
  {
    name: 'a window, and no time',
    owner: { windows: [night] },
    clock: 'uptime',
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { until: 0, ...patienceLeft },
  },
  { name: 'inside of it', owner: { windows: [night] }, seconds: at(0, 3), receive: Ok, activate: Ok },
  {
    name: 'inside of it by the zone',
    owner: { windows: [night], zone: -540 },
    seconds: at(0, 12),
    receive: Ok,
    activate: Ok,
  },
  {
    name: 'download now, activate later',
    owner: { windows: [toActivate] },
    receive: Ok,
    activate: Err.OutsideWindow,
    waiting: { until: at(1, 2), moment: Moment.Activate },
  },
  {
    name: 'off',
    owner: { mode: Mode.Off },
    receive: Err.UpdatesOff,
    activate: Err.UpdatesOff,
    waiting: noEnd,
  },
  { name: 'no such mode', owner: { mode: 7 }, receive: Err.UpdatesOff, activate: Err.UpdatesOff },
  {
    name: 'mode that is no number',
    owner: { mode: NaN },
    receive: Err.UpdatesOff,
    activate: Err.UpdatesOff,
  },
  {
    name: 'notify',
    owner: { mode: Mode.Notify },
    receive: Err.OwnerAwaited,
    activate: Err.OwnerAwaited,
    waiting: noEnd,
  },
  {
    name: 'energy at the floor',
    owner: { energy: energy(30, 50, 50) },
    receive: Ok,
    activate: Ok,
  },
  {
    name: 'energy for the one and not for the other',
    owner: { energy: energy(30, 50, 49.9) },
    receive: Ok,
    activate: Err.EnergyLow,
    waiting: noEnd,
  },
  { name: 'no floor', owner: { energy: energy(0, 0, NaN) }, receive: Ok, activate: Ok },
  {
    name: 'level is no number',
    owner: { energy: energy(1, 1, NaN) },
    receive: Err.EnergyLow,
    activate: Err.EnergyLow,
  },
  {
    name: 'level throws',
    owner: { energy: energy(1, 1, 'throw') },
    receive: Err.EnergyLow,
    activate: Err.EnergyLow,
  },
  {
    name: 'vetoed',
    owner: { veto: vetoes(17) },
    receive: Err.Vetoed,
    activate: Err.Vetoed,
    waiting: { reason: 17, ...noEnd },
  },
  {
    name: 'vetoed with a patience',
    owner: { veto: vetoes(17), vetoPatience: { seconds: HOUR, wakes: 3 } },
    receive: Err.Vetoed,
    activate: Err.Vetoed,
    waiting: { reason: 17, seconds: HOUR, wakes: 3 },
  },
  { name: 'not vetoed', owner: { veto: never }, receive: Ok, activate: Ok, waiting: { reason: 0 } },
  ...[-1, 256, 1.5, NaN, undefined, '1'].map((word) => ({
    name: `veto says ${word}`,
    owner: { veto: vetoes(word) },
    receive: Err.Vetoed,
    activate: Err.Vetoed,
    waiting: { reason: 255 },
  })),
  {
    name: 'veto throws',
    owner: { veto: throws },
    receive: Err.Vetoed,
    activate: Err.Vetoed,
    waiting: { reason: 255 },
  },
  {
    name: 'a security update, and the owner lets it pass nothing',
    owner: { windows: [night] },
    offer: raised,
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { security: 1 },
  },
  {
    name: 'a security update passes the windows',
    owner: { windows: [night], security: passing(Gate.Window) },
    offer: raised,
    receive: Ok,
    activate: Ok,
    waiting: { security: 1, passed: Gate.Window },
  },
  {
    name: 'a security update passes the windows, and not the veto',
    owner: { windows: [night], veto: vetoes(5), security: passing(Gate.Window) },
    offer: raised,
    receive: Err.Vetoed,
    activate: Err.Vetoed,
    waiting: { passed: Gate.Window, reason: 5 },
  },
  {
    name: 'a security update passes off and veto',
    owner: { mode: Mode.Off, veto: vetoes(5), security: passing(Gate.Off | Gate.Veto) },
    offer: raised,
    receive: Ok,
    activate: Ok,
    waiting: { passed: Gate.Off | Gate.Veto },
  },
  {
    name: 'a security update does not pass the energy floor',
    owner: { energy: energy(30, 30, 10), security: passing(127 - Gate.Energy) },
    offer: raised,
    receive: Err.EnergyLow,
    activate: Err.EnergyLow,
  },
  {
    name: 'priority makes a security update',
    owner: { windows: [night], security: passing(Gate.Window, 3) },
    offer: urgent,
    receive: Ok,
    activate: Ok,
    waiting: { security: 1 },
  },
  {
    name: 'priority that is not urgent enough',
    owner: { windows: [night], security: passing(Gate.Window, 2) },
    offer: urgent,
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { security: 0 },
  },
  {
    name: 'no priority in the manifest',
    owner: { windows: [night], security: passing(Gate.Window, 3) },
    receive: Err.OutsideWindow,
    activate: Err.OutsideWindow,
    waiting: { security: 0 },
  },
  {
    name: 'at a given time, together',
    owner: { together: () => at(0, 20) },
    receive: Ok,
    activate: Err.Scheduled,
    waiting: { until: at(0, 20), seconds: 30 * DAY, wakes: 40 },
  },
  { name: 'together, and the time is past', owner: { together: () => at(0, 11) }, receive: Ok, activate: Ok },
  {
    name: 'together, the time is past, and no window is open',
    owner: { together: () => at(0, 11), windows: [toActivate] },
    receive: Ok,
    activate: Err.OutsideWindow,
  },
  { name: 'together at no given time', owner: { together: () => 0 }, receive: Ok, activate: Ok },
  { name: 'together throws', owner: { together: throws }, receive: Ok, activate: Ok },
  {
    name: 'together in ten years: as long as it may be waited for',
    owner: { together: () => at(3650, 0) },
    receive: Ok,
    activate: Err.Scheduled,
    waiting: { until: at(3650, 0), seconds: 30 * DAY, wakes: 40 },
  },
  { name: 'together is no time', owner: { together: () => 2 ** 32 }, receive: Ok, activate: Ok },
  { name: 'together is no number', owner: { together: () => NaN }, receive: Ok, activate: Ok },
  {
    name: 'together, and no time is known',
    owner: { together: () => at(0, 20) },
    clock: 'none',
    receive: Ok,
    activate: Err.Scheduled,
    waiting: { until: at(0, 20), seconds: 30 * DAY, wakes: 40 },
  },
  {
    name: 'the first that holds it back says so',
    owner: { mode: Mode.Notify, windows: [night], veto: vetoes(5) },
    receive: Err.OwnerAwaited,
    activate: Err.OwnerAwaited,
    waiting: { reason: 0 },
  },
];

for (const row of rows) {
  test(`${row.name}: ${row.receive}, ${row.activate}`, (t) => {
    const rig = rigOpen(row.owner, row.clock, row.seconds);
    t.is(rig.receive(row.offer), row.receive);
    t.like(rig.waiting(), { code: row.receive, moment: Moment.Receive, sequence: 2 });
    t.is(rig.activate(row.offer), row.activate);
    t.like(rig.waiting(), { code: row.activate, moment: Moment.Activate, ...row.waiting });
  });
}

test('what runs is not known: nothing is taken for a rise of its security version', (t) => {
  const rig = rigOpen({ windows: [night], security: passing(Gate.Window) });
  t.is(rig.chooser.ask(Moment.Receive, raised, new Uint8Array(32), -1), Err.OutsideWindow);
  t.is(rig.chooser.ask(Moment.Receive, raised, new Uint8Array(32), 1), Ok);
});
