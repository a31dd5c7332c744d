import { lines, thousands } from '../answer.ts';
import { aboutFile } from '../errors.ts';
import { hexOf, sha256 } from '../bytes.ts';
import { readBytes, writeWhole } from '../files.ts';
import { slotImage } from '../provision.ts';
import { envelopeEnd } from '../read-envelope.ts';
import { number, optionalNumber, text } from './values.ts';
import type { Verb } from './verb.ts';

export const provision: Verb = {
  example: 'flipside provision app.js --envelope out/update.suit --slot-size 1m --unit 4 --out slot-a.bin',
  define(command) {
    command
      .argument('<image>', 'the image that was packed')
      .option('--envelope <file>', 'its envelope, or its bundle')
      .option('--slot-size <bytes>', 'size of the slot')
      .option('--unit <bytes>', 'program unit of the flash', '4')
      .option('--erase-value <byte>', 'what erased flash reads as', '0xff')
      .option('--out <file>', 'where to write');
  },
  run([file], options) {
    const envelopeFile = text(options, 'envelope', 'Give the envelope that flipside pack wrote');
    const slotSize = number(options, 'slot-size', 'Give the size of the slot in bytes, such as 1m');
    const unit = optionalNumber(options, 'unit') ?? 4;
    const out = text(options, 'out', 'Give the file to write');
    const image = readBytes(file as string, 'IMAGE');
    const given = readBytes(envelopeFile, '--envelope');
    const end = envelopeEnd(given);
    const envelope = Number.isNaN(end) ? given : given.subarray(0, end);
    const eraseValue = optionalNumber(options, 'erase-value') ?? 0xff;
    const slot = aboutFile(file as string, ['image'], () =>
      slotImage({ image, envelope, slotSize, unit, eraseValue }),
    );
    writeWhole(out, slot, '--out');
    const slotDigest = hexOf(sha256(slot));
    return {
      rows: [{ file: out, size: slot.length, image: image.length, envelope: envelope.length, slotDigest }],
      text: lines([
        ['written', `${out}, ${thousands(slot.length)} bytes`],
        [
          'next',
          'program it as slot A, leave slot B and the boot journal erased: the board boots it as confirmed',
        ],
      ]),
    };
  },
};
