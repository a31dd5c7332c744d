import { anchorOf, anchorSource, anchorText } from '../anchors.ts';
import { thousands } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { recipientKinds } from '../encryption/algorithms.ts';
import { Exit, PublishError } from '../errors.ts';
import { refuseExisting, writeWhole } from '../files.ts';
import { classIdentifier, vendorIdentifier } from '../identifiers.ts';
import { keyGenerate, keyIdOf, keyParse, keySave } from '../keys.ts';
import type { PublicKey } from '../keys.ts';
import { KeyEnding, signaturesLeft } from '../lms/key-file.ts';
import {
  DefaultParameters,
  hssSignatureLength,
  parametersCheck,
  parametersText,
  signaturesOf,
} from '../lms/parameters.ts';
import type { HssParameters } from '../lms/parameters.ts';
import { hssGenerate } from '../lms/signing-key.ts';
import { keyAdopt } from '../lms/state.ts';
import { treeMeter } from '../progress.ts';
import { deviceKey } from './keygen-device.ts';
import { choice, number, numberParse, optionalNumber, optionalText, several, text, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const kinds = ['signing', 'device-key'] as const;
const algorithms = ['ed25519', 'esp256', 'hss-lms'] as const;

interface Scope {
  readonly vendor: Uint8Array | undefined;
  readonly classId: Uint8Array | undefined;
}

const scopeOf = (options: Options): Scope => {
  const vendorText = optionalText(options, 'vendor');
  const classText = optionalText(options, 'class');
  if (classText !== undefined && vendorText === undefined) {
    const remedy = 'Give --vendor too';
    throw new PublishError('a class belongs to a vendor', { field: '--class', remedy, exit: Exit.Usage });
  }
  const vendor = vendorText === undefined ? undefined : vendorIdentifier(vendorText);
  return {
    vendor,
    classId: classText === undefined || !vendor ? undefined : classIdentifier(vendor, classText),
  };
};

/** One height makes a level; one width serves all levels. */
const parametersOf = (options: Options): HssParameters => {
  const [tree] = DefaultParameters.levels;
  const numbers = (option: string, otherwise: number): number[] => {
    const given = texts(options, option).map((value) => numberParse(value, option));
    return given.length === 0 ? [otherwise] : given;
  };
  const heights = numbers('height', tree!.height);
  const widths = numbers('width', tree!.width);
  const digest = optionalNumber(options, 'digest') ?? DefaultParameters.digest;
  return parametersCheck(digest, heights, widths.length === 1 ? heights.map(() => widths[0]) : widths);
};

interface MadeKey {
  readonly known: PublicKey;
  readonly keyFile: string;
  readonly row: Readonly<Record<string, string | number>>;
  readonly notes: readonly string[];
}

const pemKey = (out: string, algorithm: 'ed25519' | 'esp256'): MadeKey => {
  const keyFile = `${out}.pem`;
  const pem = keyGenerate(algorithm);
  const known = keyParse(pem, keyFile);
  keySave(keyFile, pem);
  return { known, keyFile, row: {}, notes: [] };
};

const hashBasedKey = (out: string, parameters: HssParameters): MadeKey => {
  const keyFile = `${out}${KeyEnding}`;
  const key = hssGenerate(keyFile, parameters, treeMeter('tree'));
  const left = signaturesOf(parameters);
  const signature = hssSignatureLength(parameters);
  return {
    known: { algorithm: 'hss-lms', key, keyId: keyIdOf(key) },
    keyFile,
    row: { parameters: parametersText(parameters), signature, signaturesLeft: left },
    notes: [
      `parameters   ${parametersText(parameters)}: signatures of ${thousands(signature)} bytes`,
      `left         ${thousands(left)} signatures; each changes the key file: never copy it, never restore it`,
    ],
  };
};

const adopt = (file: string, options: Options): Answer => {
  const skip = number(
    options,
    'skip',
    'Give how many signatures may have been made since this state, or more',
  );
  const left = signaturesLeft(keyAdopt(file, skip));
  return {
    rows: [{ keyFile: file, skipped: skip, signaturesLeft: left }],
    text: `private key  ${file}   (this file is the key now; no other may sign)\nleft         ${thousands(left)} signatures`,
  };
};

export const keygen: Verb = {
  example: 'flipside keygen --out keys/release',
  define(command) {
    command
      .option(
        '--out <path>',
        'writes <path>.pem (private, keep it secret) and <path>.anchor.json; of a device key <path>.device-key.json and <path>.recipient.json',
      )
      .option(
        '--kind <name>',
        'signing; or device-key, which decrypts payloads and stays in the device',
        'signing',
      )
      .option(
        '--algorithm <name>',
        `${algorithms.join(', ')} (default: ed25519); of a device key ${recipientKinds.join(', ')} (default: x25519)`,
      )
      .option('--key-id <name>', 'device-key: names it in updates (default: a digest of the key)')
      .option('--vendor <id>', 'the anchor speaks for this vendor only: UUID or domain name')
      .option('--class <id>', 'and for this class only: UUID or model name');
    several(
      command,
      '--height <n>',
      'hss-lms: 5, 10, 15 or 20, for 2^n signatures; once for each level, from the root down (default: 10)',
    );
    several(
      command,
      '--width <n>',
      'hss-lms: 1, 2, 4 or 8; more makes shorter signatures and more work (default: 8)',
    );
    command
      .option('--digest <bytes>', 'hss-lms: 32 or 24 (default: 32)')
      .option('--adopt <file>', 'hss-lms: makes a moved or restored key the one that signs')
      .option('--skip <n>', 'with --adopt: leaves out so many signatures, which may have been made');
  },
  run(_, options) {
    const adopted = optionalText(options, 'adopt');
    if (adopted !== undefined) return adopt(adopted, options);
    const out = text(options, 'out', 'Give the path of the new key without its ending, such as keys/release');
    if (choice(options, 'kind', kinds, 'signing') === 'device-key') return deviceKey(out, options);
    const algorithm = choice(options, 'algorithm', algorithms, 'ed25519');
    const { vendor, classId } = scopeOf(options);
    const anchorFile = `${out}.anchor.json`;
    refuseExisting(anchorFile, '--out');
    const made = algorithm === 'hss-lms' ? hashBasedKey(out, parametersOf(options)) : pemKey(out, algorithm);
    const anchor = anchorOf(made.known, vendor, classId);
    writeWhole(anchorFile, anchorText(anchor), 'anchor');
    const source = anchorSource(anchor);
    const files = [
      `private key  ${made.keyFile}   (keep it secret; whoever has it can sign)`,
      `anchor       ${anchorFile}`,
      ...made.notes,
    ];
    return {
      rows: [{ ...anchor, keyFile: made.keyFile, anchorFile, source, ...made.row }],
      text: `${files.join('\n')}\n\n${source}`,
    };
  },
};
