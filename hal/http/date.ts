/**
 * Dates of HTTP (RFC 9110 section 5.6.7), all three forms, and what is told by them. What a date says is no trusted
 * time: whoever answers can say any.
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT   Sunday, 06-Nov-94 08:49:37 GMT   Sun Nov  6 08:49:37 1994
 */
import { decimalRead } from './uri.ts';

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
const DATE_MAX = 40;
const DAY = 86400;

/** Days from 1970-01-01 to the first of `month`, from 0. Counted in years that begin in March, whose last is the leap day. */
function daysToMonth(year: number, month: number): number {
  const start = month < 2 ? year - 1 : year;
  // 153 days in any five months from March on.
  const before = Math.floor((153 * ((month + 10) % 12) + 2) / 5);
  return (
    start * 365 + Math.floor(start / 4) - Math.floor(start / 100) + Math.floor(start / 400) - 719468 + before
  );
}

/** Days from 1970-01-01; -1: there is no such day. */
function daysOf(year: number, month: number, day: number): number {
  if (!(year >= 1970 && year <= 9999 && day >= 1)) return -1;
  const first = daysToMonth(year, month);
  const next = month === 11 ? daysToMonth(year + 1, 0) : daysToMonth(year, month + 1);
  return first + day <= next ? first + day - 1 : -1;
}

/** Seconds of the day of `hh:mm:ss`; -1: no time. A leap second counts as the second before it. */
function clockRead(text: string): number {
  if (text.length !== 8 || text.charAt(2) !== ':' || text.charAt(5) !== ':') return -1;
  const hours = decimalRead(text.substring(0, 2));
  const minutes = decimalRead(text.substring(3, 5));
  const seconds = decimalRead(text.substring(6, 8));
  if (!(hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds <= 60)) return -1;
  return hours * 3600 + minutes * 60 + Math.min(seconds, 59);
}

function monthRead(text: string): number {
  const at = text.length === 3 ? MONTHS.indexOf(text.toLowerCase()) : -1;
  return at >= 0 && at % 3 === 0 ? at / 3 : -1;
}

/** The parts of a date, whichever stands between them. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i <= text.length; i++) {
    const one = text.charAt(i);
    if (one !== '' && one !== ' ' && one !== ',' && one !== '-') part += one;
    else if (part !== '') {
      parts.push(part);
      part = '';
    }
  }
  return parts;
}

/** Seconds since 1970-01-01 UTC; -1: no date. A year of two digits is 1970 to 2069. */
export function dateRead(text: string): number {
  if (!(text.length <= DATE_MAX)) return -1;
  const parts = partsOf(text);
  // weekday day month year time GMT, or weekday month day time year
  const named = parts.length === 5;
  if (!(named || (parts.length === 6 && parts[5] === 'GMT'))) return -1;
  const month = monthRead(parts[named ? 1 : 2]!);
  const day = decimalRead(parts[named ? 2 : 1]!);
  const digits = parts[named ? 4 : 3]!;
  const time = clockRead(parts[named ? 3 : 4]!);
  let year = decimalRead(digits);
  if (digits.length === 2) year += year >= 70 ? 1900 : 2000;
  const days = month < 0 ? -1 : daysOf(year, month, day);
  return days < 0 || time < 0 ? -1 : days * DAY + time;
}

/** Longer than a server is waited for. */
export const RETRY_AFTER_MAX: number = 7 * DAY;

/**
 * Seconds that a server asks to wait (RFC 9110 section 10.2.3): a number, or a date, which is held against the server's
 * own Date, so that no clock is needed. At most a week; 0: it asks for none, or cannot be understood.
 */
export function retryAfterRead(text: string, date: string): number {
  let seconds = decimalRead(text);
  if (seconds < 0) {
    const until = dateRead(text);
    const now = dateRead(date);
    seconds = until < 0 || now < 0 ? 0 : until - now;
  }
  return Math.min(Math.max(seconds, 0), RETRY_AFTER_MAX);
}
