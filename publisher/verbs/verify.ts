import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import colors from 'picocolors';
import { anchorLoad } from '../anchors.ts';
import { Exit, PublishError } from '../errors.ts';
import { codeText, explain } from '../explain.ts';
import { readBytes } from '../files.ts';
import { classIdentifier, deviceIdentifier, vendorIdentifier } from '../identifiers.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import type { EnvelopeView } from '../read-envelope.ts';
import { deviceCheck, verify as verifyAll } from '../verify.ts';
import type { CheckResult, DeviceProfile } from '../verify.ts';
import { isCoseMessage } from '../cose-message.ts';
import { nonceOf } from './occasion.ts';
import { verifyStatement } from './verify-statement.ts';
import { deviceKeyDefine, deviceKeyOption } from './encryption.ts';
import { choice, flag, optionalNumber, optionalText, optionalTime, several, text, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const profileOf = (options: Options): DeviceProfile => {
  const anchors = texts(options, 'anchor');
  if (anchors.length === 0) {
    const remedy = 'Give the anchor file of the device; flipside keygen makes one';
    throw new PublishError('is missing', { field: '--anchor', remedy, exit: Exit.Usage });
  }
  const vendor = vendorIdentifier(text(options, 'vendor', 'Give the vendor of the device'));
  const device = optionalText(options, 'device');
  return {
    anchors: anchors.map(anchorLoad),
    threshold: optionalNumber(options, 'threshold'),
    vendor,
    classId: classIdentifier(vendor, text(options, 'class', 'Give the class of the device')),
    device: device === undefined ? undefined : deviceIdentifier(device),
    slot: choice(options, 'slot', ['A', 'B'], 'B') === 'A' ? 0 : 1,
    slotSize: optionalNumber(options, 'slot-size'),
    unit: optionalNumber(options, 'unit'),
    accepted: optionalNumber(options, 'accepted'),
    floor: optionalNumber(options, 'floor'),
    now: optionalTime(options, 'at') ?? Math.floor(Date.now() / 1000),
    framedOnly: flag(options, 'framed-only'),
    window: optionalNumber(options, 'window'),
    bases: texts(options, 'base').map((file) => readBytes(file, '--base')),
    deviceKey: deviceKeyOption(options),
  };
};

const payloadOf = (
  view: EnvelopeView,
  rest: Uint8Array,
  file: string,
  options: Options,
  slot: number,
): Uint8Array | undefined => {
  if (rest.length > 0) return rest;
  const given = optionalText(options, 'payload');
  if (given !== undefined) return readBytes(given, '--payload');
  const { variants } = view.manifest;
  const uri = (variants.find((one) => one.slot === slot) ?? variants[0])?.uri;
  if (uri === undefined || !/^[\w.-]+(\/[\w.-]+)*$/.test(uri)) return undefined;
  const beside = join(dirname(file), uri);
  return existsSync(beside) ? readBytes(beside, 'payload') : undefined;
};

/** The patches beside the envelope. */
const patchesOf = (view: EnvelopeView, file: string): (Uint8Array | undefined)[] =>
  view.manifest.patches.map(({ uri }) => {
    if (uri === undefined || !/^[\w.-]+(\/[\w.-]+)*$/.test(uri)) return undefined;
    const beside = join(dirname(file), uri);
    return existsSync(beside) ? readBytes(beside, 'payload') : undefined;
  });

/** What publisher cannot read, the device's code says why it refuses. */
const readable = (envelope: Uint8Array): EnvelopeView | undefined => {
  try {
    return envelopeRead(envelope);
  } catch (error) {
    if (error instanceof PublishError) return undefined;
    throw error;
  }
};

const TAKES = 'this device takes it';

const lineOf = (one: CheckResult): string => {
  const mark = one.passed ? colors.green('pass') : colors.red('FAIL');
  return `${mark}  ${one.check.padEnd(16)}  ${one.passed ? one.note : `${codeText(one.code)}: ${one.note}`}`;
};

export const verify: Verb = {
  example:
    'flipside verify out/update.suit --anchor keys/release.anchor.json --vendor example.com --class lamp --accepted 1 --slot-size 1m',
  define(command) {
    command.argument('<file>', 'envelope or bundle; or a statement of the latest sequence');
    several(command, '--base <file>', 'an image that devices run: tries its patch; give it once for each');
    several(
      command,
      '--anchor <file>',
      'an anchor of the device: anchor file or public key; give it once for each',
    );
    command
      .option('--threshold <n>', 'how many anchors must have signed', '1')
      .option('--vendor <id>', 'vendor of the device: UUID or domain name')
      .option('--class <id>', 'class of the device: UUID or model name')
      .option('--device <uuid>', 'id of the device')
      .option('--slot <A|B>', 'the slot that receives', 'B')
      .option('--slot-size <bytes>', 'its size; without it, room is not checked')
      .option('--unit <bytes>', 'program unit of the flash', '4')
      .option('--accepted <n>', 'highest sequence ever confirmed; without it, the sequence is not checked')
      .option('--floor <n>', 'lowest security version that may boot; without it, it is not checked')
      .option('--framed-only', 'the device takes framed payloads only')
      .option('--window <bytes>', 'how far back its frames may reach (default 4096)')
      .option('--at <date>', 'when (default: now)')
      .option('--payload <file>', 'the payload (default: the file that the URI names, beside the envelope)');
    deviceKeyDefine(command);
    command
      .option('--offered <file>', 'of a statement: the envelope that the source offers')
      .option('--nonce <hex>', 'of a statement: what the device asked with');
  },
  run([given], options) {
    const file = given as string;
    const profile = profileOf(options);
    const bytes = readBytes(file, 'FILE');
    if (isCoseMessage(bytes)) {
      const offered = optionalText(options, 'offered');
      return verifyStatement({ bytes, file, profile, offered, nonce: nonceOf(options) });
    }
    const end = envelopeEnd(bytes);
    const envelope = Number.isNaN(end) ? bytes : bytes.subarray(0, end);
    const view = readable(envelope);
    const rest = Number.isNaN(end) ? new Uint8Array(0) : bytes.subarray(end);
    const payload = view && payloadOf(view, rest, file, options, profile.slot ?? 1);
    const patches = view ? patchesOf(view, file) : [];
    const results = view ? verifyAll(view, payload, profile, patches) : [deviceCheck(envelope, profile)];
    const failed = results.find((one) => !one.passed);
    const why = failed && explain(failed.code);
    const blind = view?.manifest.encryption.info !== undefined && !profile.deviceKey;
    const verdict = failed
      ? colors.red(`refused: ${codeText(failed.code)}. ${why?.sentence ?? ''} ${why?.advice ?? ''}`)
      : colors.green(blind ? `${TAKES}, as far as can be told without its key` : TAKES);
    const inside = view === undefined || view.integrated.size > 0;
    const notes = payload || inside ? [] : ['left out: the payload, which is not beside the envelope'];
    if (blind) notes.push('left out: decrypting the payloads, for which --device-key is missing');
    if (patches.includes(undefined)) notes.push('left out: patches that are not beside the envelope');
    return {
      rows: results.map((one) => ({ ...one })),
      text: [...results.map(lineOf), ...notes, verdict].join('\n'),
      exit: failed ? Exit.Refused : Exit.Done,
    };
  },
};
