import { statSync } from 'node:fs';
import { Exit, PublishError } from '../errors.ts';
import { fileTrouble } from '../files.ts';
import { serve as serveFolder } from '../serve.ts';
import { serveCoap } from '../serve-coap.ts';
import { flag, optionalNumber, optionalText } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

const portOf = (options: Options, name: string): number | undefined => {
  const port = optionalNumber(options, name);
  if (port === undefined || port <= 65535) return port;
  const remedy = 'Give 0 to 65535; 0 takes a free one';
  throw new PublishError(`${port} is no port`, { field: `--${name}`, remedy, exit: Exit.Usage });
};

export const serve: Verb = {
  example: 'flipside serve public --port 8080 --rate 50000',
  define(command) {
    command
      .argument('<folder>', 'the folder of flipside publish')
      .option('--port <n>', 'port; 0 takes a free one', '8080')
      .option('--coap <n>', 'serves over CoAP, too, at this port of UDP; 0 takes a free one')
      .option(
        '--coap-trusted',
        'long answers over CoAP to clients that know no Echo, too; only where nobody forges an address',
      )
      .option('--host <address>', 'address to listen at; 0.0.0.0 for the whole network', '127.0.0.1')
      .option('--rate <bytes>', 'bytes per second of each answer, to try out a slow link')
      .option('--quiet', 'does not print requests');
  },
  async run([folder], options) {
    try {
      if (!statSync(folder as string).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    } catch (error) {
      throw fileTrouble(error, folder as string, 'FOLDER', 'Give the folder that flipside publish wrote');
    }
    const rate = optionalNumber(options, 'rate');
    if (rate === 0) {
      throw new PublishError('0 lets nothing out', {
        field: '--rate',
        remedy: 'Give 1 or more',
        exit: Exit.Usage,
      });
    }
    const port = portOf(options, 'port');
    const coapPort = portOf(options, 'coap');
    const quiet = flag(options, 'quiet');
    const { url } = await serveFolder({
      folder: folder as string,
      port,
      host: optionalText(options, 'host'),
      rate,
      onRequest: (method, path, status, bytes) => {
        if (!quiet) process.stderr.write(`${status} ${method} ${path} ${bytes}\n`);
      },
    });
    const coap =
      coapPort === undefined
        ? undefined
        : await serveCoap({
            folder: folder as string,
            port: coapPort,
            host: optionalText(options, 'host'),
            trusted: flag(options, 'coap-trusted'),
            onRequest: (path, code) => {
              if (!quiet)
                process.stderr.write(`${code >> 5}.${String(code & 31).padStart(2, '0')} GET ${path}\n`);
            },
          });
    return {
      rows: [{ url, coap: coap?.url ?? null, folder: folder as string, rate: rate ?? null }],
      text: `${url}${coap === undefined ? '' : `   ${coap.url}`}   (Ctrl-C ends it)`,
    };
  },
};
