/** The simulated link of `flipside sim offer --link`: its options, and what is told of it. */
import type { Command } from 'commander';
import type { LinkOffered, LinkOfferOptions } from '../../bootloader-sim/index.ts';
import { LINKS } from '../../hal/links/link.ts';
import type { Row } from '../answer.ts';
import { Exit, PublishError } from '../errors.ts';
import { choice, optionalNumber, optionalText } from '../verbs/values.ts';
import type { Options } from '../verbs/values.ts';

const NAMES = LINKS.map(({ name }) => name);

export const linkDefine = (command: Command): void => {
  command
    .option('--link <name>', `over a simulated link, by CoAP: ${NAMES.join(', ')}`)
    .option('--seed <number>', 'of that link: the same seed, the same life', '1')
    .option('--loss <percent>', 'of its datagrams each way; default: as its profile says')
    .option(
      '--awake <seconds>',
      'the device sleeps after so long, and wakes again; default: awake to the end',
    )
    .option('--asleep <seconds>', 'how long it sleeps then', '600');
};

/** Nothing where none is asked for. A simulated link has a server of its own. */
export const linkName = (options: Options, url: boolean): string | undefined => {
  if (optionalText(options, 'link') === undefined) return undefined;
  const name = choice(options, 'link', NAMES, '');
  if (!url) return name;
  throw new PublishError('a simulated link does not reach a real server', {
    field: '--link',
    remedy: 'Give a bundle, an envelope or a folder',
    exit: Exit.Usage,
  });
};

export const linkOptions = (options: Options, name: string): LinkOfferOptions => {
  const loss = optionalNumber(options, 'loss');
  const awake = optionalNumber(options, 'awake');
  return {
    profile: LINKS.find((one) => one.name === name)!,
    seed: optionalNumber(options, 'seed') ?? 1,
    ...(loss === undefined ? {} : { loss: loss / 100 }),
    ...(awake === undefined ? {} : { awake, asleep: optionalNumber(options, 'asleep') ?? 600 }),
  };
};

export const linkRow = ({
  seconds,
  secondsAwake,
  wakes,
  datagrams,
  lost,
  millijoules,
}: LinkOffered): Row => ({
  seconds: Math.round(seconds * 10) / 10,
  secondsAwake: Math.round(secondsAwake * 10) / 10,
  wakes,
  datagrams,
  lost,
  millijoules: Math.round(millijoules),
});

export const linkLines = (link: LinkOffered): readonly (readonly [string, string])[] => {
  const { seconds, secondsAwake, wakes, lost, millijoules } = link;
  return [
    ['time', `${seconds.toFixed(1)} s, of which ${secondsAwake.toFixed(1)} s awake in ${wakes} wakes`],
    ['lost', `${lost} datagrams`],
    ['energy', `${(millijoules / 1000).toFixed(2)} J of the link`],
  ];
};
