import { stderr } from 'node:process';
import type { FactoryServer } from '../../hal/lwm2m/index.ts';
import { Exit, PublishError } from '../errors.ts';
import { boardOpen } from '../sim/board.ts';
import { simLwm2m as manage } from '../sim/lwm2m.ts';
import { optionalNumber, text } from './values.ts';
import type { Verb } from './verb.ts';

const uriOf = (value: unknown, field: string): string => {
  const uri = String(value);
  if (/^coap:\/\/[^/]+$/.test(uri)) return uri;
  throw new PublishError(`${uri} is no server of CoAP`, {
    field,
    remedy: 'Give coap://HOST:PORT',
    exit: Exit.Usage,
  });
};

export const simLwm2m: Verb = {
  example: 'flipside sim lwm2m board --server coap://127.0.0.1:5683 --endpoint lamp-7',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .option('--server <uri>', 'the server that manages it: coap://HOST:PORT')
      .option('--bootstrap <uri>', 'a server that names that server: coap://HOST:PORT')
      .option('--endpoint <name>', 'endpoint client name', 'flipside')
      .option('--lifetime <seconds>', 'of the registration', '86400')
      .option('--queue', 'queue mode: it sleeps between updates of its registration');
  },
  async run([folder], options) {
    const endpoint = text(options, 'endpoint', 'Give the name that the server knows it by');
    const lifetime = optionalNumber(options, 'lifetime');
    const factory: FactoryServer[] = [];
    if (options['server'] !== undefined)
      factory.push({
        uri: uriOf(options['server'], '--server'),
        ...(lifetime === undefined ? {} : { lifetime }),
      });
    if (options['bootstrap'] !== undefined)
      factory.push({ uri: uriOf(options['bootstrap'], '--bootstrap'), bootstrap: true });
    if (factory.length === 0)
      throw new PublishError('no server', {
        field: '--server',
        remedy: 'Give --server or --bootstrap',
        exit: Exit.Usage,
      });
    const onLine = (line: string): void => void stderr.write(`${line}\n`);
    const { board } = boardOpen(folder as string, { onLog: (line) => onLine(line.text) });
    try {
      const queue = options['queue'] === true;
      const running = manage(board, { folder: folder as string, endpoint, factory, queue, onLine });
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      running.close();
    } finally {
      board.close();
    }
    return { rows: [], text: '' };
  },
};
