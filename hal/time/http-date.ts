/**
 * The date of an HTTP answer, in the one form that may be sent (RFC 9110 section 5.6.7, IMF-fixdate):
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT
 */

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const FORM = 'aaa, 00 aaa 0000 00:00:00 GMT';
const DAY_AT = 5;
const MONTH_AT = 8;
const YEAR_AT = 12;
const HOUR_AT = 17;
const MINUTE_AT = 20;
const SECOND_AT = 23;
const ZERO = 48;

/** Digits where the form has a 0, anything where it has an `a`, and the same elsewhere. */
function hasForm(text: string): boolean {
  if (typeof text !== 'string' || text.length !== FORM.length) return false;
  for (let i = 0; i < FORM.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    const form = FORM.charAt(i);
    if (form === '0' ? !(digit >= 0 && digit <= 9) : form !== 'a' && form !== text.charAt(i)) return false;
  }
  return true;
}

function number(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) value = value * 10 + text.charCodeAt(at + i) - ZERO;
  return value;
}

/** Days since 1970-01-01 in the Gregorian calendar; a year begins in March here, so that a leap day is its last. */
function days(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leaps + Math.floor((153 * m + 2) / 5) + day - 1 - 719468;
}

/** Seconds since 1970, or -1: not such a date. The day of the week is not looked at; a leap second is the second after. */
export function httpDate(text: string): number {
  if (!hasForm(text)) return -1;
  const name = MONTHS.indexOf(text.substring(MONTH_AT, MONTH_AT + 3));
  if (!(name >= 0 && name % 3 === 0)) return -1;
  const year = number(text, YEAR_AT, 4);
  const month = name / 3 + 1;
  const day = number(text, DAY_AT, 2);
  const next = month === 12 ? days(year + 1, 1, 1) : days(year, month + 1, 1);
  const date = days(year, month, day);
  const hour = number(text, HOUR_AT, 2);
  const minute = number(text, MINUTE_AT, 2);
  const second = number(text, SECOND_AT, 2);
  if (!(year >= 1970 && day >= 1 && date < next && hour <= 23 && minute <= 59 && second <= 60)) return -1;
  return ((date * 24 + hour) * 60 + minute) * 60 + second;
}
