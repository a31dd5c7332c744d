/**
 * A boot decision on its way: it asks for a proof of one slot after another, and each answer says which is next. So a slot
 * is proven with nothing on the stack but the decision itself.
 */
import { BootStep, NO_SLOT, Ok } from './codes.ts';
import type { BootDecision } from './boot.ts';
import * as Err from './err.ts';
import type { Exchanger } from './exchange.ts';
import { EVENT_AT, EXCHANGE_AT } from './format/layout.ts';
import { Exchange } from './format/state.ts';
import type { Journal } from './journal.ts';
import type { Prover } from './proof.ts';
import type { Slots } from './slots.ts';

/** Told of what came of the proof of `slot`: Ok, or a code. Says which slot is to be proven next; NO_SLOT: decided. */
export type Told = (boot: Boot, into: BootDecision, slot: number, code: number) => number;

export interface Boot {
  readonly journal: Journal;
  readonly slots: Slots;
  /** Configuration and environment are the prover's. */
  readonly prover: Prover;
  /** The lowest security version that may boot. */
  floor: number;
  /** Swap mode only. */
  readonly exchanger: Exchanger | undefined;
  /** Who asked for the proof under way. */
  told: Told;
  /** Of the trial before this boot was counted; and whether that changed the state. */
  attempts: number;
  boots: number;
  changed: boolean;
  /** Of a board without state: the place of the lowest sequence that verifies, so far, or -1; and that sequence. */
  found: number;
  lowest: number;
}

/** A hook that throws does not stop the boot. */
export function step(boot: Boot, at: number, slot: number): void {
  const onStep = boot.prover.config.onStep;
  try {
    if (onStep) onStep(at, slot);
  } catch (_) {
    return;
  }
}

/** Nothing can be booted. */
export function nothing(boot: Boot, into: BootDecision): number {
  into.event = boot.journal.state[EVENT_AT]!;
  step(boot, BootStep.Nothing, NO_SLOT);
  return NO_SLOT;
}

/** The slot proven just now runs. */
export function choose(boot: Boot, into: BootDecision, slot: number): number {
  const manifest = boot.prover.manifest;
  into.slot = slot;
  into.event = boot.journal.state[EVENT_AT]!;
  into.imageSize = manifest.imageSize;
  into.sequence = manifest.sequence;
  into.securityVersion = manifest.securityVersion;
  return NO_SLOT;
}

/** Whether an exchange is under way: slot 0 is neither image. */
export function exchanging(boot: Boot): boolean {
  return boot.journal.state[EXCHANGE_AT] !== Exchange.None;
}

/** Whether a slot has to be brought to slot 0 before it can run. */
export function away(boot: Boot, slot: number): boolean {
  return slot === 1 && boot.exchanger !== undefined;
}

/** Goes on with the exchange that is under way. */
export function resume(boot: Boot): number {
  step(boot, BootStep.Exchange, 1);
  const swap = boot.prover.config.swap;
  return boot.exchanger && swap ? swap.resume(boot.exchanger) : Err.ExchangeFailed;
}

/** Brings slot 1, which was proven just now, to slot 0. */
export function bring(boot: Boot, keep: boolean): number {
  step(boot, BootStep.Exchange, 1);
  const swap = boot.prover.config.swap;
  return boot.exchanger && swap ? swap.bring(boot.exchanger, keep) : Err.ExchangeFailed;
}

/** Swap mode: slot 1 was proven just now, and is to run. What runs is slot 0, whatever has become of it. */
export function runBrought(boot: Boot, into: BootDecision, keep: boolean): number {
  const code = bring(boot, keep);
  if (code < 0) into.code = code;
  if (exchanging(boot)) return nothing(boot, into);
  boot.told = broughtTold;
  return 0;
}

function broughtTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  if (code === Ok) return choose(boot, into, slot);
  into.code = code;
  return nothing(boot, into);
}
