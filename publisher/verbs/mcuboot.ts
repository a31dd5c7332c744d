import { basename } from 'node:path';
import { lines, thousands } from '../answer.ts';
import { hexOf, sha256 } from '../bytes.ts';
import { aboutFile } from '../errors.ts';
import { readBytes, writeWhole } from '../files.ts';
import { keyLoad, refusePublishedKey } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { mcubootImage, mcubootKeyHash } from '../mcuboot.ts';
import type { McubootTrailer } from '../mcuboot.ts';
import { choice, flag, optionalNumber, optionalText, text } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const trailers = ['none', 'test', 'confirmed'] as const satisfies readonly McubootTrailer[];

const keyOf = (options: Options): SigningKey | undefined => {
  const file = optionalText(options, 'key');
  if (file === undefined) return undefined;
  const key = keyLoad(file);
  if (!flag(options, 'allow-test-keys')) refusePublishedKey(key, file);
  return key;
};

export const mcuboot: Verb = {
  example:
    'flipside mcuboot app.js --image-version 1.4.0 --key keys/release.pem --header-size 0x200 --out app.mcuboot',
  define(command) {
    command
      .argument('<application>', 'what is to run, without a header')
      .option('--image-version <version>', '1.2.3 or 1.2.3+4')
      .option(
        '--key <file>',
        'private key (PEM) that MCUboot trusts; without one, the image has a digest only',
      )
      .option('--header-size <bytes>', 'room before the application (default 32)')
      .option('--security-counter <n>', 'for an MCUboot that holds one in hardware')
      .option('--slot-size <bytes>', 'pads to a whole slot, for the first flash of a board')
      .option('--trailer <name>', `of a padded image: ${trailers.join(', ')}`, 'none')
      .option('--unit <bytes>', 'program unit of the flash (default 4)')
      .option('--max-align <bytes>', "MCUboot's BOOT_MAX_ALIGN (default 8, or the unit where that is more)")
      .option('--max-sectors <n>', "MCUboot's BOOT_MAX_IMG_SECTORS (default 128)")
      .option('--erase-value <byte>', 'what erased flash reads as (default 0xff)')
      .option('--allow-test-keys', 'takes a published test key')
      .option('--out <file>', 'where to write');
  },
  run([file], options) {
    const version = text(options, 'image-version', 'Give a version such as 1.4.0');
    const out = text(options, 'out', 'Give the file to write');
    const key = keyOf(options);
    const slotSize = optionalNumber(options, 'slot-size');
    const application = readBytes(file as string, 'APPLICATION');
    const image = aboutFile(file as string, ['application'], () =>
      mcubootImage({
        application,
        version,
        key,
        allowTestKeys: flag(options, 'allow-test-keys'),
        headerSize: optionalNumber(options, 'header-size'),
        securityCounter: optionalNumber(options, 'security-counter'),
        slotSize,
        trailer: choice(options, 'trailer', trailers, 'none'),
        unit: optionalNumber(options, 'unit'),
        maxAlign: optionalNumber(options, 'max-align'),
        maxSectors: optionalNumber(options, 'max-sectors'),
        eraseValue: optionalNumber(options, 'erase-value'),
      }),
    );
    writeWhole(out, image, '--out');
    const keyHash = key === undefined ? null : hexOf(mcubootKeyHash(key));
    return {
      rows: [{ file: out, size: image.length, version, keyHash, imageDigest: hexOf(sha256(image)) }],
      text: lines([
        ['written', `${out}, ${thousands(image.length)} bytes`],
        ['key', keyHash ?? 'none: MCUboot takes it only where it was built without keys'],
        [
          'next',
          slotSize === undefined
            ? `flipside pack ${basename(out)} makes an update of it`
            : 'program it as the primary slot, leave the secondary slot erased',
        ],
      ]),
    };
  },
};
