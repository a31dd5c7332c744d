/**
 * In place of the boot decision, under a bootloader that has decided already: called once after each reset, by the
 * image that runs, before it opens the agent. Brings journal and bootloader together again, whatever a cut left between
 * the two, and counts what is to be counted.
 *
 *   on record   runs            bootloader    what is done
 *   nothing     any             sure          it is the confirmed one: a new board, or a lost journal
 *   nothing     any             unconfirmed   back, if there is a way; else it is the confirmed one
 *   no trial    confirmed       sure          nothing
 *   no trial    confirmed       unconfirmed   the bootloader is told again
 *   no trial    the other one   sure          the bootloader fell back: that is the confirmed one from now on
 *   no trial    the other one   unconfirmed   a trial that is over: back
 *   a trial     the trial       unconfirmed   counted; over: back
 *   a trial     the trial       sure          cut in the confirm: confirmed
 *   a trial     the other one   any           the bootloader went back: the trial is over
 */
import type { BootControl, BootPorts, Environment } from '../hal/ports.ts';
import { causeInnocent, trialCount, trialOver } from './attempt.ts';
import type { BootDecision } from './boot.ts';
import { Event, NO_SLOT, Ok } from './codes.ts';
import { Proof } from './config.ts';
import type { BootConfig } from './config.ts';
import { environmentSafe } from './environment.ts';
import * as Err from './err.ts';
import { floorNow } from './floor.ts';
import { flashOpen } from './flash.ts';
import { stateGet, stateReset, stateSet } from './format/state.ts';
import { ATTEMPTS_AT, BOOTS_AT, CONFIRMED_AT, EVENT_AT, FLOOR_AT, TRIAL_AT } from './format/layout.ts';
import type { State } from './format/state.ts';
import { journalLoad, journalOpen, journalSave, journalSealed } from './journal.ts';
import type { Journal } from './journal.ts';
import { BUFFER_STEP, proveSlot, proverOpen } from './proof.ts';
import type { Prover } from './proof.ts';
import { accept, eventOf, eventSet, timeTold, trialConfirm, trialEnd } from './revert.ts';

interface Follower {
  readonly ports: BootPorts;
  readonly config: BootConfig;
  readonly control: BootControl;
  readonly environment: Environment;
  readonly journal: Journal;
  readonly state: State;
  readonly lost: boolean;
}

/**
 * Fills `into`: what runs, whether on trial, which attempt; sizes and numbers stay 0. Ok, or the code of what could not
 * be put on record: the image may run on, and takes no update. Where it has to go back it resets the board, and returns
 * only if that returns.
 * Throws RangeError where the board is wired wrongly.
 */
export function bootFollow(board: BootPorts, config: BootConfig, into: BootDecision): number {
  const control = board.control;
  if (!control) throw new RangeError('ports: to follow a bootloader takes a boot control');
  const environment = environmentSafe(board.environment);
  const journal = journalOpen(board.journal, environment.watchdog);
  const found = journalLoad(journal);
  const follower: Follower = {
    ports: board,
    config: config,
    control: control,
    environment: environment,
    journal: journal,
    state: journal.state,
    lost: found < 0 || journal.state[CONFIRMED_AT]! > 1,
  };
  const unconfirmed = control.unconfirmed();
  placeFind(follower, unconfirmed);
  const running = control.running();
  if (!(running === 0 || running === 1)) throw new RangeError(`boot control: running slot ${running}`);
  into.slot = running;
  // Nothing is ended, and nothing confirmed, on the word of records that cannot be read.
  const code = unconfirmed < 0 ? unconfirmed : follow(follower, running, unconfirmed === 1, into);
  into.event = follower.state[EVENT_AT]!;
  return code;
}

function follow(follower: Follower, running: number, unconfirmed: boolean, into: BootDecision): number {
  const state = follower.state;
  if (follower.lost) {
    into.code = Err.JournalLost;
    if (unconfirmed) {
      const code = back(follower);
      if (code !== Err.NothingBootable) return code;
    }
    return factory(follower, running, unconfirmed);
  }
  if (state[TRIAL_AT] === NO_SLOT) return followSettled(follower, running, unconfirmed, into);
  if (state[TRIAL_AT] !== running) return wentBack(follower, into);
  if (unconfirmed) return onTrial(follower, into);
  // A cut may have been in it, and what reads right now may read wrong at the next start.
  const code = follower.control.confirm();
  if (code < 0) return code;
  trialConfirm(state, follower.environment.resetCause());
  return journalSave(follower.journal);
}

function followSettled(
  follower: Follower,
  running: number,
  unconfirmed: boolean,
  into: BootDecision,
): number {
  const state = follower.state;
  if (state[CONFIRMED_AT] !== running) {
    if (unconfirmed) {
      const code = back(follower);
      if (code !== Err.NothingBootable) return code;
    }
    into.code = Err.NothingBootable;
    eventSet(state, Event.Fallback, into.code, follower.environment.resetCause(), running);
    state[CONFIRMED_AT] = running;
    const code = journalSave(follower.journal);
    return unconfirmed && code === Ok ? follower.control.confirm() : code;
  }
  // Cut before its seals: written anew.
  const code = journalSealed(follower.journal) ? Ok : journalSave(follower.journal);
  return unconfirmed ? follower.control.confirm() : code;
}

/** Counts this boot of a trial. A bootloader that gives it one boot only is ahead of most limits. */
function onTrial(follower: Follower, into: BootDecision): number {
  const state = follower.state;
  const environment = follower.environment;
  const cause = environment.resetCause();
  const attempts = state[ATTEMPTS_AT]!;
  const boots = state[BOOTS_AT]!;
  const changed = trialCount(state, environment, cause);
  const over = trialOver(state, environment, follower.config);
  if (over === Ok) {
    into.trial = true;
    into.attempt = state[ATTEMPTS_AT]!;
    return changed || !journalSealed(follower.journal) ? journalSave(follower.journal) : Ok;
  }
  state[ATTEMPTS_AT] = attempts;
  state[BOOTS_AT] = boots;
  trialEnd(state, over, cause, timeTold(environment));
  into.code = over;
  const code = journalSave(follower.journal);
  back(follower);
  return code;
}

/**
 * Why is not known, but for the cause of this reset: an image that crashed or hung is not taken again, one that lost its
 * power, or was never started, may be.
 */
function wentBack(follower: Follower, into: BootDecision): number {
  const code = follower.control.forget();
  if (code < 0) return code;
  const cause = follower.environment.resetCause();
  into.code = causeInnocent(cause) ? Err.BootsSpent : Err.AttemptsSpent;
  trialEnd(follower.state, into.code, cause, timeTold(follower.environment));
  return journalSave(follower.journal);
}

/**
 * Has the bootloader start the other slot. Ok where it will: on a device this does not return. NothingBootable: there is
 * none. Another code: its records take nothing, and what runs runs on, but not for ever.
 */
function back(follower: Follower): number {
  const code = follower.control.reject();
  if (code >= 0) follower.environment.reset();
  return code < 0 ? code : Ok;
}

/** No state: what runs is the confirmed image, whatever it is. */
function factory(follower: Follower, running: number, unconfirmed: boolean): number {
  const state = follower.state;
  const prover = proverNew(follower);
  const known = slotProven(follower, prover, running, Proof.Signature);
  stateReset(state);
  state[CONFIRMED_AT] = running;
  stateSet(state, FLOOR_AT, floorNow(follower.environment, state));
  eventSet(state, Event.Factory, Err.JournalLost, follower.environment.resetCause(), running);
  if (known) {
    const manifest = prover.manifest;
    stateSet(state, FLOOR_AT, Math.max(stateGet(state, FLOOR_AT), manifest.minimumSecurityVersion));
    accept(state, manifest.sequence, manifest.manifestDigest, 0);
    eventOf(state, manifest.sequence, manifest.manifestDigest);
  }
  const code = journalSave(follower.journal);
  return unconfirmed && code === Ok ? follower.control.confirm() : code;
}

function proverNew(follower: Follower): Prover {
  const ports = { crypto: follower.ports.crypto, environment: follower.environment };
  return proverOpen(ports, follower.config, new Uint8Array(BUFFER_STEP));
}

function slotProven(follower: Follower, prover: Prover, slot: number, level: number): boolean {
  const flash = flashOpen(follower.ports.slots[slot]!, follower.environment.watchdog);
  try {
    return proveSlot(prover, flash, slot, level) === Ok;
  } catch (_) {
    return false;
  }
}

/**
 * Where contents change places: which of the two runs. The records say so but for two cases, in which the image itself
 * is held against the tails: the journal is lost, or journal and bootloader do not agree on whether it is on trial.
 */
function placeFind(follower: Follower, unconfirmed: number): void {
  const control = follower.control;
  const state = follower.state;
  if (!control.place) return;
  const settled = state[TRIAL_AT] === NO_SLOT;
  if (!follower.lost && settled !== (unconfirmed === 1)) {
    control.place(settled ? state[CONFIRMED_AT]! : state[TRIAL_AT]!);
    return;
  }
  const prover = proverNew(follower);
  const first = follower.lost ? 0 : settled ? 1 - state[CONFIRMED_AT]! : state[TRIAL_AT]!;
  control.place(first);
  if (!slotProven(follower, prover, first, Proof.Digest)) control.place(1 - first);
}
