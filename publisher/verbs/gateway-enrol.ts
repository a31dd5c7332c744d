import { configLoad } from '../../gateway/config/config.ts';
import { DEVICE_ID, devicesLoad, devicesSave, SEALED_KEY } from '../../gateway/config/devices.ts';
import { oscoreKeyOf, oscoreSecretNew } from '../../gateway/config/oscore.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { tokenHash } from '../../gateway/config/secrets.ts';
import type { OscoreSecret, Secrets } from '../../gateway/config/secrets.ts';
import { classIdentifier, uuidText, vendorIdentifier } from '../identifiers.ts';
import { lines } from '../answer.ts';
import { Exit, PublishError } from '../errors.ts';
import { refuseExisting, writeNew } from '../files.ts';
import { oscoreFileText } from '../oscore-file.ts';
import { reportKeyLoad, reportKeyText } from '../report-key.ts';
import { secretsChange } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import { tokenMake, tokenRead } from './token-file.ts';
import { flag, optionalText, text } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

/** Characters of a token that others gave: 24 of base64 are 144 bits. */
const TOKEN_LEAST = 16;

/** None where it is left out. */
const classOf = (options: Options): { readonly vendor?: string; readonly classId?: string } => {
  const vendorText = optionalText(options, 'vendor');
  const classText = optionalText(options, 'class');
  if (vendorText === undefined && classText === undefined) return {};
  const vendor = vendorIdentifier(text(options, 'vendor', 'Give the vendor of the class'));
  const classId = classIdentifier(vendor, text(options, 'class', 'Give the class of the device'));
  return { vendor: uuidText(vendor), classId: uuidText(classId) };
};

const SecretFileMode = 0o600;

/** As the device sees the context: sender and recipient change places. */
const halfWrite = (file: string, device: string, made: OscoreSecret, secrets: string): void => {
  const { senderId, recipientId } = made;
  const key = oscoreKeyOf({ ...made, senderId: recipientId, recipientId: senderId }, device, secrets);
  writeNew(file, oscoreFileText({ device, key }), SecretFileMode, '--oscore');
};

/** By its token a device is known: two with one would be one. */
const tokenFree = ({ devices }: Secrets, device: string, hash: string): void => {
  const other = Object.keys(devices).find((id) => id !== device && devices[id]!.tokenHash === hash);
  if (other === undefined) return;
  const remedy = 'Give each device a token of its own';
  throw new PublishError(`is the token of ${other}`, { field: '--token-file', remedy });
};

/** Undefined: it is to have none. */
const tokenOf = (options: Options, file: string | undefined): string | undefined => {
  if (options['token'] !== false) return file === undefined ? tokenMake() : tokenRead(file, TOKEN_LEAST);
  if (file === undefined) return undefined;
  const remedy = 'Give one of --token-file and --no-token';
  throw new PublishError('there is a file of it', { field: '--no-token', remedy, exit: Exit.Usage });
};

const tokenLines = (token: string | undefined, file: string | undefined): [string, string][] =>
  token === undefined
    ? [['token', 'none: over HTTP it is not known by anything']]
    : [
        ['token', file === undefined ? token : `of ${file}`],
        ['', 'the device shows it over HTTP; it is not kept here, and not shown again'],
      ];

export const gatewayEnrol: Verb = {
  example:
    'flipside gateway enrol gateway.json lamp-1 --report-key keys/lamp-1.report-key.json --key-file gateway.key',
  define(command) {
    command
      .argument('<config>', 'the configuration file of the gateway')
      .argument('<device>', 'its id: what its reports name it by, 1 to 32 letters, digits, . _ -')
      .option('--report-key <file>', 'verifies its reports: of flipside identity, or a public key')
      .option('--group <name>', 'a group of the plan (default: by the globs of the groups)')
      .option('--vendor <domain>', 'vendor, or a UUID')
      .option('--class <model>', 'its class, or a UUID: what says under folders which releases are for it')
      .option('--token-file <file>', 'its token for HTTP is the first line there (default: one is made)')
      .option('--no-token', 'it has none for HTTP: taken for what it says it is, where "insecure" lets it')
      .option(
        '--oscore <file>',
        "authenticates it over CoAP: writes the device's half, for flipside identity add",
      )
      .option(
        '--replace',
        'the device is known, and has another key and another token from now on; without --oscore none for CoAP',
      );
    protectionDefine(command);
  },
  run([file, id], options) {
    const config = configLoad(file as string);
    const device = id as string;
    if (!DEVICE_ID.test(device)) {
      const remedy = 'Give 1 to 32 letters, digits, . _ -';
      throw new PublishError(`"${device}" is no id`, { field: 'DEVICE', remedy, exit: Exit.Usage });
    }
    const oscoreFile = optionalText(options, 'oscore');
    if (oscoreFile !== undefined) refuseExisting(oscoreFile, '--oscore');
    const key = reportKeyLoad(text(options, 'report-key', 'Give the report key of the device'));
    const protection = protectionOf(options);
    const before = devicesLoad(config.devices);
    const known = before.find((entry) => entry.id === device);
    if (known !== undefined && !flag(options, 'replace')) {
      const remedy = 'Give --replace if it has a new key, or another id';
      throw new PublishError('is enrolled already', { file: config.devices, field: device, remedy });
    }
    const group = optionalText(options, 'group') ?? known?.group ?? '';
    const secret = key.algorithm.startsWith('hmac');
    const keyText = reportKeyText({ ...key, keyId: key.keyId ?? Uint8Array.of(0) });
    const entry = {
      ...known,
      ...classOf(options),
      id: device,
      group,
      reportKey: secret ? SEALED_KEY : keyText,
    };
    const entries = [...before.filter((one) => one !== known), entry];
    const { of } = groupsOf({ ...config.plan, pairs: [] }, entries);
    const tokenFile = optionalText(options, 'token-file');
    const token = tokenOf(options, tokenFile);
    let oscore: OscoreSecret | undefined;
    const hash = token === undefined ? undefined : tokenHash(token);
    // Before the list names it: a device whose key is missing would be believed in nothing.
    secretsChange(config.secrets, protection, (secrets) => {
      if (hash !== undefined) tokenFree(secrets, device, hash);
      const { reportKey: _, oscore: __, tokenHash: ___, ...others } = secrets.devices[device] ?? {};
      if (oscoreFile !== undefined) oscore = oscoreSecretNew(secrets);
      const sealed = {
        ...others,
        ...(hash === undefined ? {} : { tokenHash: hash }),
        ...(secret ? { reportKey: keyText } : {}),
        ...(oscore === undefined ? {} : { oscore }),
      };
      return { ...secrets, devices: { ...secrets.devices, [device]: sealed } };
    });
    devicesSave(config.devices, entries);
    if (oscore !== undefined) halfWrite(oscoreFile!, device, oscore, config.secrets);
    const row = {
      device,
      group: of.get(device)!,
      algorithm: key.algorithm,
      oscore: oscoreFile ?? null,
      devices: entries.length,
      // Of a file it is known where it is from.
      token: tokenFile === undefined ? (token ?? null) : null,
    };
    return {
      rows: [row],
      text: lines([
        ['device', device],
        ['group', row.group],
        ['reports', `${key.algorithm}${secret ? ', its key sealed' : ''}`],
        ...tokenLines(token, tokenFile),
        [
          'CoAP',
          row.oscore === null
            ? 'in the open only: no key of OSCORE'
            : `OSCORE: ${row.oscore} is for the device alone (flipside identity add)`,
        ],
        ['devices', String(row.devices)],
        ['', 'a gateway that runs learns of it when it is started again'],
      ]),
    };
  },
};
