/** Maintenance windows as a person writes them: `mon-fri 02:00-04:00 +60`, `activate sun 03:00-04:00`. */
import { Moment } from '../../agent/codes.ts';
import type { MaintenanceWindow } from '../../agent/index.ts';
import { Exit, PublishError } from '../errors.ts';

export interface ZonedWindow {
  readonly window: MaintenanceWindow;
  /** Minutes east of UTC. */
  readonly zone: number;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const FORM = /^(?:(receive|activate) )?([a-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d)(?: ([+-]\d{1,3}))?$/;
const WEST = -720;
const EAST = 840;

const trouble = (text: string): PublishError =>
  new PublishError(`${text} is not a maintenance window`, {
    field: '--window',
    remedy:
      'Give days, times and minutes east of UTC: "mon-fri 02:00-04:00 +60", "daily 22:00-05:00", "activate sat,sun 03:00-04:00"',
    exit: Exit.Usage,
  });

/** A range goes on over the end of the week: sat-mon is three days. */
const rangeOf = (text: string): number => {
  const [first, last = first] = text.split('-').map((name) => DAYS.findIndex((day) => day === name));
  if (first === undefined || last === undefined || first < 0 || last < 0) return NaN;
  let days = 0;
  for (let day = first; ; day = (day + 1) % DAYS.length) {
    days |= 1 << day;
    if (day === last) return days;
  }
};

const daysOf = (text: string): number =>
  text === 'daily'
    ? (1 << DAYS.length) - 1
    : text
        .split(',')
        .map(rangeOf)
        .reduce((all, one) => (Number.isNaN(all) || Number.isNaN(one) ? NaN : all | one), 0);

const minuteOf = (hour: string | undefined, minute: string | undefined): number =>
  Number(hour) <= 23 && Number(minute) <= 59 ? Number(hour) * 60 + Number(minute) : NaN;

export const windowParse = (text: string): ZonedWindow => {
  const found = FORM.exec(text.trim().toLowerCase().replace(/\s+/g, ' '));
  if (!found) throw trouble(text);
  const [, moment, days, fromHour, fromMinute, toHour, toMinute, offset = '0'] = found;
  const window = {
    days: daysOf(days!),
    from: minuteOf(fromHour, fromMinute),
    to: minuteOf(toHour, toMinute),
    ...(moment === undefined ? {} : { moments: moment === 'receive' ? Moment.Receive : Moment.Activate }),
  };
  const zone = Number(offset);
  if (![window.days, window.from, window.to].every(Number.isInteger)) throw trouble(text);
  if (!(zone >= WEST && zone <= EAST)) throw trouble(text);
  return { window, zone };
};

/** The windows of one owner, who is in one zone. */
export const windowsParse = (
  texts: readonly string[],
): { readonly windows: readonly MaintenanceWindow[]; readonly zone: number } => {
  const all = texts.map(windowParse);
  const zone = all[0]?.zone ?? 0;
  const other = all.findIndex((one) => one.zone !== zone);
  if (other >= 0) {
    throw new PublishError(`${texts[other]} is in another zone than ${texts[0]}`, {
      field: '--window',
      remedy: 'Give all windows in the zone of the owner',
      exit: Exit.Usage,
    });
  }
  return { windows: all.map((one) => one.window), zone };
};
