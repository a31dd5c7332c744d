import type { FailKind, FleetMember } from '../../bootloader-sim/fleet/index.ts';
import { configLoad } from '../../gateway/config/config.ts';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import { LINKS } from '../../hal/links/index.ts';
import type { LinkProfile } from '../../hal/links/index.ts';
import { anchorLoad } from '../anchors.ts';
import type { AnchorFile } from '../anchors.ts';
import { lines } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { Exit, PublishError } from '../errors.ts';
import { readBytes, readText } from '../files.ts';
import { classOf, firstFlash } from '../fleet/factory.ts';
import { inventoryWrite, membersBehind, membersOf, targetsWrite } from '../fleet/members.ts';
import { fleetRun } from '../fleet/run.ts';
import { serverKinds, uplinkOf } from '../fleet/server.ts';
import type { ServerKind } from '../fleet/server.ts';
import { profileOf } from '../sim/board.ts';
import { choice, optionalNumber, optionalSpan, optionalText, several, text, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const KINDS: Readonly<Record<string, FailKind>> = {
  throws: 'crashesAtStart',
  hangs: 'hangs',
  'never-confirms': 'neverConfirms',
  'fails-check': 'failsCheck',
};
const FAIL_REMEDY = `Give a share such as 0.1 or 10%, and how they fail after a colon: ${Object.keys(KINDS).join(', ')}`;
const SPEED = 60;
const TOGETHER = 64;
const NUMBER_MAX = 100_000;

const usage = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

/** 0..1; NaN for what is none. */
const shareOf = (given: string): number => {
  const [, digits, percent] = /^(\d{1,3}(?:\.\d+)?)(%?)$/.exec(given) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  return share <= 1 ? share : NaN;
};

const cutOf = (given: string): number => {
  const cut = shareOf(given);
  if (cut >= 0) return cut;
  throw usage(`"${given}" cannot be`, '--cut', 'Give a share such as 0.1 or 10%');
};

/** `SHARE[:KIND[,KIND]]`. */
const failOf = (given: string | undefined): { fail: number; kinds?: readonly FailKind[] } => {
  if (given === undefined) return { fail: 0 };
  const [share = '', names, ...more] = given.split(':');
  const fail = shareOf(share);
  const kinds = names?.split(',').map((name) => KINDS[name]);
  const known = kinds === undefined || kinds.every((kind) => kind !== undefined);
  if (!(fail >= 0) || !known || more.length > 0) throw usage(`"${given}" cannot be`, '--fail', FAIL_REMEDY);
  return kinds === undefined ? { fail } : { fail, kinds: kinds as FailKind[] };
};

const atLeastOne = (options: Options, option: string, otherwise: number): number => {
  const given = optionalNumber(options, option) ?? otherwise;
  if (given >= 1 && given <= NUMBER_MAX) return given;
  throw usage(`${given} cannot be`, `--${option}`, `Give 1 to ${NUMBER_MAX}`);
};

const linkOf = (name: string): LinkProfile => {
  const found = LINKS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw usage(`${name} is not known`, '--link', `Give one of: ${LINKS.map((one) => one.name).join(', ')}`);
};

const anchorsOf = (options: Options, gateway: GatewayConfig | undefined): readonly AnchorFile[] => {
  const files = texts(options, 'anchor');
  if (files.length > 0) return files.map(anchorLoad);
  if (gateway !== undefined) return gateway.anchors;
  throw usage('is missing', '--anchor', 'Give the anchor file of who signs releases');
};

const kindOf = (options: Options): ServerKind | undefined =>
  optionalText(options, 'kind') === undefined ? undefined : choice(options, 'kind', serverKinds, 'gateway');

/** Where the server is: as given, or where a gateway of that configuration listens. */
const serverOf = (
  options: Options,
  gateway: GatewayConfig | undefined,
): { readonly url: string; readonly kind: ServerKind | undefined } => {
  const url = optionalText(options, 'server');
  const kind = kindOf(options);
  if (url !== undefined) return { url, kind };
  const { coap, http } = gateway ?? {};
  if (coap !== undefined && coap.port !== 0)
    return { url: `coap://${coap.host}:${coap.port}`, kind: 'gateway' };
  if (http !== undefined && http.port !== 0 && http.cert === undefined)
    return { url: `http://${http.host}:${http.port}/`, kind: 'gateway' };
  throw usage('is missing', '--server', 'Give the address of a gateway, or of a folder of flipside publish');
};

const statusOf = ({ status }: GatewayConfig): string | undefined =>
  status === undefined || status.port === 0 ? undefined : `http://${status.host}:${status.port}`;

const tokenOf = (options: Options): string | undefined => {
  const file = optionalText(options, 'token-file');
  return file === undefined ? undefined : readText(file, '--token-file').split(/\r?\n/)[0];
};

const membersGiven = (options: Options): FleetMember[] | undefined => {
  const devices = optionalNumber(options, 'devices');
  const groups = optionalText(options, 'groups');
  return devices === undefined && groups === undefined ? undefined : membersOf(devices, groups);
};

const written = (file: string, options: Options, seed: number): Answer => {
  const members = membersGiven(options);
  if (members === undefined) throw usage('is missing', '--devices', 'Give how many devices there are');
  if (kindOf(options) === 'hawkbit') {
    targetsWrite(file, members, seed);
    const text = `${members.length} targets in ${file}, for POST /rest/v1/targets; their tokens are made of seed ${seed}`;
    return { rows: [{ file, devices: members.length, seed }], text };
  }
  const envelope = optionalText(options, 'envelope');
  inventoryWrite(
    file,
    members,
    seed,
    envelope === undefined ? {} : classOf(readBytes(envelope, '--envelope')),
  );
  return {
    rows: [{ file, devices: members.length, seed }],
    text: lines([
      ['devices', `${members.length} in ${file}, with the keys that verify their reports`],
      ['keys', `made of seed ${seed}: for trying out, as whoever knows the seed can report in their name`],
    ]),
  };
};

const run = async (options: Options, seed: number): Promise<Answer> => {
  const given = membersGiven(options);
  const file = optionalText(options, 'gateway');
  const gateway = file === undefined ? undefined : configLoad(file);
  const members = gateway === undefined ? given : membersBehind(gateway, given, seed);
  if (members === undefined) throw usage('is missing', '--devices', 'Give how many devices there are');
  const remedy = 'Give the image and the envelope that devices leave the factory with';
  const profile = profileOf(optionalText(options, 'board') ?? 'esp32-c3');
  const first = firstFlash({
    image: readBytes(text(options, 'image', remedy), '--image'),
    envelope: readBytes(text(options, 'envelope', remedy), '--envelope'),
    profile,
    anchors: anchorsOf(options, gateway),
  });
  const uplink = uplinkOf({ ...serverOf(options, gateway), seed, token: tokenOf(options) });
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop);
  try {
    return await fleetRun({
      ...first,
      ...failOf(optionalText(options, 'fail')),
      cut: cutOf(optionalText(options, 'cut') ?? '0'),
      profile,
      members,
      uplink,
      seed,
      gateway,
      links: texts(options, 'link').map(linkOf),
      status: optionalText(options, 'status') ?? (gateway && statusOf(gateway)),
      speed: atLeastOne(options, 'speed', SPEED),
      together: atLeastOne(options, 'together', TOGETHER),
      quiet: optionalSpan(options, 'quiet'),
      span: optionalSpan(options, 'for'),
      signal: end.signal,
    });
  } finally {
    process.off('SIGINT', stop);
  }
};

export const fleet: Verb = {
  example:
    'flipside fleet --devices 20 --image app.js --envelope out/update.suit --anchor keys/release.anchor.json --server http://127.0.0.1:8080/ --fail 10%',
  define(command) {
    command
      .option('--devices <n>', 'how many; each has the agent, a driver and a flash of its own')
      .option('--groups <list>', 'NAME:COUNT, with commas between; devices are NAME-1, NAME-2 …')
      .option(
        '--server <url>',
        'a gateway (coap), a folder of flipside publish (http), or hawkBit (…/TENANT/controller/v1)',
      )
      .option('--kind <kind>', `of the server, where its address does not say: ${serverKinds.join(', ')}`)
      .option(
        '--gateway <file>',
        'the configuration of the gateway: its devices, plan, anchors and addresses',
      )
      .option('--token-file <file>', "of hawkBit: its first line is the tenant's gateway token")
      .option('--status <url>', "of the gateway's status API: shows who is stopped, and ends the run then")
      .option('--image <file>', 'what they leave the factory with: the image')
      .option('--envelope <file>', 'and its envelope, or its bundle')
      .option('--board <name>', 'whose flash they have', 'esp32-c3')
      .option(
        '--fail <share>',
        `how many fail with a new image, and how: 10%, 0.2:throws,hangs (${Object.keys(KINDS).join(', ')})`,
      )
      .option('--cut <share>', 'how many lose power once while they receive')
      .option('--seed <n>', 'the same seed, the same devices with the same keys, the same failures', '1')
      .option('--speed <n>', 'seconds of the devices in a real one: waits, links, trials', String(SPEED))
      .option('--together <n>', 'devices in contact at once', String(TOGETHER))
      .option('--quiet <time>', 'it ends when nothing has changed for so long', '90s')
      .option('--for <time>', 'it ends after so long in any case', '1h')
      .option(
        '--write-inventory <file>',
        'writes the list of devices for a gateway, with their keys and the class that --envelope is for, and ends; with --kind hawkbit its targets',
      );
    several(
      command,
      '--link <name>',
      `between device and server, of several each in turn: ${LINKS.map((one) => one.name).join(', ')}`,
    );
    several(command, '--anchor <file>', 'an anchor of the devices; give it once for each');
  },
  async run(_, options) {
    const seed = optionalNumber(options, 'seed') ?? 1;
    const inventory = optionalText(options, 'write-inventory');
    return inventory === undefined ? run(options, seed) : written(inventory, options, seed);
  },
};
