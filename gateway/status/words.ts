/** Numbers of a report in words. */
import { Event } from '../../agent/codes.ts';
import { explain, Lwm2mResult, SuitReason } from '../../publisher/explain.ts';
import type { CodeWords, EventWords, ShownState } from './shapes.ts';

const nameIn = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(table).find(([, one]) => one === value)?.[0] ?? String(value);

const Unknown = {
  name: '',
  sentence: 'A code that this gateway does not know.',
  advice:
    'The device is newer than the gateway: update the gateway, or ask flipside explain of a newer version.',
  suitReason: '',
  lwm2mResult: '',
} as const;

/** Null for 0: nothing went wrong. */
export const codeWords = (code: number): CodeWords | null => {
  if (code === 0) return null;
  const found = explain(code);
  if (found === undefined) return { code: Number.isSafeInteger(code) ? code : 0, ...Unknown };
  const { name, sentence, advice } = found;
  return {
    code,
    name,
    sentence,
    advice,
    suitReason: nameIn(SuitReason, found.suitReason),
    lwm2mResult: nameIn(Lwm2mResult, found.lwm2mResult),
  };
};

const eventTable: Readonly<Record<keyof typeof Event, string>> = {
  None: 'It has had no update yet.',
  Factory: 'It started for the first time, or its boot journal was lost.',
  Activated: 'It was told to boot the new image, and has not said more.',
  Confirmed: 'The new image passed its checks, and stays.',
  Reverted: 'The new image did not prove itself: the one before runs again.',
  Fallback: 'Its confirmed image did not verify any more: the other one runs.',
  Manual: 'It was sent back to its other image by hand.',
};

export const eventWords = (event: number): EventWords => {
  const name = (Object.keys(eventTable) as (keyof typeof Event)[]).find((one) => Event[one] === event);
  if (name === undefined) return { event, name: '', sentence: 'An event that this gateway does not know.' };
  return { event, name, sentence: eventTable[name] };
};

/** For a device that the server wants nothing of. */
export const NoWork = 'none';

export const stateTable: Readonly<Record<ShownState, string>> = {
  none: 'The server wants nothing of it.',
  waiting: 'It may not begin yet.',
  fetching: 'The gateway does not have all of the release yet.',
  ready: 'It is told at its next check-in.',
  offered: 'It was told where the release is.',
  staged: 'It has the release, proven, in its inactive slot.',
  trial: 'It runs the release on trial.',
  success: 'Its report says: confirmed.',
  reverted: 'It went back to the image before.',
  failed: 'The device, or the gateway, could not take it.',
  cancelled: 'Taken back before it ran.',
};

export const shownStates: readonly ShownState[] = Object.keys(stateTable) as ShownState[];
