import { join } from 'node:path';
import { ownerCheck } from '../../agent/moment/owner.ts';
import { anchorLoad } from '../anchors.ts';
import { lines } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { deviceKeySave } from '../encryption/key-file.ts';
import { Exit, PublishError } from '../errors.ts';
import { makeFolder, readBytes } from '../files.ts';
import { classIdentifier, vendorIdentifier } from '../identifiers.ts';
import { provision } from '../../bootloader-sim/index.ts';
import type { ClockKind } from '../../bootloader-sim/index.ts';
import { slotImage } from '../provision.ts';
import { envelopeEnd } from '../read-envelope.ts';
import { boardOpen, deviceKeyFile, profileOf } from '../sim/board.ts';
import { behavioursAdd, settingsExist, settingsFile, settingsSave } from '../sim/settings.ts';
import type { SimSettings } from '../sim/settings.ts';
import { windowsParse } from '../sim/window.ts';
import { deviceKeyDefine, deviceKeyOption } from './encryption.ts';
import {
  choice,
  optionalNumber,
  optionalSpan,
  optionalText,
  optionalTime,
  several,
  text,
  texts,
} from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const PATIENCE_SECONDS = 7 * 86400;
const PATIENCE_WAKES = 64;

/** Whoever gives no window takes an update at any moment. */
const ownerOf = (options: Options): SimSettings['owner'] => {
  const given = texts(options, 'window');
  if (given.length === 0) return undefined;
  const patience = {
    seconds: optionalSpan(options, 'patience') ?? PATIENCE_SECONDS,
    wakes: optionalNumber(options, 'patience-wakes') ?? PATIENCE_WAKES,
  };
  const owner = { ...windowsParse(given), patience };
  try {
    ownerCheck(owner);
  } catch (error) {
    const remedy = 'Give --patience and --patience-wakes within these bounds';
    throw new PublishError((error as Error).message, { field: '--patience', remedy, exit: Exit.Usage });
  }
  return owner;
};

const settingsOf = (options: Options): SimSettings => {
  const vendor = vendorIdentifier(text(options, 'vendor', 'Give the vendor of the board'));
  const anchors = texts(options, 'anchor');
  if (anchors.length === 0) {
    const remedy = 'Give the anchor file of a key; flipside keygen makes one';
    throw new PublishError('is missing', { field: '--anchor', remedy, exit: Exit.Usage });
  }
  const board = optionalText(options, 'board') ?? 'esp32-c3';
  profileOf(board);
  const settings: SimSettings = {
    version: 1,
    board,
    vendor: hexOf(vendor),
    classId: hexOf(classIdentifier(vendor, text(options, 'class', 'Give the class of the board'))),
    anchors: anchors.map(anchorLoad),
    threshold: optionalNumber(options, 'threshold'),
    attempts: optionalNumber(options, 'attempts'),
    trialWindow: optionalNumber(options, 'trial-window'),
    clock: choice<ClockKind>(options, 'clock', ['trusted', 'told', 'uptime', 'none'], 'trusted'),
    seconds: optionalTime(options, 'start'),
    owner: ownerOf(options),
  };
  return behavioursAdd(settings, texts(options, 'behaviour'));
};

const firstFlash = (folder: string, imageFile: string, envelopeFile: string): number => {
  const image = readBytes(imageFile, '--image');
  const given = readBytes(envelopeFile, '--envelope');
  const end = envelopeEnd(given);
  const envelope = Number.isNaN(end) ? given : given.subarray(0, end);
  const { board } = boardOpen(folder);
  try {
    const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
    provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
    return image.length;
  } finally {
    board.close();
  }
};

export const simCreate: Verb = {
  example: `flipside sim create board --board esp32-c3 --anchor keys/release.anchor.json --vendor example.com --class lamp \\
    --image app.js --envelope out/update.suit`,
  define(command) {
    command.argument('<board>', 'the folder to make');
    several(command, '--anchor <file>', 'an anchor of the board; give it once for each');
    command
      .option('--board <name>', 'whose flash it has', 'esp32-c3')
      .option('--vendor <id>', 'vendor: UUID or domain name')
      .option('--class <id>', 'class: UUID or model name')
      .option('--image <file>', 'first flash of slot A: the image')
      .option('--envelope <file>', 'and its envelope, or its bundle')
      .option('--threshold <n>', 'how many anchors must have signed')
      .option('--attempts <n>', 'attempts that a trial may burn')
      .option('--trial-window <seconds>', 'from the first boot of a trial to its confirm')
      .option('--clock <kind>', 'trusted, told (not trusted), uptime or none', 'trusted')
      .option('--start <date>', 'the time of its first boot: a date, or seconds since 1970')
      .option('--patience <time>', 'after so long it takes an update outside of its windows', '7d')
      .option('--patience-wakes <n>', 'and after so many wakes', '64');
    deviceKeyDefine(command);
    several(
      command,
      '--window <when>',
      'a maintenance window: "mon-fri 02:00-04:00 +60", "activate sun 03:00-04:00"',
    );
    several(command, '--behaviour <what>', 'what firmware does that cannot be run here: kind, or image=kind');
  },
  run([given], options) {
    const folder = given as string;
    const settings = settingsOf(options);
    const image = optionalText(options, 'image');
    const envelope = optionalText(options, 'envelope');
    if ((image === undefined) !== (envelope === undefined)) {
      const remedy = 'Give --image and --envelope together';
      throw new PublishError('one without the other', { field: '--image', remedy, exit: Exit.Usage });
    }
    if (settingsExist(folder)) {
      const remedy = 'Give another folder, or remove it first';
      throw new PublishError('there is a board already', {
        file: settingsFile(folder),
        field: 'BOARD',
        remedy,
        exit: Exit.InputOutput,
      });
    }
    const deviceKey = deviceKeyOption(options);
    makeFolder(folder, 'BOARD');
    if (deviceKey) deviceKeySave(deviceKeyFile(folder), deviceKey);
    settingsSave(folder, settings);
    const size = image !== undefined && envelope !== undefined ? firstFlash(folder, image, envelope) : 0;
    return {
      rows: [
        {
          folder,
          board: settings.board,
          anchors: settings.anchors.map((one) => one.keyId),
          deviceKey: deviceKey ? hexOf(deviceKey.keyId) : null,
          image: size,
        },
      ],
      text: lines([
        ['board', `${settings.board} in ${folder}`],
        ['settings', join(folder, 'flipside.json')],
        ...(deviceKey ? [['device key', `${deviceKey.kind} ${hexOf(deviceKey.keyId)}`] as const] : []),
        ['slot A', size === 0 ? 'blank' : `${size} bytes of image`],
      ]),
    };
  },
};
