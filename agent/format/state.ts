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
  CHECK_NAME,
  MANIFEST_DIGEST,
  REFUSED,
  REFUSED_DIGEST,
  STATE_VERSION,
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
  readonly acceptedDigest: Uint8Array;
  readonly trialDigest: Uint8Array;
  readonly eventDigest: Uint8Array;
  readonly backoffDigest: Uint8Array;
  readonly refused: Uint8Array;
  /** UTF-8, zero padded: the health check that decided the event. */
  readonly checkName: Uint8Array;
}

type Bytes = 'acceptedDigest' | 'trialDigest' | 'eventDigest' | 'backoffDigest' | 'refused' | 'checkName';

/** Numbers of one byte, then those of four from FOUR_FROM on, then those of eight from EIGHT_FROM on. */
const NUMBERS: readonly Exclude<keyof State, Bytes>[] = [
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
/** As long as the arrays: BYTES_LENGTHS. */
const BYTES: readonly Bytes[] = [
  'acceptedDigest',
  'trialDigest',
  'eventDigest',
  'backoffDigest',
  'refused',
  'checkName',
];
const BYTES_LENGTHS: readonly number[] = [
  MANIFEST_DIGEST,
  MANIFEST_DIGEST,
  MANIFEST_DIGEST,
  REFUSED_DIGEST,
  REFUSED * REFUSED_DIGEST,
  CHECK_NAME,
];
const BYTES_LENGTH: number = 3 * MANIFEST_DIGEST + REFUSED_DIGEST + REFUSED * REFUSED_DIGEST + CHECK_NAME;

export const STATE_LENGTH: number =
  VERSION_LENGTH +
  FOUR_FROM +
  4 * (EIGHT_FROM - FOUR_FROM) +
  8 * (NUMBERS.length - EIGHT_FROM) +
  BYTES_LENGTH;

/** Bytes of a number in the record. */
function widthOf(number: number): number {
  return number < FOUR_FROM ? 1 : number < EIGHT_FROM ? 4 : 8;
}

/** The state of a board that knows nothing. */
export function stateNew(): State {
  const bytes = new Uint8Array(BYTES_LENGTH);
  const state = {} as { -readonly [Name in keyof State]: State[Name] };
  let next = 0;
  for (let i = 0; i < BYTES.length; i++) {
    state[BYTES[i]!] = bytes.subarray(next, next + BYTES_LENGTHS[i]!);
    next += BYTES_LENGTHS[i]!;
  }
  stateReset(state);
  return state;
}

/** Forgets everything. */
export function stateReset(state: State): void {
  for (let i = 0; i < NUMBERS.length; i++) state[NUMBERS[i]!] = 0;
  for (let i = 0; i < BYTES.length; i++) state[BYTES[i]!].fill(0);
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
  for (let i = 0; i < BYTES.length; i++) {
    into.set(state[BYTES[i]!], next);
    next += BYTES_LENGTHS[i]!;
  }
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
  for (let i = 0; i < BYTES.length; i++) {
    bytesCopy(bytes, next, state[BYTES[i]!], 0, BYTES_LENGTHS[i]!);
    next += BYTES_LENGTHS[i]!;
  }
  return Ok;
}
