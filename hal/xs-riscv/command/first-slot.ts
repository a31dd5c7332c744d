/** The first slot of a board, of what it is made with: a slot, or a script and the key to sign it with. */
import { SECTOR } from '../build/flash.ts';
import { Exit, PublishError } from '../../../publisher/errors.ts';
import { readBytes } from '../../../publisher/files.ts';
import { keyLoad, refusePublishedKey } from '../../../publisher/keys.ts';
import { pack } from '../../../publisher/pack.ts';
import { slotImage } from '../../../publisher/provision.ts';
import { optionalText } from '../../../publisher/verbs/values.ts';
import type { Options } from '../../../publisher/verbs/values.ts';
import type { BoardFile } from './folder.ts';
import { imageOf } from './script.ts';
import { slotCheck } from './slot.ts';

/** Of the image that a board leaves the factory with. */
const FIRST_SEQUENCE = 1;

/** Undefined: it is to be blank. `firmware`: the path of its archive. */
export type FirstSlot = (board: BoardFile, firmware: string) => Promise<Uint8Array | undefined>;

const usage = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

const ofSlot = (file: string): FirstSlot => {
  const slot = readBytes(file, '--slot');
  return async (board, firmware) => {
    slotCheck(slot, { file, field: '--slot' }, board, readBytes(firmware, 'DIR'));
    return slot;
  };
};

const ofScript = (script: string, keyFile: string): FirstSlot => {
  readBytes(script, '--image');
  const key = keyLoad(keyFile);
  refusePublishedKey(key, keyFile);
  return async (board, firmware) => {
    const image = await imageOf(script, '--image', firmware);
    const [vendor, classId] = [board.vendor, board.classId];
    const { envelope } = pack({ image, sequence: FIRST_SEQUENCE, vendor, classId, keys: [key] });
    const { slotSectors, writeUnit: unit } = board.settings;
    const slot = slotImage({ image, envelope, slotSize: slotSectors * SECTOR, unit });
    slotCheck(slot, { file: keyFile, field: '--key' }, board, readBytes(firmware, 'DIR'));
    return slot;
  };
};

/** Reads what is given, so that what is missing is said before the firmware is built. */
export const firstSlot = (options: Options): FirstSlot => {
  const [slot, image, key] = ['slot', 'image', 'key'].map((option) => optionalText(options, option));
  if ((image === undefined) !== (key === undefined))
    throw usage('one without the other', '--image', 'Give --image and --key together');
  if (slot !== undefined && image !== undefined)
    throw usage('two images for slot A', '--slot', 'Give --slot, or --image and --key');
  if (slot !== undefined) return ofSlot(slot);
  return image === undefined || key === undefined ? async () => undefined : ofScript(image, key);
};
