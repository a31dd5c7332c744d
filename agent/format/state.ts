/**
 * The boot state: everything that outlives a reset, in one record. Written whole each time: a state is at most a few
 * hundred bytes, and one kind of record leaves one kind of torn record.
 *
 * The order of the tables is the order of the bytes; each field follows its neighbour without gap.
 */
import { bytesCopy, readU16, readU32, readU53, writeU16, writeU32, writeU53 } from '../bytes.ts';
import { NO_SLOT, Ok } from '../codes.ts';
import * as Err from '../err.ts';
import {
  ACCEPTED_DIGEST_AT,
  BACKOFF_DIGEST_AT,
  CHECK_NAME,
  CHECK_NAME_AT,
  EVENT_DIGEST_AT,
  MANIFEST_DIGEST,
  REFUSED,
  REFUSED_AT,
  REFUSED_DIGEST,
  STATE_BYTES_LENGTH,
  STATE_VERSION,
  TRIAL_DIGEST_AT,
  VERSION_LENGTH,
} from './layout.ts';

export { CHECK_NAME, MANIFEST_DIGEST, REFUSED, REFUSED_DIGEST };

/** What an exchange does: which way it goes, and whether what slot 0 holds is kept in slot 1. */
export const Exchange = {
  None: 0,
  Up: 1, // slot 1 gives its content from one unit further, and keeps slot 0's from its first byte on
  Down: 2, // the other way round
  UpOnly: 3, // as Up, and nothing is kept
  DownOnly: 4, // as Down, and nothing is kept
} as const;

export interface State {
  /** The slot that runs when there is no trial. */
  confirmed: number;
  /** The slot on trial, from activate to confirm or revert. */
  trial: number;
  /** Attempts burned, the running one included. */
  attempts: number;
  /** Boots of this trial, wakes from deep sleep apart. */
  boots: number;
  /** Boots of this trial at which time could not be told. */
  windowBoots: number;
  /** Reverts of one manifest in a row for want of network. */
  backoffs: number;
  /** The slot with the range last named before it was touched. */
  nameSlot: number;
  event: number;
  /** The application's own reason, or 0. */
  eventDetail: number;
  /** Reset cause at the event. */
  eventCause: number;
  eventSlot: number;
  eventAttempts: number;
  eventBoots: number;
  /** The code at the event, negated. */
  eventCode: number;
  /** The exchange under way in swap mode: `Exchange`. */
  exchange: number;
  /** Swap mode: 1 where the content of slot 1 lies from its first byte on, 0 where it lies one unit further. */
  secondLow: number;
  nameOffset: number;
  nameLength: number;
  /** Seconds since 1970 at the first boot of the trial at which time could be told, or 0. */
  trialSince: number;
  floor: number;
  /** What the floor becomes at confirm. */
  trialFloor: number;
  backoffSince: number;
  /** Exchange: the bytes of slot 0 that are kept lie before `keepEnd` and from `keepTail` on. */
  keepEnd: number;
  keepTail: number;
  /** Exchange: the same of those that slot 0 gets. */
  takeEnd: number;
  takeTail: number;
  /** The highest sequence ever confirmed. */
  accepted: number;
  trialSequence: number;
  eventFrom: number;
  eventTo: number;
  /** Reverted manifests up to this sequence are refused even where their digest is no longer kept. */
  refusedUpTo: number;
  refusedSequence0: number;
  refusedSequence1: number;
  refusedSequence2: number;
  refusedSequence3: number;
  /** Digests and a name, one after another: format/layout.ts. One array, as each takes slots of its own. */
  readonly bytes: Uint8Array;
}

/** Numbers of one byte, then those of four from FOUR_FROM on, then those of eight from EIGHT_FROM on. */
const NUMBERS: readonly Exclude<keyof State, 'bytes'>[] = [
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
  'accepted',
  'trialSequence',
  'eventFrom',
  'eventTo',
  'refusedUpTo',
  'refusedSequence0',
  'refusedSequence1',
  'refusedSequence2',
  'refusedSequence3',
];
const FOUR_FROM = 16;
const EIGHT_FROM = 26;
/** What `State.bytes` holds: name, where, how long. For who shows it. */
export const STATE_BYTES: readonly (readonly [string, number, number])[] = [
  ['acceptedDigest', ACCEPTED_DIGEST_AT, MANIFEST_DIGEST],
  ['trialDigest', TRIAL_DIGEST_AT, MANIFEST_DIGEST],
  ['eventDigest', EVENT_DIGEST_AT, MANIFEST_DIGEST],
  ['backoffDigest', BACKOFF_DIGEST_AT, REFUSED_DIGEST],
  ['refused', REFUSED_AT, REFUSED * REFUSED_DIGEST],
  ['checkName', CHECK_NAME_AT, CHECK_NAME],
];

export const STATE_LENGTH: number =
  VERSION_LENGTH +
  FOUR_FROM +
  4 * (EIGHT_FROM - FOUR_FROM) +
  8 * (NUMBERS.length - EIGHT_FROM) +
  STATE_BYTES_LENGTH;

/** Bytes of a number in the record. */
function widthOf(number: number): number {
  return number < FOUR_FROM ? 1 : number < EIGHT_FROM ? 4 : 8;
}

/** The state of a board that knows nothing. */
export function stateNew(): State {
  const state = { bytes: new Uint8Array(STATE_BYTES_LENGTH) } as State;
  stateReset(state);
  return state;
}

/** Forgets everything. */
export function stateReset(state: State): void {
  for (let i = 0; i < NUMBERS.length; i++) state[NUMBERS[i]!] = 0;
  state.bytes.fill(0);
  state.confirmed = NO_SLOT;
  state.trial = NO_SLOT;
  state.nameSlot = NO_SLOT;
}

/** Writes STATE_LENGTH bytes at `at`. */
export function stateWrite(state: State, into: Uint8Array, at: number): void {
  writeU16(into, at, STATE_VERSION);
  let next = at + VERSION_LENGTH;
  for (let i = 0; i < NUMBERS.length; i++) {
    const value = state[NUMBERS[i]!];
    if (i < FOUR_FROM) into[next] = value;
    else if (i < EIGHT_FROM) writeU32(into, next, value);
    else writeU53(into, next, value);
    next += widthOf(i);
  }
  into.set(state.bytes, next);
}

/** Reads a state of `length` bytes at `at`. The record's crc has been checked. */
export function stateRead(state: State, bytes: Uint8Array, at: number, length: number): number {
  if (!(length === STATE_LENGTH && readU16(bytes, at) === STATE_VERSION)) return Err.JournalLost;
  let next = at + VERSION_LENGTH;
  for (let i = 0; i < NUMBERS.length; i++) {
    state[NUMBERS[i]!] =
      i < FOUR_FROM ? bytes[next]! : i < EIGHT_FROM ? readU32(bytes, next) : readU53(bytes, next);
    next += widthOf(i);
  }
  bytesCopy(bytes, next, state.bytes, 0, STATE_BYTES_LENGTH);
  return Ok;
}
