/**
 * The boot state: everything that outlives a reset. In RAM it is what its record holds (docs/SPEC.md section 4.1), one
 * byte array: as an object of its fields it took twice the RAM. Written whole each time: a state is at most a few hundred
 * bytes, and one kind of record leaves one kind of torn record.
 *
 * A number of one byte is read as `state[CONFIRMED_AT]`, longer ones by `stateGet`; format/layout.ts has them all.
 */
import { bytesCopy, readU16, readU32, readU53, writeU16, writeU32, writeU53 } from '../bytes.ts';
import { NO_SLOT, Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { ACCEPTED_AT, CONFIRMED_AT, NAME_SLOT_AT, STATE_LENGTH, STATE_VERSION, TRIAL_AT } from './layout.ts';

/** STATE_LENGTH bytes. */
export type State = Uint8Array;

/** What an exchange does: which way it goes, and whether what slot 0 holds is kept in slot 1. */
export const Exchange = {
  None: 0,
  Up: 1, // slot 1 gives its content from one unit further, and keeps slot 0's from its first byte on
  Down: 2, // the other way round
  UpOnly: 3, // as Up, and nothing is kept
  DownOnly: 4, // as Down, and nothing is kept
} as const;

/** A number of four or eight bytes. */
export function stateGet(state: State, at: number): number {
  return at < ACCEPTED_AT ? readU32(state, at) : readU53(state, at);
}

export function stateSet(state: State, at: number, value: number): void {
  if (at < ACCEPTED_AT) writeU32(state, at, value);
  else writeU53(state, at, value);
}

/** The state of a board that knows nothing. */
export function stateNew(): State {
  const state = new Uint8Array(STATE_LENGTH);
  stateReset(state);
  return state;
}

/** Forgets everything. */
export function stateReset(state: State): void {
  state.fill(0);
  writeU16(state, 0, STATE_VERSION);
  state[CONFIRMED_AT] = NO_SLOT;
  state[TRIAL_AT] = NO_SLOT;
  state[NAME_SLOT_AT] = NO_SLOT;
}

/** Reads a state of `length` bytes at `at`. The record's crc has been checked. */
export function stateRead(state: State, bytes: Uint8Array, at: number, length: number): number {
  if (!(length === STATE_LENGTH && readU16(bytes, at) === STATE_VERSION)) return Err.JournalLost;
  bytesCopy(bytes, at, state, 0, STATE_LENGTH);
  return Ok;
}
