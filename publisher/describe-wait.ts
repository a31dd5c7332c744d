/** The record of what waits, in words: why, since when, and until when. */
import { timeTold } from '../agent/moment/elapsed.ts';
import { Flag, waitNew, waitRead } from '../agent/moment/record.ts';
import type { Owner, Waiting } from '../agent/index.ts';
import { windowsWait } from '../agent/moment/window.ts';
import { Moment } from '../agent/codes.ts';
import * as Err from '../agent/err.ts';
import { lines } from './answer.ts';
import { hexOf } from './bytes.ts';
import type { Description } from './describe.ts';
import { codeText } from './explain.ts';
import type { Clock } from '../hal/ports.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 2024-01-01 02:00:00Z */
export const timeText = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}Z`;

export const spanText = (seconds: number): string => {
  const scale = [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [1, 's'],
  ] as const;
  let left = Math.floor(seconds);
  const parts = scale.map(([unit, name]) => {
    const count = Math.floor(left / unit);
    left -= count * unit;
    return count > 0 ? `${count} ${name}` : '';
  });
  return (
    parts
      .filter((part) => part !== '')
      .slice(0, 2)
      .join(' ') || '0 s'
  );
};

/** What is left to wait, for whoever offered it. */
export const waitingText = (waiting: Waiting): string => {
  const until = waiting.until > 0 ? `until ${timeText(waiting.until)}` : 'until when cannot be said';
  if (waiting.wakes < 0) return until;
  return `${until}; in ${spanText(waiting.seconds)} or ${waiting.wakes} wakes at the latest`;
};

/** `told`: what the board takes the time for, in seconds since 1970, or 0. */
export const describeWait = (bytes: Uint8Array, owner: Owner, clock: Clock | undefined): Description => {
  const wait = waitNew();
  const lost = bytes.length > 0 && waitRead(bytes, wait) < 0;
  const waits = (wait.flags & Flag.Waiting) !== 0;
  const { moment } = wait;
  const told = timeTold(clock);
  const seconds = windowsWait(owner.windows ?? [], owner.zone ?? 0, told, moment);
  const code = 0 - wait.code;
  const until =
    code === Err.OutsideWindow
      ? seconds >= 0 && told > 0
        ? told + seconds
        : 0
      : code === Err.Postponed
        ? wait.postpone.until
        : code === Err.Scheduled
          ? wait.schedule.until
          : 0;
  const row = {
    kind: 'waiting',
    waits,
    lost,
    code,
    reason: wait.reason,
    at: moment === Moment.Activate ? 'activate' : 'receive',
    until,
    sequence: wait.sequence,
    digest: hexOf(wait.digest),
    wakes: wait.wakes + wait.idleWakes,
    waited: wait.waited + wait.idle,
    postponed: wait.postponed,
  };
  if (lost) return { rows: [row], text: 'waiting   its record is lost: what waits, waits anew' };
  if (!waits) return { rows: [row], text: 'waiting   nothing' };
  const reason = wait.reason > 0 ? `, reason ${wait.reason}` : '';
  const open = code === Err.OutsideWindow && told > 0 && seconds === 0;
  const text = lines([
    [
      'waiting',
      `sequence ${wait.sequence}, at ${row.at}: ${code < 0 ? codeText(code) : 'free to go on'}${reason}`,
    ],
    ['until', open ? 'now: a window is open' : until > 0 ? timeText(until) : 'cannot be said'],
    [
      'waited',
      `${spanText(row.waited)}, ${row.wakes} wakes; patience ${spanText(owner.patience.seconds)} or ${owner.patience.wakes} wakes`,
    ],
  ]);
  return { rows: [row], text };
};
