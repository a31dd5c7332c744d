/** The first slot of a board: would the board boot what is in it? Asked here, where there is room for the reason. */
import { SECTOR } from '../build/flash.ts';
import { sameBytes, viewOf } from '../../../publisher/bytes.ts';
import { PublishError } from '../../../publisher/errors.ts';
import { codeText } from '../../../publisher/explain.ts';
import { tailPlaces } from '../../../publisher/provision.ts';
import { slotRead } from '../../../publisher/read-slot.ts';
import { verify } from '../../../publisher/verify.ts';
import type { BoardFile } from './folder.ts';

/** engine/archive.h: magic, crc of the archive that it was compiled behind, and its own. */
const MAGIC = Buffer.from('FXBC');
const AFTER_AT = 4;
const CRC_AT = 24;
const HEADER = 28;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Why an image does not run behind this firmware, if so. */
export const linkTrouble = (image: Uint8Array, firmware: Uint8Array): string | undefined => {
  if (!(image.length >= HEADER) || !sameBytes(image.subarray(0, MAGIC.length), MAGIC))
    return 'is no byte code';
  const after = viewOf(image).getUint32(AFTER_AT, true);
  return after === viewOf(firmware).getUint32(CRC_AT, true)
    ? undefined
    : 'was made for the firmware of another board';
};

/** Where the slot is from. */
export interface Given {
  readonly file: string;
  readonly field: string;
}

/** Throws unless the board will boot it. */
export const slotCheck = (
  slot: Uint8Array,
  { file, field }: Given,
  board: BoardFile,
  firmware: Uint8Array,
): void => {
  const { slotSectors, writeUnit: unit } = board.settings;
  const slotSize = slotSectors * SECTOR;
  const refuse = (what: string, remedy: string): never => {
    throw new PublishError(what, { file, field, remedy });
  };
  const again = `Make it with flipside provision --slot-size ${slotSize} --unit ${unit}`;
  if (slot.length !== slotSize)
    return refuse(`${slot.length} bytes, and a slot of this board has ${slotSize}`, again);
  const view = slotRead(slot);
  if (view === undefined) return refuse('not a slot', again);
  const { footer, places, troubles, envelope } = view;
  if (troubles.length > 0 || envelope === undefined) return refuse(troubles.join('; '), again);
  const own = tailPlaces(slotSize, unit, footer.indexLength, footer.envelopeLength);
  if (own.envelopeAt !== places.envelopeAt || own.indexAt !== places.indexAt)
    return refuse(`made for another program unit than ${unit}`, again);
  const checks = verify(envelope, undefined, {
    anchors: [board.anchor],
    vendor: bytesOf(board.vendor),
    classId: bytesOf(board.classId),
    slot: 0,
  });
  const failed = checks.find(({ passed }) => !passed);
  if (failed)
    refuse(
      `${codeText(failed.code)}: ${failed.note}`,
      'Pack the image with the key, vendor and class of the board',
    );
  const trouble = linkTrouble(slot.subarray(0, footer.imageSize), firmware);
  if (trouble !== undefined)
    refuse(`the image ${trouble}`, 'Make it with npm run xs -- image --board and this folder');
};
