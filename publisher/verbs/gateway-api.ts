/** Questions to the status API of a gateway that runs (docs/DESIGN.md 30.5). */
import type { Command } from 'commander';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import { Exit, PublishError } from '../errors.ts';
import { tokenRead } from './token-file.ts';
import { optionalText, text } from './values.ts';
import type { Options } from './values.ts';

/** Bytes of an answer: a page of 200 devices has some 100 KB. */
const ANSWER_MAX = 4 << 20;
const TIMEOUT = 15_000;
/** Who listens at every address is asked at this machine's own. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export const urlDefine = (command: Command): void => {
  command
    .argument('<config>', 'the configuration file of the gateway')
    .option('--url <url>', 'where its status API is (default: as the configuration has it)');
};

export const statusTokenDefine = (command: Command): void => {
  command.option(
    '--status-token-file <file>',
    'its first line is the token that the gateway was started with',
  );
};

const LOOK = 'Look whether it runs: flipside gateway run CONFIG; or say with --url where its status API is';

/** Without the last slash. */
export const apiUrlOf = ({ file, status }: GatewayConfig, options: Options): string => {
  const given = optionalText(options, 'url');
  if (given !== undefined) {
    if (/^https?:\/\/[^\s?#]+$/i.test(given)) return given.replace(/\/+$/, '');
    const remedy = 'Give a URL such as http://127.0.0.1:8090';
    throw new PublishError(`${given} is no URL`, { field: '--url', remedy, exit: Exit.Usage });
  }
  if (status === undefined || status.port === 0) {
    const remedy = 'Add it, such as "status": {"port": 8090}, or give --url';
    throw new PublishError('has no port of the status API', { file, field: 'status', remedy });
  }
  const host = EVERYWHERE[status.host] ?? status.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${status.port}`;
};

export const statusTokenOf = (options: Options): string => {
  const file = text(options, 'status-token-file', 'Give the file that gateway run has it from');
  return tokenRead(file, 1, '--status-token-file');
};

const bodyOf = async (answer: Response): Promise<string> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += (part as Uint8Array).length;
    if (!(length <= ANSWER_MAX)) throw new Error(`answers with more than ${ANSWER_MAX} bytes`);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString('utf8');
};

const answerOf = async (url: string, init: RequestInit): Promise<{ status: number; text: string }> => {
  try {
    const answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) });
    return { status: answer.status, text: await bodyOf(answer) };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
    const what = `no answer (${cause?.code ?? cause?.message ?? message})`;
    throw new PublishError(what, { file: url, field: 'status API', remedy: LOOK, exit: Exit.InputOutput });
  }
};

const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Give with --status-token-file the file that gateway run has it from',
  403: 'Start the gateway with --status-token-file',
  404: 'flipside gateway status shows the groups; flipside gateway status --state none the devices',
  421: 'Ask it by its address, not by a name',
};

/** The document of an answer 200. Throws PublishError. */
export const apiAsk = async <T>(base: string, path: string, token?: string): Promise<T> => {
  const url = `${base}${path}`;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status, text: body } = await answerOf(url, {
    method: token === undefined ? 'GET' : 'POST',
    headers,
  });
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    document = undefined;
  }
  const { version, error } = Object(document) as { version?: unknown; error?: unknown };
  if (status === 200 && version === 1) return document as T;
  const what = typeof error === 'string' ? error : `HTTP ${status}, and no document of version 1`;
  throw new PublishError(what, { file: url, field: 'status API', remedy: REMEDIES[status] ?? LOOK });
};
