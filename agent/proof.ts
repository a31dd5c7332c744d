/**
 * Proves a slot from the slot alone: its tail, the signatures of its envelope, the digest of its image. The boot
 * decision and the agent use the same prover.
 */
import type { BootPorts, Environment } from '../hal/ports.ts';
import { bytesEqual } from './bytes.ts';
import { Ok } from './codes.ts';
import * as Err from './err.ts';
import { DEFAULT_THRESHOLD, Proof } from './config.ts';
import type { BootConfig } from './config.ts';
import { flashRead } from './flash.ts';
import type { Flash } from './flash.ts';
import { anchorsCover, authenticate, manifestDigest, verifierNew } from './format/cose.ts';
import type { Verifier } from './format/cose.ts';
import { envelopeNew, envelopeRead } from './format/envelope.ts';
import { BASE_NOT_ASKED } from './format/labels.ts';
import type { Envelope } from './format/envelope.ts';
import { manifestNew, manifestOpen, manifestRun } from './format/manifest.ts';
import type { Manifest, Target } from './format/manifest.ts';
import type { Run } from './format/sequence.ts';
import { FOOTER_LENGTH, footerRead, tailNew } from './format/tail.ts';
import type { Tail } from './format/tail.ts';

const IDENTIFIER_LENGTH = 16;
/**
 * A buffer grows by so many bytes: a digest goes through flash in whole program units. An envelope signed with Ed25519 or
 * ECDSA fits into the first.
 */
export const BUFFER_STEP = 544;

export interface Prover {
  readonly environment: Environment;
  readonly config: BootConfig;
  readonly verifier: Verifier;
  /** The envelope, later the bytes under digest. Grows for an envelope that it cannot take, up to ENVELOPE_MAX. */
  buffer: Uint8Array;
  /** Vendor, class, device and component are the configuration's, its prototype. */
  readonly target: Target;
  readonly envelope: Envelope;
  readonly manifest: Manifest;
  readonly tail: Tail;
}

function thresholdOf(config: BootConfig): number {
  return config.threshold ?? DEFAULT_THRESHOLD;
}

/** Throws RangeError where the board is wired wrongly. */
export function proverOpen(
  ports: Pick<BootPorts, 'crypto' | 'environment'>,
  config: BootConfig,
  buffer: Uint8Array,
  scratch?: Uint8Array,
): Prover {
  if (!(config.vendor.length === IDENTIFIER_LENGTH && config.classId.length === IDENTIFIER_LENGTH)) {
    throw new RangeError('config: vendor and class are 16 bytes each');
  }
  const threshold = thresholdOf(config);
  if (!(threshold >= 1 && threshold <= config.anchors.length)) {
    throw new RangeError(`config: ${threshold} signatures asked of ${config.anchors.length} anchors`);
  }
  const envelope = envelopeNew(buffer);
  const verifier = verifierNew(
    ports.crypto,
    config.anchors,
    ports.environment.watchdog,
    config.hssLms,
    scratch,
  );
  const target = Object.create(config) as Target;
  target.slot = 0;
  target.now = -1;
  target.base = BASE_NOT_ASKED;
  return {
    environment: ports.environment,
    config: config,
    verifier: verifier,
    buffer: buffer,
    target: target,
    envelope: envelope,
    manifest: manifestNew(envelope),
    tail: tailNew(),
  };
}

/** Finds the parts of the envelope in `buffer[0..length-1]`. */
export function envelopeFind(prover: Prover, length: number): number {
  return envelopeRead(prover.envelope, prover.buffer, 0, length);
}

/**
 * Authenticates the envelope that was found, if `level` says so. Else, for a slot that the boot decision has proven
 * already, the digest is taken, and nothing is held against it.
 */
export function envelopeTrust(prover: Prover, level: number): number {
  const envelope = prover.envelope;
  if (level >= Proof.Signature) return authenticate(envelope, prover.verifier, thresholdOf(prover.config));
  manifestDigest(envelope, prover.verifier.hash);
  return Ok;
}

/** Opens the manifest of the envelope last authenticated, to be run. */
export function manifestFor(prover: Prover, slot: number): Run {
  // An image is made for the slot it runs in.
  prover.target.slot = prover.config.swap ? 0 : slot;
  return manifestOpen(prover.manifest, prover.envelope, prover.target, prover.verifier.hash);
}

/** Holds the signers of the envelope against the board: 0, or a code. */
export function signersTrust(prover: Prover): number {
  const config = prover.config;
  return anchorsCover(
    config.anchors,
    prover.envelope.signers,
    thresholdOf(config),
    config.vendor,
    config.classId,
  );
}

/** Reads the footer of a slot and places its tail. */
export function footerLoad(prover: Prover, flash: Flash): number {
  const at = flash.size - Math.ceil(FOOTER_LENGTH / flash.unit) * flash.unit;
  const code = flashRead(flash, at, prover.verifier.scratch, 0, FOOTER_LENGTH);
  return code < 0 ? code : footerRead(prover.tail, prover.verifier.scratch, flash.size, flash.unit);
}

/** Reads the envelope of the slot whose footer was read just now. */
export function envelopeLoad(prover: Prover, flash: Flash): number {
  const length = prover.tail.envelopeLength;
  if (!(length <= prover.buffer.length)) {
    prover.buffer = new Uint8Array(Math.ceil(length / BUFFER_STEP) * BUFFER_STEP);
  }
  return flashRead(flash, prover.tail.envelopeAt, prover.buffer, 0, length);
}

/** Digests the image of the manifest last read, from flash, and compares. */
function proveImage(prover: Prover, flash: Flash): number {
  const size = prover.manifest.imageSize;
  const watchdog = prover.environment.watchdog;
  prover.verifier.hash.begin();
  for (let at = 0; at < size;) {
    const n = Math.min(prover.buffer.length, size - at);
    const code = flashRead(flash, at, prover.buffer, 0, n);
    if (code < 0) return code;
    prover.verifier.hash.update(prover.buffer, 0, n);
    if (watchdog) watchdog.feed();
    at += n;
  }
  prover.verifier.hash.finish(prover.verifier.scratch);
  return bytesEqual(prover.verifier.scratch, 0, prover.manifest.imageDigest, 0, 32) ? Ok : Err.ImageDigest;
}

/** The first step: reads the tail of a slot, and finds the envelope in it. Then `envelopeTrust`. */
export function slotEnvelope(prover: Prover, flash: Flash): number {
  let code = footerLoad(prover, flash);
  if (code === Ok) code = envelopeLoad(prover, flash);
  return code === Ok ? envelopeFind(prover, prover.tail.envelopeLength) : code;
}

/** The next: the manifest of the envelope that was proven, to be run. Expiry is not asked: what was installed in time stays. */
export function slotManifest(prover: Prover, slot: number): Run {
  prover.target.now = -1;
  return manifestFor(prover, slot);
}

/** The last step: who signed may sign for this board, and the image is the manifest's. */
export function slotHolds(prover: Prover, flash: Flash, level: number): number {
  const code = level >= Proof.Signature ? signersTrust(prover) : Ok;
  if (code < 0) return code;
  if (prover.manifest.imageSize !== prover.tail.imageSize) return Err.TailMalformed;
  return level < Proof.Digest ? Ok : proveImage(prover, flash);
}

/** Reads the manifest of a slot, and proves the slot as far as `level` says: agent/config.ts `Proof`. */
export function proveSlot(prover: Prover, flash: Flash, slot: number, level: number): number {
  let code = slotEnvelope(prover, flash);
  if (code === Ok) code = envelopeTrust(prover, level);
  if (code < 0) return code;
  // The deepest calls: little is on the stack by then.
  code = manifestRun(slotManifest(prover, slot));
  return code < 0 ? code : slotHolds(prover, flash, level);
}
