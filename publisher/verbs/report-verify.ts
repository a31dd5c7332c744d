import { reportRow, reportText } from '../describe-message.ts';
import { Exit, PublishError } from '../errors.ts';
import { readBytes } from '../files.ts';
import { reportKeyLoad } from '../report-key.ts';
import { reportVerify } from '../report.ts';
import { nonceOf } from './occasion.ts';
import { optionalNumber, optionalText, text } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const deviceOf = (options: Options): Uint8Array | undefined => {
  const value = optionalText(options, 'device');
  if (value === undefined) return undefined;
  if (/^([0-9a-f]{2}){1,32}$/i.test(value)) return Uint8Array.from(Buffer.from(value, 'hex'));
  const remedy = 'Give 1 to 32 bytes in hex';
  throw new PublishError(`${value} is not hex`, { field: '--device', remedy, exit: Exit.Usage });
};

export const reportVerifyVerb: Verb = {
  example: 'flipside report verify lamp.report --key lamp.report-key.json --after 16',
  define(command) {
    command
      .argument('<file>', 'the report, as the device sent it')
      .option('--key <file>', 'its public key, or the report key that flipside identity wrote')
      .option('--after <n>', 'the counter of its last report: one that is not above it was replayed')
      .option('--nonce <hex>', 'what the server asked with')
      .option('--device <hex>', 'the device that it has to be of');
  },
  run([given], options) {
    const file = given as string;
    const key = reportKeyLoad(text(options, 'key', 'Give the key of the device'));
    const expected = {
      after: optionalNumber(options, 'after'),
      nonce: nonceOf(options),
      device: deviceOf(options),
    };
    const view = reportVerify(readBytes(file, 'FILE'), key, expected, file);
    return {
      rows: [{ ...reportRow(view), verified: true }],
      text: `${reportText(view)}\nit is the device's own`,
    };
  },
};
