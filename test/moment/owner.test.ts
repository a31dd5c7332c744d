import test from 'ava';
import { Day, Err, Gate, Mode, Ok } from '../../agent/index.ts';
import type { Offer, Owner, Waiting } from '../../agent/index.ts';
import { DAY, HOUR, PATIENCE, at, digestOf, offerOf, rigOpen } from './_moment.ts';
import type { Rig } from './_moment.ts';

const windows = [{ days: Day.Monday, from: 120, to: 240 }];

test('notified once of each manifest, over resets, and again when the record is lost', (t) => {
  const told: number[] = [];
  const notify = (waiting: Waiting, offer: Offer): void => {
    told.push(offer.sequence, waiting.code);
  };
  const rig = rigOpen({ windows, notify });
  for (let boots = 0; boots < 3; boots++) {
    rig.receive();
    rig.receive();
    rig.boot(60);
  }
  t.deepEqual(told, [2, Err.OutsideWindow]);
  t.is(rig.waiting().lost, 0);
  rig.receive(offerOf(3));
  rig.receive(offerOf(2));
  rig.receive(offerOf(3));
  t.deepEqual(told.splice(0), [2, Err.OutsideWindow, 3, Err.OutsideWindow]);
  rig.keep.bytes[20]! ^= 1;
  rig.boot();
  rig.receive(offerOf(3));
  t.deepEqual(told, [3, Err.OutsideWindow]);
  t.is(rig.waiting().lost, 1);
  t.is(rig.waiting().seconds, PATIENCE.seconds, 'and waits anew');
});

test('a hook that throws was told', (t) => {
  let calls = 0;
  const rig = rigOpen({
    notify() {
      calls++;
      throw new Error('hook');
    },
  });
  t.is(rig.receive(), Ok);
  t.is(rig.receive(), Ok);
  t.is(calls, 1);
});

test('off: notified of security updates only', (t) => {
  const told: number[] = [];
  const rig = rigOpen({ mode: Mode.Off, notify: (waiting) => void told.push(waiting.sequence) });
  t.is(rig.receive(offerOf(2)), Err.UpdatesOff);
  t.is(rig.receive(offerOf(3, { securityVersion: 2 })), Err.UpdatesOff);
  t.deepEqual(told, [3]);
  rig.owner.mode = Mode.Automatic;
  t.is(rig.receive(offerOf(3)), Ok);
});

test('notify: goes ahead with the yes to this digest, over resets, and not with a yes to another', (t) => {
  const rig = rigOpen({ mode: Mode.Notify });
  t.is(rig.receive(), Err.OwnerAwaited);
  t.is(rig.chooser.accept(digestOf(3)), Ok);
  t.is(rig.receive(), Err.OwnerAwaited);
  t.is(rig.chooser.accept(digestOf(2)), Ok);
  t.is(rig.receive(), Ok);
  rig.boot(60);
  t.is(rig.receive(), Ok);
  t.is(rig.activate(), Ok);
  t.is(rig.receive(offerOf(3)), Err.OwnerAwaited);
  t.is(rig.receive(), Err.OwnerAwaited, 'the yes is gone with the newer one');
  t.is(rig.chooser.accept(new Uint8Array(31)), Err.BadArgument);
  t.is(rig.chooser.accept(undefined as never), Err.BadArgument);
});

test('a yes is lost with the record: the owner is asked again', (t) => {
  const rig = rigOpen({ mode: Mode.Notify });
  rig.receive();
  rig.chooser.accept(digestOf(2));
  t.is(rig.receive(), Ok);
  rig.keep.bytes = rig.keep.bytes.map((byte) => byte ^ 0x55);
  rig.boot();
  t.is(rig.receive(), Err.OwnerAwaited);
});

test('a yes inside of the notification counts at once; so does a postponement', (t) => {
  const yes: Rig = rigOpen({ mode: Mode.Notify, notify: ({ digest }) => void yes.chooser.accept(digest) });
  t.is(yes.receive(), Ok);
  const later: Rig = rigOpen({ notify: () => void later.chooser.postpone(HOUR) });
  t.is(later.receive(), Err.Postponed);
});

test('postponed: until then, over resets, so often and so long', (t) => {
  const rig = rigOpen({ postpone: { times: 2, seconds: DAY, wakes: 10 } });
  t.is(rig.receive(), Ok);
  t.is(rig.chooser.postpone(DAY + 1), Err.BadArgument);
  for (const none of [0, -1, NaN, Infinity, undefined as never]) {
    t.is(rig.chooser.postpone(none), Err.BadArgument);
  }
  t.is(rig.chooser.postpone(2 * HOUR), Ok);
  t.is(rig.receive(), Err.Postponed);
  t.like(rig.waiting(), { until: at(0, 14), seconds: 2 * HOUR, wakes: 10, postponed: 1, postponable: 1 });
  rig.boot(2 * HOUR - 1);
  t.is(rig.receive(), Err.Postponed);
  t.is(rig.receive(offerOf(7)), Err.Postponed, 'it is not of one manifest');
  rig.seconds++;
  t.is(rig.receive(), Ok);
  t.is(rig.chooser.postpone(HOUR), Ok);
  t.is(rig.receive(), Err.Postponed);
  t.is(rig.chooser.postpone(HOUR), Err.BadState, 'a third time');
  t.is(rig.waiting().postponable, 0);
  t.is(rig.chooser.accept(digestOf(7)), Ok, 'the owner thinks better of it');
  t.is(rig.receive(), Ok);
});

test('postponed: ends by wakes where no time is known, or the clock has jumped back', (t) => {
  for (const kind of ['none', 'trusted'] as const) {
    const rig = rigOpen({ postpone: { times: 1, seconds: DAY, wakes: 4 } }, kind);
    t.is(rig.chooser.postpone(DAY), Ok);
    t.is(rig.receive(), Err.Postponed);
    rig.seconds -= 300 * DAY;
    for (let wakes = 1; wakes < 4; wakes++) {
      rig.boot();
      t.is(rig.receive(), Err.Postponed);
    }
    rig.boot();
    t.is(rig.receive(), Ok, kind);
  }
});

test('scheduled: nothing is activated before, whatever manifest; the latest word counts, in its limit', (t) => {
  const rig = rigOpen({ togetherMost: { seconds: 2 * DAY, wakes: 6 } });
  t.is(rig.chooser.schedule(at(2, 12) + 1), Err.BadArgument);
  for (const no of [-1, NaN, 1.5, 2 ** 33]) t.is(rig.chooser.schedule(no), Err.BadArgument);
  t.is(rig.chooser.schedule(at(1, 0)), Ok);
  t.is(rig.receive(), Ok);
  t.is(rig.activate(), Err.Scheduled);
  t.is(rig.activate(offerOf(3)), Err.Scheduled);
  rig.boot(HOUR);
  t.is(rig.activate(), Err.Scheduled);
  t.is(rig.waiting().until, at(1, 0));
  t.is(rig.chooser.schedule(at(0, 14)), Ok);
  t.is(rig.activate(), Err.Scheduled);
  rig.seconds = at(0, 14);
  t.is(rig.activate(), Ok);
  t.is(rig.chooser.schedule(at(0, 20)), Ok);
  t.is(rig.activate(), Err.Scheduled);
  t.is(rig.chooser.schedule(0), Ok);
  t.is(rig.activate(), Ok, 'there is no such time any more');
});

test('scheduled: who moves it on and on does not move its end', (t) => {
  const rig = rigOpen({ togetherMost: { seconds: 2 * DAY, wakes: 100 } });
  let days = 0;
  while (days < 9) {
    rig.chooser.schedule(rig.seconds + DAY);
    if (rig.activate() === Ok) break;
    rig.boot(DAY);
    days++;
  }
  t.is(days, 2);
});

const never = (): number => 0;
// name, what is wrong
const wrong: readonly (readonly [string, Partial<Owner>])[] = [
  ['no patience', { patience: undefined as never }],
  ['no seconds', { patience: { seconds: 0, wakes: 1 } }],
  ['no wakes', { patience: { seconds: 1, wakes: 0 } }],
  ['NaN wakes', { patience: { seconds: 1, wakes: NaN } }],
  ['endless seconds', { patience: { seconds: Infinity, wakes: 1 } }],
  ['more than 366 days', { patience: { seconds: 366 * DAY + 1, wakes: 1 } }],
  ['more wakes than are counted', { patience: { seconds: 1, wakes: 32768 } }],
  ['half a wake', { patience: { seconds: 1, wakes: 1.5 } }],
  ['vetoPatience', { vetoPatience: { seconds: 0, wakes: 1 } }],
  ['togetherMost', { togetherMost: { seconds: 1, wakes: 0 } }],
  ['postpone', { postpone: { times: 1, seconds: 0, wakes: 1 } }],
  ['postpone times', { postpone: { times: -1, seconds: 1, wakes: 1 } }],
  ['window without a day', { windows: [{ days: 0, from: 0, to: 0 }] }],
  ['eighth day', { windows: [{ days: 128, from: 0, to: 0 }] }],
  ['minute 1440', { windows: [{ days: 1, from: 0, to: 1440 }] }],
  ['minute -1', { windows: [{ days: 1, from: -1, to: 0 }] }],
  ['half a minute', { windows: [{ days: 1, from: 0.5, to: 9 }] }],
  ['window for no moment', { windows: [{ days: 1, from: 0, to: 0, moments: 0 }] }],
  ['zone', { zone: 841 }],
  ['zone NaN', { zone: NaN }],
  ['energy', { energy: { receive: 101, activate: 0, level: never } }],
  ['security past the energy floor', { security: { passes: Gate.Energy } }],
  ['security NaN', { security: { passes: NaN } }],
];

for (const [name, owner] of wrong) {
  test(`owner: ${name}: RangeError`, (t) => {
    t.throws(() => rigOpen(owner), { instanceOf: RangeError, message: /^owner: / });
  });
}
