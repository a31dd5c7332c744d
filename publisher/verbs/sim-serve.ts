import { stderr } from 'node:process';
import { boardOpen } from '../sim/board.ts';
import { simServe as serve } from '../sim/serve.ts';
import { optionalNumber, text } from './values.ts';
import type { Verb } from './verb.ts';

export const simServe: Verb = {
  example: 'flipside sim serve board --listen tcp:127.0.0.1:1337',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .option('--listen <where>', 'tcp:HOST:PORT (port 0 takes a free one), or unix:PATH')
      .option('--message <bytes>', 'longest message', '512');
  },
  async run([folder], options) {
    const address = text(options, 'listen', 'Give tcp:HOST:PORT or unix:PATH');
    const { board } = boardOpen(folder as string, { onLog: (line) => stderr.write(`${line.text}\n`) });
    try {
      const message = optionalNumber(options, 'message');
      const serving = await serve(board, address, message === undefined ? {} : { message });
      stderr.write(`serial line at ${serving.address}\n`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      serving.close();
    } finally {
      board.close();
    }
    return { rows: [], text: '' };
  },
};
