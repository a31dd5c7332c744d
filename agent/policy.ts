/**
 * May this manifest be installed here, now? Asked before anything is erased, and again at activate: what held at the
 * offer need not hold any more.
 */
import type { Environment } from '../hal/ports.ts';
import { bytesEqual } from './bytes.ts';
import { Answer, Expiry, NO_SLOT, Ok } from './codes.ts';
import { timeAtLeast } from './environment.ts';
import * as Err from './err.ts';
import { DEFAULT_BACK_OFF } from './config.ts';
import type { Config, Offer } from './config.ts';
import { DEFAULT_WINDOW } from './format/index.ts';
import type { Manifest } from './format/manifest.ts';
import {
  ACCEPTED_AT,
  ACCEPTED_DIGEST_AT,
  BACKOFFS_AT,
  BACKOFF_DIGEST_AT,
  BACKOFF_SINCE_AT,
  MANIFEST_DIGEST,
  REFUSED_DIGEST,
  TRIAL_AT,
} from './format/layout.ts';
import { stateGet, stateSet } from './format/state.ts';
import type { Journal } from './journal.ts';
import { CONSENT_AT, RUNNING_AT } from './parts.ts';
import { refused, timeTold } from './revert.ts';

/** A back-off doubles with each revert, up to 2^6 times the first. */
const BACK_OFF_DOUBLINGS = 6;

export interface Policy {
  readonly config: Config;
  readonly environment: Environment;
  readonly journal: Journal;
  /** Of them RUNNING_AT and CONSENT_AT: parts.ts. */
  readonly parts: Uint8Array;
  consented: boolean;
  floor: number;
  /** Of what runs; -1: not known. */
  runs: number;
  /** Of the last manifest asked about: `Expiry`. */
  expiry: number;
  /** What the application is shown; none: it is not asked. */
  offer?: Offer;
}

export function policyNew(
  config: Config,
  environment: Environment,
  journal: Journal,
  parts: Uint8Array,
): Policy {
  const policy: Policy = {
    config: config,
    environment: environment,
    journal: journal,
    parts: parts,
    consented: false,
    floor: 0,
    runs: -1,
    expiry: Expiry.None,
  };
  if (config.ask || config.moment) policy.offer = offerNew();
  return policy;
}

function offerNew(): Offer {
  return {
    sequence: 0,
    securityVersion: 0,
    imageSize: 0,
    payloadSize: 0,
    priority: -1,
    manifestDigest: new Uint8Array(MANIFEST_DIGEST),
  };
}

/** Ok, or the first reason against. The application is asked last: it is not bothered with what cannot be. */
export function policyAsk(policy: Policy, manifest: Manifest, moment: number): number {
  const code = policyNumbers(policy, manifest);
  if (code < 0) return code;
  const environment = policy.environment;
  if (expired(policy, manifest)) return Err.Expired;
  if (environment.energy && !environment.energy(moment)) return Err.EnergyLow;
  const digest = manifest.manifestDigest;
  if (policy.config.consent) {
    const given = policy.consented && bytesEqual(policy.parts, CONSENT_AT, digest, 0, MANIFEST_DIGEST);
    if (!given) return Err.ConsentMissing;
  }
  return askOthers(policy, manifest, moment);
}

/** Judged by what has passed for certain; where that does not close it and the time is not trusted, it is not judged. */
function expired(policy: Policy, manifest: Manifest): boolean {
  const environment = policy.environment;
  policy.expiry = Expiry.None;
  if (manifest.expiry < 0) return false;
  policy.expiry = Expiry.Judged;
  if (timeAtLeast(environment) >= manifest.expiry) return true;
  if (timeTold(environment) > 0) return false;
  policy.expiry = Expiry.NotJudged;
  if (environment.log) environment.log(Err.ExpiryNotJudged, 0);
  return false;
}

/** The moment, then the application. */
function askOthers(policy: Policy, manifest: Manifest, moment: number): number {
  const gate = policy.config.moment;
  const hook = policy.config.ask;
  if (!policy.offer) return Ok;
  if (gate) {
    const running = policy.parts.subarray(RUNNING_AT, RUNNING_AT + MANIFEST_DIGEST);
    const code = gate.ask(moment, offerFill(policy.offer, manifest), running, policy.runs);
    if (code < 0) return code;
  }
  return hook ? ask(hook, moment, offerFill(policy.offer, manifest)) : Ok;
}

/** Whatever is not a yes is none, an exception included. */
function ask(hook: (moment: number, offer: Offer) => number, moment: number, offer: Offer): number {
  try {
    const word = hook(moment, offer);
    if (word === Answer.Yes) return Ok;
    return word === Answer.Later ? Err.Deferred : Err.Refused;
  } catch (_) {
    return Err.Refused;
  }
}

function offerFill(offer: Offer, manifest: Manifest): Offer {
  offer.sequence = manifest.sequence;
  offer.securityVersion = manifest.securityVersion;
  offer.imageSize = manifest.imageSize;
  offer.payloadSize = manifest.payloadSize;
  offer.priority = manifest.priority;
  offer.manifestDigest.set(manifest.manifestDigest);
  return offer;
}

/** What the numbers of board and manifest say. */
function policyNumbers(policy: Policy, manifest: Manifest): number {
  const state = policy.journal.state;
  const config = policy.config;
  const digest = manifest.manifestDigest;
  if (state[TRIAL_AT] !== NO_SLOT) return Err.InTrial;
  if (bytesEqual(policy.parts, RUNNING_AT, digest, 0, MANIFEST_DIGEST)) return Err.AlreadyRunning;
  if (manifest.sequence < stateGet(state, ACCEPTED_AT)) return Err.SequenceOld;
  const again = bytesEqual(state, ACCEPTED_DIGEST_AT, digest, 0, MANIFEST_DIGEST);
  if (manifest.sequence === stateGet(state, ACCEPTED_AT) && !again) return Err.SequenceOld;
  if (
    config.sequenceJump !== undefined &&
    !(manifest.sequence - stateGet(state, ACCEPTED_AT) <= config.sequenceJump)
  ) {
    return Err.SequenceJump;
  }
  if (manifest.securityVersion < policy.floor) return Err.BelowFloor;
  if (config.framedOnly && manifest.format === 0) return Err.PlainImage;
  if (manifest.window > (config.window ?? DEFAULT_WINDOW)) return Err.WindowTooLarge;
  if (refused(state, manifest.sequence, digest, 0)) return Err.Reverted;
  return backingOff(policy, digest) ? Err.BackingOff : Ok;
}

function backingOff(policy: Policy, digest: Uint8Array): boolean {
  const state = policy.journal.state;
  if (state[BACKOFFS_AT] === 0 || !bytesEqual(state, BACKOFF_DIGEST_AT, digest, 0, REFUSED_DIGEST))
    return false;
  const times = 1 << Math.min(state[BACKOFFS_AT]! - 1, BACK_OFF_DOUBLINGS);
  const now = timeTold(policy.environment);
  if (now > 0) {
    return now - stateGet(state, BACKOFF_SINCE_AT) < (policy.config.backOff ?? DEFAULT_BACK_OFF) * times;
  }
  return stateGet(state, BACKOFF_SINCE_AT) < times;
}

/**
 * Where no time can be told, offers are counted: `backoffSince` then holds those turned away. The caller saves the
 * state, or a board that sleeps between two offers would turn them away for ever. Whether there is something to save.
 */
export function policyTurnedAway(policy: Policy): boolean {
  if (timeTold(policy.environment) > 0) return false;
  const state = policy.journal.state;
  stateSet(state, BACKOFF_SINCE_AT, stateGet(state, BACKOFF_SINCE_AT) + 1);
  return true;
}
