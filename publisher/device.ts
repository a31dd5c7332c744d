/** The one place where publisher calls the code that runs on devices: what it says here is what a device says. */
import { anchorsCover, authenticate, verifierNew } from '../agent/format/cose.ts';
import type { Anchor } from '../agent/format/cose.ts';
import { envelopeNew, envelopeRead } from '../agent/format/envelope.ts';
import { hssLms, hssVerify, lmsNew } from '../agent/format/lms.ts';
import { manifestNew, manifestRead } from '../agent/format/manifest.ts';
import { stateNew, stateRead } from '../agent/format/state.ts';
import { openFreeze } from '../agent/freeze.ts';
import { windowInflate } from '../hal/inflate.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import { stateView } from '../hal/node/state-view.ts';
import type { StateView } from '../hal/node/state-view.ts';
import type { Inflate } from '../hal/ports.ts';

/** The device an envelope is held against. */
export interface DeviceTarget {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  readonly component: Uint8Array;
  readonly slot: number;
  /** Seconds since 1970; -1 without a clock. */
  readonly now: number;
  readonly anchors: readonly Anchor[];
  readonly threshold: number;
}

/** What a device makes of an envelope, up to the end of its manifest: 0, or why it is refused. */
export const deviceVerdict = (bytes: Uint8Array, target: DeviceTarget): number => {
  const { anchors, threshold, vendor, classId } = target;
  const verifier = verifierNew(nodeCrypto(), anchors, undefined, hssLms);
  const envelope = envelopeNew();
  const own = new Uint8Array(bytes);
  const read = envelopeRead(envelope, own, 0, own.length);
  if (read < 0) return read;
  const held = authenticate(envelope, verifier, threshold);
  if (held < 0) return held;
  const covered = anchorsCover(anchors, envelope.signers, threshold, vendor, classId);
  return covered < 0 ? covered : manifestRead(manifestNew(), envelope, target, verifier.hash);
};

/** What a source shows to the device that holds a statement against it. */
export interface SourceTarget {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly anchors: readonly Anchor[];
  /** By a trusted clock, seconds since 1970; -1 without one. */
  readonly now: number;
  /** What the device asked with. */
  readonly nonce?: Uint8Array | undefined;
  /** The newest release that the source offers, or that runs. */
  readonly sequence: number;
  readonly manifestDigest: Uint8Array;
}

/** What a device that has seen no statement before makes of this one: 0, or a code. */
export const deviceStatement = (bytes: Uint8Array, target: SourceTarget): number => {
  const { vendor, classId, anchors, now, nonce } = target;
  const clock = { now: () => now, trusted: () => now >= 0 };
  const freeze = openFreeze({ crypto: nodeCrypto(), clock }, { vendor, classId, anchors, hssLms });
  const asked = nonce === undefined ? 0 : freeze.ask(nonce);
  if (asked < 0) return asked;
  return freeze.judge(new Uint8Array(bytes), 0, bytes.length, target.sequence, target.manifestDigest);
};

/** What a device says of an HSS/LMS signature. */
export const hashBasedHolds = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const crypto = nodeCrypto();
  const lms = lmsNew(crypto.sha256(), crypto.sha256());
  return hssVerify(lms, key, message, message.length, signature, 0, signature.length);
};

/** The numbers of a state record by name; undefined for one of another version. */
export const deviceState = (payload: Uint8Array): StateView | undefined => {
  const state = stateNew();
  return stateRead(state, new Uint8Array(payload), 0, payload.length) < 0 ? undefined : stateView(state);
};

/** What a device decodes frames with. */
export const deviceInflate = (): Inflate => windowInflate();
