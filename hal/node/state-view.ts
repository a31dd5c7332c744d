/**
 * The boot state by the names of its fields, as docs/SPEC.md section 4.1 has them: for tools and tests. On a device it is
 * read where it lies.
 */
import {
  ACCEPTED_AT,
  ACCEPTED_DIGEST_AT,
  BACKOFF_DIGEST_AT,
  CHECK_NAME,
  CHECK_NAME_AT,
  CONFIRMED_AT,
  EVENT_DIGEST_AT,
  MANIFEST_DIGEST,
  NAME_OFFSET_AT,
  REFUSED,
  REFUSED_AT,
  REFUSED_DIGEST,
  SEQUENCE_LENGTH,
  TRIAL_DIGEST_AT,
} from '../../agent/format/layout.ts';
import { stateGet, stateSet } from '../../agent/format/state.ts';
import type { State } from '../../agent/format/state.ts';

const ONES = [
  'confirmed',
  'trial',
  'attempts',
  'boots',
  'windowBoots',
  'backoffs',
  'nameSlot',
  'event',
  'eventDetail',
  'eventCause',
  'eventSlot',
  'eventAttempts',
  'eventBoots',
  'eventCode',
  'exchange',
  'secondLow',
] as const;
const FOURS = [
  'nameOffset',
  'nameLength',
  'trialSince',
  'floor',
  'trialFloor',
  'backoffSince',
  'keepEnd',
  'keepTail',
  'takeEnd',
  'takeTail',
] as const;
const EIGHTS = [
  'accepted',
  'trialSequence',
  'eventFrom',
  'eventTo',
  'refusedUpTo',
  'refusedSequence0',
  'refusedSequence1',
  'refusedSequence2',
  'refusedSequence3',
] as const;

export type StateNumber = (typeof ONES)[number] | (typeof FOURS)[number] | (typeof EIGHTS)[number];

interface Place {
  readonly at: number;
  readonly width: number;
}

const placesOf = <Name extends string>(
  names: readonly Name[],
  from: number,
  width: number,
): [Name, Place][] => names.map((name, index) => [name, { at: from + index * width, width }]);

/** Where each number lies, in the order of the bytes. */
export const STATE_NUMBERS: ReadonlyMap<StateNumber, Place> = new Map<StateNumber, Place>([
  ...placesOf(ONES, CONFIRMED_AT, 1),
  ...placesOf(FOURS, NAME_OFFSET_AT, 4),
  ...placesOf(EIGHTS, ACCEPTED_AT, SEQUENCE_LENGTH),
]);

/** What is not a number: name, where, how long. */
export const STATE_BYTES: readonly (readonly [string, number, number])[] = [
  ['acceptedDigest', ACCEPTED_DIGEST_AT, MANIFEST_DIGEST],
  ['trialDigest', TRIAL_DIGEST_AT, MANIFEST_DIGEST],
  ['eventDigest', EVENT_DIGEST_AT, MANIFEST_DIGEST],
  ['backoffDigest', BACKOFF_DIGEST_AT, REFUSED_DIGEST],
  ['refused', REFUSED_AT, REFUSED * REFUSED_DIGEST],
  ['checkName', CHECK_NAME_AT, CHECK_NAME],
];

export type StateView = Record<StateNumber, number>;

/** The numbers of a state by name, to be read and to be set: they stay those of the state. */
export const stateView = (state: State): StateView => {
  const view = {} as StateView;
  for (const [name, { at, width }] of STATE_NUMBERS) {
    Object.defineProperty(view, name, {
      enumerable: true,
      get: () => (width === 1 ? state[at] : stateGet(state, at)),
      set: (value: number) => {
        if (width === 1) state[at] = value;
        else stateSet(state, at, value);
      },
    });
  }
  return view;
};
