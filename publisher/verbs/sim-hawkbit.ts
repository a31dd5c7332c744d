import { stderr } from 'node:process';
import { Answer } from '../../agent/codes.ts';
import { POLL_BOUNDS } from '../../hal/hawkbit/index.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import { Exit, PublishError } from '../errors.ts';
import { readText } from '../files.ts';
import { boardOpen } from '../sim/board.ts';
import { simHawkbit as manage } from '../sim/hawkbit.ts';
import { settingsLoad } from '../sim/settings.ts';
import { choice, flag, optionalNumber, optionalText, text, texts } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const ANSWERS = { yes: Answer.Yes, no: Answer.No, later: Answer.Later } as const;

const tokenOf = (options: Options): { token: string; kind: 'target' | 'gateway' } => {
  const file = optionalText(options, 'gateway-token-file');
  const kind = file === undefined ? 'target' : 'gateway';
  const path =
    file ?? text(options, 'token-file', 'Give a file with the token that the server has for this device');
  return { token: readText(path, 'token').trim(), kind };
};

export const simHawkbit: Verb = {
  example:
    'flipside sim hawkbit board --url http://127.0.0.1:8080/DEFAULT/controller/v1/lamp-7 --token-file token',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .option('--url <url>', 'of the device: http(s)://HOST/TENANT/controller/v1/ID')
      .option('--token-file <file>', 'the security token that the server has for this device')
      .option('--gateway-token-file <file>', 'in place of it: the token of the tenant')
      .option('--host <host...>', 'another place that files may come from: [scheme://]host[:port]')
      .option('--ca <file>', 'certificates of authorities, PEM, in place of those of Node')
      .option('--confirm <word>', "the owner's word where the server asks for it: yes, no, later", 'later')
      .option('--profile <name>', 'profile of its link, for the server to filter by')
      .option('--least <seconds>', 'between two questions, whatever the server says', '5')
      .option('--once', 'ends when nothing is assigned and all is told');
  },
  async run([folder], options) {
    const url = text(options, 'url', 'Give http(s)://HOST/TENANT/controller/v1/ID');
    const { token, kind } = tokenOf(options);
    const ca = optionalText(options, 'ca');
    const answer = ANSWERS[choice(options, 'confirm', ['yes', 'no', 'later'], 'later')];
    const least = optionalNumber(options, 'least') ?? POLL_BOUNDS.least;
    const profile = optionalText(options, 'profile');
    const settings = settingsLoad(folder as string);
    const onLine = (line: string): void => void stderr.write(`${line}\n`);
    const { board } = boardOpen(folder as string, { onLog: (line) => onLine(line.text) });
    try {
      await new Promise<void>((resolve) => {
        const running = manage(board, {
          folder: folder as string,
          url,
          token,
          kind,
          hosts: texts(options, 'host'),
          ...(ca === undefined ? {} : { ca: readText(ca, 'certificates') }),
          confirm: () => answer,
          bounds: { ...POLL_BOUNDS, least },
          attributes: [
            ...(profile === undefined ? [] : [['profile', profile] as const]),
            ['board', settings.board],
            ['anchors', settings.anchors.map(({ keyId }) => keyId).join(' ')],
          ],
          onLine,
          ...(flag(options, 'once') ? { onSettled: () => end() } : {}),
        });
        const end = (): void => {
          running.close();
          resolve();
        };
        process.once('SIGINT', end);
        process.once('SIGTERM', end);
      });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const remedy = 'Give the address as the server has it, and a token of printable characters';
      throw new PublishError(error.message, { field: '--url', remedy, exit: Exit.Usage });
    } finally {
      board.close();
    }
    return { rows: [], text: '' };
  },
};
