/** What the devices of a simulated fleet leave the factory with, and who says what they run at the end. */
import type { Config } from '../../bootloader-sim/index.ts';
import type { Factory, Proven } from '../../bootloader-sim/fleet/contract.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { openBoard } from '../../hal/node/boards.ts';
import { anchorRecord } from '../anchors.ts';
import type { AnchorFile } from '../anchors.ts';
import { hexOf, sha256 } from '../bytes.ts';
import { PublishError } from '../errors.ts';
import { uuidText } from '../identifiers.ts';
import { slotImage } from '../provision.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import { slotRead } from '../read-slot.ts';
import { verify } from '../verify.ts';

export interface FirstFlash {
  readonly image: Uint8Array;
  /** The envelope, or a bundle. */
  readonly envelope: Uint8Array;
  readonly profile: BoardProfile;
  readonly anchors: readonly AnchorFile[];
}

export interface FirstFlashed {
  readonly config: Config;
  readonly factory: Factory;
  readonly prove: (slot: Uint8Array) => Proven;
}

const wholeId = (id: Uint8Array | undefined, field: string): Uint8Array => {
  if (id !== undefined) return id;
  throw new PublishError(`has no ${field}`, {
    field: '--envelope',
    remedy: 'Give an update that was packed with --vendor and --class',
  });
};

interface Opened {
  readonly envelope: Uint8Array;
  readonly sequence: number;
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
}

const opened = (given: Uint8Array): Opened => {
  const end = envelopeEnd(given);
  const envelope = Number.isNaN(end) ? given : given.subarray(0, end);
  const { manifest } = envelopeRead(envelope);
  return {
    envelope,
    sequence: Number(manifest.sequence),
    vendor: wholeId(manifest.vendor, 'vendor'),
    classId: wholeId(manifest.classId, 'class'),
  };
};

/** Whom an envelope, or a bundle, is for: vendor and class as UUIDs. */
export const classOf = (given: Uint8Array): { readonly vendor: string; readonly classId: string } => {
  const { vendor, classId } = opened(given);
  return { vendor: uuidText(vendor), classId: uuidText(classId) };
};

/** Vendor and class are those that the envelope is for. */
export const firstFlash = ({ image, envelope: given, profile, anchors }: FirstFlash): FirstFlashed => {
  const { envelope, sequence: first, vendor, classId } = opened(given);
  const flash = openBoard(profile);
  const { size, writeAlign, eraseValue } = flash.slots[0].partition.status();
  flash.close();
  const slot = slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue });
  const prove = (bytes: Uint8Array): Proven => {
    const view = slotRead(bytes);
    if (view?.envelope === undefined) return { sequence: 0, trouble: 'no image with an envelope' };
    const sequence = Number(view.envelope.manifest.sequence);
    const failed = verify(view.envelope, undefined, { anchors, vendor, classId }).find(
      ({ passed }) => !passed,
    );
    const [damage] = view.troubles;
    return { sequence, trouble: damage ?? (failed === undefined ? '' : `${failed.check}: ${failed.note}`) };
  };
  return {
    config: { vendor, classId, anchors: anchors.map(anchorRecord) },
    factory: { slot, sequence: first, image: hexOf(sha256(image)) },
    prove,
  };
};
