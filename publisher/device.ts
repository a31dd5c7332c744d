/** The one place where publisher calls the code that runs on devices: what it says here is what a device says. */
import { anchorsCover, authenticate, SIGNED_MAX } from '../agent/format/cose.ts';
import type { Anchor } from '../agent/format/cose.ts';
import { envelopeNew, envelopeRead } from '../agent/format/envelope.ts';
import { manifestNew, manifestRead } from '../agent/format/manifest.ts';
import { stateNew, stateRead } from '../agent/format/state.ts';
import type { State } from '../agent/format/state.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';

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
  const crypto = nodeCrypto();
  const hash = crypto.sha256();
  const envelope = envelopeNew();
  const own = new Uint8Array(bytes);
  const read = envelopeRead(envelope, own, 0, own.length);
  if (read < 0) return read;
  const { anchors, threshold, vendor, classId } = target;
  const held = authenticate(envelope, crypto, hash, anchors, threshold, new Uint8Array(SIGNED_MAX));
  if (held < 0) return held;
  const covered = anchorsCover(anchors, envelope.signers, threshold, vendor, classId);
  return covered < 0 ? covered : manifestRead(manifestNew(), envelope, target, hash);
};

/** The fields of a state record; undefined for one of another version. */
export const deviceState = (payload: Uint8Array): State | undefined => {
  const state = stateNew();
  return stateRead(state, new Uint8Array(payload), 0, payload.length) < 0 ? undefined : state;
};
