/** Is this envelope one that devices would take? Asked of the code that runs on them. */
import * as Err from '../../agent/err.ts';
import { anchorRecord } from '../../publisher/anchors.ts';
import type { AnchorFile } from '../../publisher/anchors.ts';
import { cborEncode } from '../../publisher/cbor.ts';
import { deviceVerdict } from '../../publisher/device.ts';
import { codeText, explain } from '../../publisher/explain.ts';
import { envelopeRead } from '../../publisher/read-envelope.ts';
import type { EnvelopeView } from '../../publisher/read-envelope.ts';
import { releaseError } from '../fetch/error.ts';

/** Longer ones no device takes (agent: `envelopeMax`). */
export const ENVELOPE_MAX = 4096;

export interface Trust {
  readonly anchors: readonly AnchorFile[];
  /** How many of them must have signed. */
  readonly threshold: number;
}

const read = (bytes: Uint8Array, where: string): EnvelopeView => {
  try {
    return envelopeRead(bytes, where);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw releaseError(Err.Envelope, `${where}: no SUIT envelope: ${words}`);
  }
};

/** Both slots, where the manifest says something for each; else one is as good as another. */
const slotsOf = ({ manifest }: EnvelopeView): readonly number[] => [
  ...new Set(manifest.variants.map((one) => one.slot ?? 0)),
];

/** The envelope as read, if it is authentic. Throws ReleaseError, fatal. `where` is for people. */
export const envelopeProve = (bytes: Uint8Array, trust: Trust, where: string): EnvelopeView => {
  const view = read(bytes, where);
  const { vendor, classId, device, components } = view.manifest;
  if (!vendor || !classId)
    throw releaseError(
      Err.CheckMissing,
      `${where}: the manifest does not say for which vendor and class it is`,
    );
  for (const slot of slotsOf(view)) {
    const code = deviceVerdict(bytes, {
      vendor,
      classId,
      device,
      component: cborEncode(components[0]),
      slot,
      now: -1,
      anchors: trust.anchors.map(anchorRecord),
      threshold: trust.threshold,
    });
    if (code >= 0) continue;
    const { sentence = '', advice = '' } = explain(code) ?? {};
    throw releaseError(code, `${where}: a device refuses it, ${codeText(code)}: ${sentence} ${advice}`);
  }
  return view;
};
