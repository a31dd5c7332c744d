/**
 * The boot decision: which slot runs now, and why. Called by a bootloader, or by the fixed part of the firmware, once
 * after each reset, before the image. It writes only when something changes: a settled boot erases and programs
 * nothing.
 *
 * Order: read the journal; write anew what is not sealed; end a trial that is over; prove the slot; put the attempt on
 * record; say which slot to run. The attempt is on record before the image runs, so that an image that takes the board
 * down is counted.
 */
import type { BootPorts } from '../hal/ports.ts';
import { bootFactory } from './boot-factory.ts';
import { bootKnown } from './boot-known.ts';
import { away, step } from './boot-way.ts';
import type { Boot } from './boot-way.ts';
import { BootStep, NO_SLOT, Ok } from './codes.ts';
import { Proof } from './config.ts';
import type { BootConfig } from './config.ts';
import { environmentSafe } from './environment.ts';
import * as Err from './err.ts';
import { floorNow } from './floor.ts';
import { SIGNED_MAX } from './format/cose.ts';
import { ENVELOPE_MAX } from './format/labels.ts';
import { CONFIRMED_AT } from './format/layout.ts';
import { manifestRun } from './format/manifest.ts';
import { JOURNAL_BUFFER, journalLoad, journalOpen } from './journal.ts';
import {
  BUFFER_STEP,
  envelopeFind,
  envelopeLoad,
  envelopeTrust,
  footerLoad,
  proverOpen,
  slotHolds,
  slotManifest,
} from './proof.ts';
import { slotAt, slotsOpen } from './slots.ts';

export interface BootDecision {
  /** 0 or 1; NO_SLOT when nothing can be booted. */
  slot: number;
  /** Whether the slot runs on trial. */
  trial: boolean;
  /** Which attempt of the trial this is, from 1; 0 outside a trial. */
  attempt: number;
  /** Why it is not the slot one would expect: the code of what was wrong with the other, or 0. */
  code: number;
  /** The board's last event: agent/codes.ts `Event`. */
  event: number;
  imageSize: number;
  sequence: number;
  securityVersion: number;
}

export function bootDecisionNew(): BootDecision {
  return {
    slot: NO_SLOT,
    trial: false,
    attempt: 0,
    code: 0,
    event: 0,
    imageSize: 0,
    sequence: 0,
    securityVersion: 0,
  };
}

/** Throws RangeError where the board is wired wrongly. */
function bootOpen(ports: BootPorts, config: BootConfig): Boot {
  const environment = environmentSafe(ports.environment);
  // For records and envelopes in turn; an exchange moves units through it.
  const length = config.swap ? ENVELOPE_MAX : Math.max(BUFFER_STEP, JOURNAL_BUFFER);
  const bytes = new Uint8Array(length + SIGNED_MAX);
  const buffer = bytes.subarray(0, length);
  const scratch = bytes.subarray(length);
  const prover = proverOpen({ crypto: ports.crypto, environment: environment }, config, buffer, scratch);
  const journal = journalOpen(ports.journal, environment.watchdog, buffer, scratch);
  const slots = slotsOpen(ports, config.swap, environment.watchdog);
  return {
    journal: journal,
    slots: slots,
    prover: prover,
    floor: 0,
    exchanger: config.swap ? config.swap.open(slots, journal, environment, config, prover) : undefined,
    told: bootDecided,
    attempts: 0,
    boots: 0,
    changed: false,
    found: -1,
    lowest: 0,
  };
}

/** Nothing is asked for. */
function bootDecided(): number {
  return NO_SLOT;
}

/** Fills `into`; Ok, or NothingBootable. Throws only where the board is wired wrongly. */
export function bootDecide(ports: BootPorts, config: BootConfig, into: BootDecision): number {
  const boot = bootOpen(ports, config);
  journalLoad(boot.journal);
  boot.floor = floorNow(boot.prover.environment, boot.journal.state);
  const lost = boot.journal.home < 0 || boot.journal.state[CONFIRMED_AT]! > 1;
  into.slot = NO_SLOT;
  let slot = lost ? bootFactory(boot, into) : bootKnown(boot, into);
  while (slot !== NO_SLOT) {
    // Not as an argument: what is to be called would be on the stack of the proof.
    const code = prove(boot, slot);
    slot = boot.told(boot, into, slot, code);
  }
  return into.slot === NO_SLOT ? Err.NothingBootable : Ok;
}

/**
 * Proves a slot, and that it is not below the floor. One that a port cannot prove, because it throws, is not proven: the
 * other one may be. As `proveSlot`, but that the manifest is run from here: the deepest calls of a boot.
 */
function prove(boot: Boot, slot: number): number {
  const prover = boot.prover;
  const flash = slotAt(boot.slots, boot.journal.state, slot);
  // Before slot 0 is written over, the whole proof is due, whatever a settled boot takes for enough.
  const level = away(boot, slot) ? Proof.Signature : (prover.config.bootProof ?? Proof.Signature);
  let code: number;
  step(boot, BootStep.Verify, slot);
  try {
    code = footerLoad(prover, flash);
    if (code === Ok) code = envelopeLoad(prover, flash);
    if (code === Ok) code = envelopeFind(prover, prover.tail.envelopeLength);
    if (code === Ok) code = envelopeTrust(prover, level);
    if (code === Ok) {
      const run = slotManifest(prover, slot);
      code = manifestRun(run);
    }
    if (code === Ok) code = slotHolds(prover, flash, level);
  } catch (_) {
    return Err.PortFailed;
  }
  if (code < 0) return code;
  return prover.manifest.securityVersion >= boot.floor ? Ok : Err.BelowFloor;
}
