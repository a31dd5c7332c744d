import { basename, join } from 'node:path';
import { stderr } from 'node:process';
import { lines, thousands } from '../answer.ts';
import type { Row } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import type { EncryptionOptions } from '../encryption/sealer.ts';
import { aboutFile, Exit, PublishError } from '../errors.ts';
import { makeFolder, readBytes, writeWhole } from '../files.ts';
import { keyLoad, refusePublishedKey } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import type { ManifestText } from '../manifest.ts';
import { mcubootImage, mcubootLength } from '../mcuboot.ts';
import { pack as packImage, payloadName } from '../pack.ts';
import type { Pack, PackOptions } from '../pack.ts';
import { meterOpen, treeMeter } from '../progress.ts';
import { encryptionDefine, encryptionOf, encryptionText } from './encryption.ts';
import {
  choice,
  flag,
  number,
  optionalNumber,
  optionalText,
  optionalTime,
  several,
  text,
  texts,
} from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

export const EnvelopeFile = 'update.suit';
export const BundleFile = 'update.bundle';
const formats = ['framed', 'plain', 'integrated', 'bundle', 'mcuboot'] as const;

export const keysOf = (options: Options): SigningKey[] => {
  const files = texts(options, 'key');
  if (files.length === 0) {
    const remedy = 'Give a private key; flipside keygen makes one';
    throw new PublishError('is missing', { field: '--key', remedy, exit: Exit.Usage });
  }
  return files.map((file) => {
    const key = keyLoad(file, treeMeter(`trees of ${basename(file)}`));
    if (!flag(options, 'allow-test-keys')) refusePublishedKey(key, file);
    return key;
  });
};

/** Of each key that can make so many signatures and no more, how many are left. */
export const leftOf = (keys: readonly SigningKey[]): { keyId: string; left: number }[] =>
  keys.flatMap((key) => (key.left ? [{ keyId: hexOf(key.keyId), left: key.left() }] : []));

export const leftLines = (keys: readonly SigningKey[]): (readonly [string, string])[] =>
  leftOf(keys).map(({ keyId, left }) => ['left', `${thousands(left)} signatures of ${keyId}`] as const);

const textsOf = (options: Options): ManifestText | undefined => {
  const description = optionalText(options, 'description');
  const version = optionalText(options, 'image-version');
  return description === undefined && version === undefined ? undefined : { description, version };
};

const imagesOf = (files: readonly string[]): PackOptions['image'] => {
  const [first, second] = files.map((file) => {
    const image = readBytes(file, 'IMAGE');
    if (image.length > 0) return image;
    const remedy = 'Give the file that is to be installed';
    throw new PublishError('the image is empty', { file, field: 'IMAGE', remedy, exit: Exit.Usage });
  }) as [Uint8Array, Uint8Array?];
  return second ? [first, second] : first;
};

/** The images as MCUboot takes them. */
const wrapped = (image: PackOptions['image'], options: Options): PackOptions['image'] => {
  const file = optionalText(options, 'mcuboot-key');
  const made = (application: Uint8Array): Uint8Array =>
    mcubootImage({
      application,
      version: text(options, 'image-version', 'Give a version such as 1.4.0: MCUboot images have one'),
      key: file === undefined ? undefined : keyLoad(file),
      allowTestKeys: flag(options, 'allow-test-keys'),
      headerSize: optionalNumber(options, 'header-size'),
      securityCounter: optionalNumber(options, 'security-counter'),
    });
  return image instanceof Uint8Array ? made(image) : [made(image[0]), made(image[1])];
};

/** Under MCUboot what runs is the image with its header: a patch of anything else fits no device. */
const baseWrapped = (base: Uint8Array, file: string): void => {
  const length = mcubootLength(base);
  if (length === base.length) return;
  const [what, remedy] =
    length === undefined
      ? [
          'is no image for MCUboot',
          'Give what is installed, the application with its header, as flipside mcuboot or imgtool made it',
        ]
      : [
          `has ${base.length} bytes, of which ${length} are the image`,
          'Give the image without padding and trailer, as it was packed',
        ];
  throw new PublishError(what, { file, field: '--base', remedy, exit: Exit.Usage });
};

const write = (made: Pack, out: string, bundled: boolean): string[] => {
  makeFolder(out, '--out');
  const patches = made.patches.map((one) => one.payload);
  if (bundled) {
    const file = join(out, BundleFile);
    const beside = patches.map((payload) => {
      const name = join(out, payloadName(payload));
      writeWhole(name, payload, '--out');
      return name;
    });
    writeWhole(file, made.bundle, '--out');
    return [file, ...beside];
  }
  // The envelope last: whoever sees it finds its payload.
  const names = [...made.payloads, ...patches].map((payload) => {
    const name = join(out, payloadName(payload));
    writeWhole(name, payload, '--out');
    return name;
  });
  const file = join(out, EnvelopeFile);
  writeWhole(file, made.envelope, '--out');
  return [file, ...names];
};

const describe = (
  made: Pack,
  files: readonly string[],
  keys: readonly SigningKey[],
  encryption: EncryptionOptions | undefined,
): string => {
  const { figures } = made;
  return lines([
    ['manifest', hexOf(made.manifestDigest)],
    ['image', `${hexOf(made.imageDigest)}, ${thousands(figures.image)} bytes`],
    ['envelope', `${figures.envelope} bytes`],
    ...(figures.blocks
      ? ([
          [
            'blocks',
            `${figures.blocks}, index ${thousands(figures.index)} bytes, frames ${thousands(figures.frames)} bytes`,
          ],
        ] as const)
      : []),
    [
      'over the air',
      `${thousands(figures.total)} bytes, ${((100 * figures.total) / figures.image).toFixed(1)} % of the image`,
    ],
    ...figures.patches.map(
      (one) =>
        [
          'patch',
          `${thousands(one.payload)} bytes, ${one.sharePercent} % of the whole payload, for ${one.baseSize === 0 ? 'any image' : one.base.slice(0, 16)}${one.leftOut ? ', left out' : ''}`,
        ] as const,
    ),
    ...(encryption ? [['encrypted', encryptionText(encryption)] as const] : []),
    ...files.map((file) => ['written', file] as const),
    ...leftLines(keys),
  ]);
};

/** What the packer says about a base gets the name of its file. */
const aboutBases = <T>(files: readonly string[], run: () => T): T =>
  files.reduce<() => T>((inner, file, at) => () => aboutFile(file, [`base ${at + 1}`], inner), run)();

const tellLeftOut = (made: Pack, bases: readonly string[]): void => {
  made.figures.patches.forEach((one, at) => {
    if (one.leftOut)
      stderr.write(
        `${bases[at] ?? '--encoding patch'}: the patch is no smaller than the whole payload; it is left out\n`,
      );
  });
};

export const pack: Verb = {
  example:
    'flipside pack app.js --key keys/release.pem --vendor example.com --class lamp --sequence 2 --security-version 1 --out out',
  define(command) {
    command.argument('<image...>', 'the image; or two, the first for slot A and the second for slot B');
    several(
      command,
      '--key <file>',
      'private key (PEM, or of HSS/LMS); give it several times for several signatures',
    );
    several(
      command,
      '--base <file>',
      'an image that devices run now, as it was installed: makes a patch for it; give it once for each (a bundle holds the whole image only, its patches stand beside it)',
    );
    command
      .option('--vendor <id>', 'vendor: UUID, or domain name')
      .option('--class <id>', 'class: UUID, or model name')
      .option('--device <uuid>', 'for this one device only')
      .option('--sequence <n>', 'orders updates: a device takes only a higher one')
      .option('--security-version <n>', 'decides what may boot (default 0)')
      .option('--minimum-security-version <n>', 'closes the way back to images below it, at confirm')
      .option('--priority <n>', 'smaller is more urgent')
      .option('--expiry <date>', 'not to be installed after this date')
      .option('--format <name>', formats.join(', '), 'framed')
      .option(
        '--encoding <name>',
        'deflate, patch: of the whole image, for devices that take patches, where it is smaller',
        'deflate',
      )
      .option(
        '--window <bytes>',
        'how far frames reach back: what the device keeps (1024 to 32768; default 4096)',
      )
      .option('--description <text>', 'for people; may be severed')
      .option('--image-version <text>', 'version of the image, for people; may be severed')
      .option('--with-key-id', 'names the key in a signature that stands alone, too')
      .option('--unsigned', 'leaves the signing to flipside sign')
      .option('--allow-test-keys', 'takes a published test key')
      .option('--mcuboot-key <file>', 'with --format mcuboot: private key (PEM) that MCUboot trusts')
      .option('--header-size <bytes>', 'with --format mcuboot: room before the application (default 32)')
      .option('--security-counter <n>', 'with --format mcuboot: for one that holds a counter in hardware')
      .option('--out <folder>', 'where to write');
    encryptionDefine(command);
    several(
      command,
      '--uri <uri>',
      'where devices find the payload (default: its content-addressed name beside the envelope)',
    );
  },
  run(files, options) {
    const format = choice(options, 'format', formats, 'framed');
    const out = text(options, 'out', 'Give the folder to write to');
    if (files.length > 2) {
      const remedy = 'Give one image, or two, one for each slot';
      throw new PublishError(`${files.length} images`, { field: 'IMAGE', remedy, exit: Exit.Usage });
    }
    if (files.length === 2 && format === 'bundle') {
      const remedy = 'Use --format framed for images that depend on their slot';
      throw new PublishError('a bundle holds one image', { field: '--format', remedy, exit: Exit.Usage });
    }
    const uris = texts(options, 'uri');
    const fields = {
      vendor: text(options, 'vendor', 'Give a UUID or a domain name'),
      classId: text(options, 'class', 'Give a UUID or a model name'),
      device: optionalText(options, 'device'),
      sequence: number(options, 'sequence', 'Give a number above that of the last release'),
      securityVersion: optionalNumber(options, 'security-version'),
      minimumSecurityVersion: optionalNumber(options, 'minimum-security-version'),
      priority: optionalNumber(options, 'priority'),
      expiry: optionalTime(options, 'expiry'),
      text: textsOf(options),
    };
    const encryption = encryptionOf(options);
    const unsigned = flag(options, 'unsigned');
    const keys = unsigned ? [] : keysOf(options);
    const given = imagesOf(files);
    const image = format === 'mcuboot' ? wrapped(given, options) : given;
    const baseFiles = texts(options, 'base');
    const bases = baseFiles.map((file) => readBytes(file, '--base'));
    if (format === 'mcuboot') bases.forEach((base, at) => baseWrapped(base, baseFiles[at]!));
    const meter = meterOpen(`pack ${basename(files[0] as string)}`);
    try {
      const request = {
        ...fields,
        image,
        bases,
        keys,
        encryption,
        unsigned,
        encoding: choice(options, 'encoding', ['deflate', 'patch'], 'deflate'),
        format: format === 'bundle' || format === 'mcuboot' ? 'framed' : format,
        window: optionalNumber(options, 'window'),
        uri: uris.length === 0 ? undefined : uris.length === 1 ? uris[0] : (uris as [string, string]),
        withKeyId: flag(options, 'with-key-id') || undefined,
        allowTestKeys: flag(options, 'allow-test-keys'),
        progress: meter.progress,
      } as const;
      const made = aboutBases(baseFiles, () =>
        aboutFile(files[0] as string, ['envelope'], () => packImage(request)),
      );
      tellLeftOut(made, baseFiles);
      const written = write(made, out, format === 'bundle');
      const { patches, ...figures } = made.figures;
      const row: Row = {
        manifestDigest: hexOf(made.manifestDigest),
        imageDigest: hexOf(made.imageDigest),
        sequence: fields.sequence,
        format,
        uris: made.uris,
        files: written,
        ...figures,
        recipients: (encryption?.recipients ?? []).map((one) => hexOf(one.keyId)),
        signaturesLeft: leftOf(keys).map(({ left }) => left),
      };
      const ofBases = patches.map((one, at): Row => ({ file: baseFiles[at] ?? null, ...one }));
      return { rows: [row, ...ofBases], text: describe(made, written, keys, encryption) };
    } finally {
      meter.stop();
    }
  },
};
