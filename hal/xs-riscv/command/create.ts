import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildFirmware } from '../build/firmware.ts';
import type { Firmware } from '../build/firmware.ts';
import { SECTOR, writeCodeFlash, writeDataFlash } from '../build/flash.ts';
import { cache } from '../build/places.ts';
import { anchorLoad, publicKeyOfAnchor } from '../../../publisher/anchors.ts';
import type { AnchorFile } from '../../../publisher/anchors.ts';
import { lines } from '../../../publisher/answer.ts';
import { hexOf } from '../../../publisher/bytes.ts';
import { Exit, PublishError } from '../../../publisher/errors.ts';
import { makeFolder, writeWhole } from '../../../publisher/files.ts';
import { classIdentifier, vendorIdentifier } from '../../../publisher/identifiers.ts';
import { text } from '../../../publisher/verbs/values.ts';
import type { Options } from '../../../publisher/verbs/values.ts';
import type { Verb } from '../../../publisher/verbs/verb.ts';
import { firstSlot } from './first-slot.ts';
import { boardSave, placesOf } from './folder.ts';
import type { BoardFile } from './folder.ts';
import { lockTake } from './lock.ts';
import { NUMBERS, settingsOf } from './settings.ts';
import { toolsNeed } from './tools.ts';

const anchorFor = (file: string, vendor: string, classId: string): AnchorFile => {
  const anchor = anchorLoad(file);
  const refuse = (what: string, remedy: string): never => {
    throw new PublishError(what, { file, field: '--anchor', remedy });
  };
  if (anchor.algorithm !== 'ed25519')
    refuse(
      `a key of ${anchor.algorithm}; the firmware of this board verifies Ed25519 only`,
      'Give the anchor of a key that flipside keygen made with --algorithm ed25519',
    );
  const fits = (anchor.vendor ?? vendor) === vendor && (anchor.classId ?? classId) === classId;
  return fits
    ? anchor
    : refuse('speaks for another vendor or class', 'Give those of the anchor, or another anchor');
};

const boardOf = (options: Options): BoardFile => {
  const vendor = vendorIdentifier(text(options, 'vendor', 'Give the vendor of the board'));
  const classId = classIdentifier(vendor, text(options, 'class', 'Give the class of the board'));
  const file = text(options, 'anchor', 'Give the anchor file of a key; flipside keygen makes one');
  const [vendorHex, classHex] = [hexOf(vendor), hexOf(classId)];
  return {
    version: 1,
    vendor: vendorHex,
    classId: classHex,
    anchor: anchorFor(file, vendorHex, classHex),
    settings: settingsOf(options),
  };
};

/** Firmware of any board goes through the same files of the cache: two at a time would swap their anchors. */
const firmwareOf = async ({ vendor, classId, anchor }: BoardFile): Promise<Firmware> => {
  const { keyId, key } = publicKeyOfAnchor(anchor);
  const release = lockTake(join(cache('firmware'), 'create.lock'), 'makes a board');
  try {
    const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
    return await buildFirmware({ vendor: bytes(vendor), classId: bytes(classId), keyId, key });
  } finally {
    release();
  }
};

const refuseBoard = (file: string): void => {
  if (!existsSync(file)) return;
  const remedy = 'Give another folder, or remove it first';
  throw new PublishError('there is a board already', { file, field: 'DIR', remedy, exit: Exit.InputOutput });
};

export const create: Verb = {
  example: `npm run xs -- create board --anchor keys/release.anchor.json --vendor example.com --class lamp \\
    --image app.js --key keys/release.pem`,
  define(command) {
    command
      .argument('<dir>', 'the folder to make')
      .option('--anchor <file>', 'the anchor of the board: an Ed25519 key')
      .option('--vendor <id>', 'vendor: UUID or domain name')
      .option('--class <id>', 'class: UUID or model name')
      .option('--image <entry>', 'a script: goes into slot A as sequence 1, with --key')
      .option('--key <file>', 'private key that signs it')
      .option('--slot <file>', 'or what flipside provision made, for slot A (default: it is blank)')
      .option('--clock <kind>', 'none, uptime or trusted', 'uptime');
    for (const { option, value, about, otherwise } of NUMBERS)
      command.option(`--${option} ${value}`, about, otherwise);
  },
  async run([given], options) {
    const folder = given as string;
    const board = boardOf(options);
    const places = placesOf(folder);
    refuseBoard(places.about);
    const first = firstSlot(options);
    toolsNeed('create');
    const firmware = await firmwareOf(board);
    makeFolder(folder, 'DIR');
    writeWhole(places.firmware, firmware.archive, 'DIR');
    const slot = await first(board, places.firmware);
    writeCodeFlash(places.code, firmware, board.settings);
    writeDataFlash(places.data, slot);
    // Last: where it is, there is a whole board.
    boardSave(folder, board);
    const slotSize = board.settings.slotSectors * SECTOR;
    return {
      rows: [
        { folder, keyId: board.anchor.keyId, ...board.settings, slotSize, slotFilled: slot !== undefined },
      ],
      text: lines([
        ['board', folder],
        ['anchor', board.anchor.keyId],
        [
          'slots',
          `${slotSize} bytes each, program unit ${board.settings.writeUnit}: what flipside provision is told`,
        ],
        ['slot A', slot ? 'filled' : 'blank; npm run xs -- flash fills it'],
      ]),
    };
  },
};
