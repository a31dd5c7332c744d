/**
 * The boot decision of a board without state: a new one, or one that lost its journal. Of two slots that verify the lower
 * sequence runs: the other one may never have been confirmed.
 */
import type { BootDecision } from './boot.ts';
import { away, choose, nothing, runBrought, step } from './boot-way.ts';
import type { Boot } from './boot-way.ts';
import { BootStep, Event, NO_SLOT, Ok } from './codes.ts';
import * as Err from './err.ts';
import { CONFIRMED_AT, FLOOR_AT, SECOND_LOW_AT } from './format/layout.ts';
import { stateReset, stateSet } from './format/state.ts';
import { journalSave } from './journal.ts';
import { accept, eventOf, eventSet } from './revert.ts';

const FIRST = 0;
const SECOND = 1;
/** Slot 1 where an exchange leaves it. */
const SECOND_LOW = 2;

export function bootFactory(boot: Boot, into: BootDecision): number {
  step(boot, BootStep.Decided, NO_SLOT);
  into.code = Err.JournalLost;
  boot.told = placeTold;
  return placeSlot(boot, FIRST);
}

/** The slot whose content is, or may be, at this place. */
function placeSlot(boot: Boot, place: number): number {
  boot.journal.state[SECOND_LOW_AT] = place === SECOND_LOW ? 1 : 0;
  return place === FIRST ? 0 : 1;
}

/** Looks at each place in turn. */
function placeTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  const place = slot === 0 ? FIRST : boot.journal.state[SECOND_LOW_AT] === 1 ? SECOND_LOW : SECOND;
  const sequence = boot.prover.manifest.sequence;
  if (code === Ok && !(boot.found >= 0 && sequence >= boot.lowest)) {
    boot.found = place;
    boot.lowest = sequence;
  }
  if (place < (boot.exchanger ? SECOND_LOW : SECOND)) return placeSlot(boot, place + 1);
  if (boot.found < 0) return nothing(boot, into);
  // The prover holds what it proved last: the one found is proven once more, so that all below is of that slot.
  boot.told = foundTold;
  return placeSlot(boot, boot.found);
}

/** Takes the slot found for confirmed. */
function foundTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  const state = boot.journal.state;
  const manifest = boot.prover.manifest;
  const low = state[SECOND_LOW_AT]!;
  if (code < 0) return nothing(boot, into);
  stateReset(state);
  state[SECOND_LOW_AT] = low;
  state[CONFIRMED_AT] = slot;
  stateSet(state, FLOOR_AT, Math.max(boot.floor, manifest.minimumSecurityVersion, 0));
  eventSet(state, Event.Factory, Err.JournalLost, boot.prover.environment.resetCause(), slot);
  accept(state, manifest.sequence, manifest.manifestDigest, 0);
  eventOf(state, manifest.sequence, manifest.manifestDigest);
  if (away(boot, slot)) return runBrought(boot, into, true);
  journalSave(boot.journal);
  return choose(boot, into, slot);
}
