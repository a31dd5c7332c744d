import test from 'ava';
import fc from 'fast-check';
import { Day, Moment } from '../../agent/index.ts';
import type { MaintenanceWindow } from '../../agent/index.ts';
import { WINDOW_OPEN, WINDOW_UNKNOWN, windowsWait } from '../../agent/moment/window.ts';
import { DAY, HOUR, at } from './_moment.ts';

const { Monday, Friday, Saturday, Sunday, Every } = Day;
const workdays = Every - Saturday - Sunday;
const night: MaintenanceWindow = { days: workdays, from: 120, to: 240 };
const overMidnight: MaintenanceWindow = { days: Friday, from: 23 * 60, to: 60 };
const sundayNight: MaintenanceWindow = { days: Sunday, from: 23 * 60, to: 60 };
const wholeMonday: MaintenanceWindow = { days: Monday, from: 0, to: 0 };
const downloads: MaintenanceWindow = { days: Every, from: 0, to: 60, moments: Moment.Receive };

// what, windows, zone, time, moment, seconds to wait
const rows: readonly (readonly [string, MaintenanceWindow[], number, number, number, number])[] = [
  ['no windows', [], 0, at(0, 12), Moment.Receive, WINDOW_OPEN],
  ['no windows, no time', [], 0, 0, Moment.Receive, WINDOW_OPEN],
  ['a window, no time', [night], 0, 0, Moment.Receive, WINDOW_UNKNOWN],
  ['before it', [night], 0, at(0, 1), Moment.Receive, HOUR],
  ['a second before it', [night], 0, at(0, 2) - 1, Moment.Receive, 1],
  ['its first second', [night], 0, at(0, 2), Moment.Receive, WINDOW_OPEN],
  ['its last second', [night], 0, at(0, 4) - 1, Moment.Receive, WINDOW_OPEN],
  ['its end', [night], 0, at(0, 4), Moment.Receive, 22 * HOUR],
  ['over the weekend', [night], 0, at(4, 4), Moment.Receive, 2 * DAY + 22 * HOUR],
  ['an hour east', [night], 60, at(0, 1), Moment.Activate, WINDOW_OPEN],
  ['an hour east, ended', [night], 60, at(0, 3), Moment.Activate, 22 * HOUR],
  ['five hours west', [night], -300, at(0, 7), Moment.Activate, WINDOW_OPEN],
  ['west, on the day before', [night], -720, at(0, 12), Moment.Activate, 2 * HOUR],
  ['before midnight', [overMidnight], 0, at(4, 23, 30), Moment.Receive, WINDOW_OPEN],
  ['after midnight', [overMidnight], 0, at(5, 0, 59), Moment.Receive, WINDOW_OPEN],
  ['after its end', [overMidnight], 0, at(5, 1), Moment.Receive, 6 * DAY + 22 * HOUR],
  ['after midnight of another day', [overMidnight], 0, at(4, 0, 30), Moment.Receive, 22 * HOUR + 30 * 60],
  ['over the end of the week', [sundayNight], 0, at(0, 0, 30), Moment.Receive, WINDOW_OPEN],
  ['a whole day', [wholeMonday], 0, at(0, 23, 59), Moment.Receive, WINDOW_OPEN],
  ['the day after', [wholeMonday], 0, at(1, 0), Moment.Receive, 6 * DAY],
  ['the sooner of two', [overMidnight, night], 0, at(4, 22), Moment.Receive, HOUR],
  ['one of two is open', [overMidnight, night], 0, at(4, 3), Moment.Receive, WINDOW_OPEN],
  ['of the other moment only', [downloads], 0, at(0, 12), Moment.Activate, WINDOW_OPEN],
  ['of this moment', [downloads], 0, at(0, 12), Moment.Receive, 12 * HOUR],
  ['of the other moment only, no time', [downloads], 0, 0, Moment.Activate, WINDOW_OPEN],
];

for (const [name, windows, zone, told, moment, wait] of rows) {
  test(`window: ${name}`, (t) => t.is(windowsWait(windows, zone, told, moment), wait));
}

/** By the calendar of the engine. */
const isOpen = (window: MaintenanceWindow, zone: number, told: number): boolean => {
  const open = (start: Date): boolean => {
    const local = new Date((told + zone * 60) * 1000);
    const begin = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate(), 0, window.from);
    const length = window.to > window.from ? window.to - window.from : window.to - window.from + 1440;
    const day = 1 << ((start.getUTCDay() + 6) % 7);
    return (window.days & day) !== 0 && local.getTime() >= begin && local.getTime() < begin + length * 60_000;
  };
  const today = new Date((told + zone * 60) * 1000);
  return open(today) || open(new Date(today.getTime() - DAY * 1000));
};

const windowArbitrary = fc.record({
  days: fc.integer({ min: 1, max: 127 }),
  from: fc.integer({ min: 0, max: 1439 }),
  to: fc.integer({ min: 0, max: 1439 }),
});

test('windows agree with the calendar, and open when they say so and not before', (t) => {
  let waited = 0;
  fc.assert(
    fc.property(
      fc.array(windowArbitrary, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: -720, max: 840 }),
      fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }),
      (windows, zone, told) => {
        const wait = windowsWait(windows, zone, told, Moment.Receive);
        const open = (time: number): boolean => windows.some((one) => isOpen(one, zone, time));
        if (wait === WINDOW_OPEN) return open(told);
        waited++;
        if (!(wait > 0 && wait <= 7 * DAY)) return false;
        return (
          !open(told) && open(told + wait) && !open(told + wait - 1) && !open(told + Math.floor(wait / 2))
        );
      },
    ),
    { numRuns: 2000 },
  );
  t.true(waited > 100);
});
