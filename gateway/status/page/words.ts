/** Numbers and states in words. */
import type { ShownState } from '../shapes.ts';

/** In the order of a bar: what succeeded from the left, what failed from the right. */
export const stateWords: Readonly<Record<ShownState, string>> = {
  success: 'confirmed',
  trial: 'on trial',
  staged: 'staged',
  offered: 'offered',
  ready: 'ready',
  fetching: 'fetching',
  waiting: 'waiting',
  none: 'no work',
  cancelled: 'cancelled',
  failed: 'failed',
  reverted: 'went back',
};
export const states: readonly ShownState[] = Object.keys(stateWords) as ShownState[];

const whole = new Intl.NumberFormat('en');
export const number = (value: number): string => whole.format(value);
export const many = (count: number, one: string, more: string = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : more}`;

const list = new Intl.ListFormat('en');
export const listed = (names: readonly string[], more = 0): string =>
  list.format(more > 0 ? [...names, `${number(more)} more`] : names);

// Seconds of one, word.
const spans: readonly (readonly [seconds: number, word: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

export const span = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [of, word] = spans.find(([one]) => seconds >= one) ?? [1, 's'];
  return `${number(Math.floor(seconds / of))} ${word}`;
};

export const ago = (then: number, now: number): string =>
  then === 0 ? 'never' : now - then < 1000 ? 'now' : `${span(now - then)} ago`;

/** A device may be a little late; clocks of microcontrollers drift. */
const LATE_MS = 10_000;
export const isLate = (wake: number, now: number): boolean => wake !== 0 && now - wake > LATE_MS;
export const ahead = (wake: number, now: number): string => {
  if (wake === 0) return '';
  if (isLate(wake, now)) return `late by ${span(now - wake)}`;
  return wake - now < 1000 ? 'now' : `in ${span(wake - now)}`;
};

const units = ['B', 'KB', 'MB', 'GB', 'TB'];
export const bytes = (count: number): string => {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
};

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
export const clockTime = (instant: number): string => clock.format(instant);
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
export const dayTime = (instant: number): string => (instant === 0 ? '' : day.format(instant));
