import { sleep } from '../../bootloader-sim/index.ts';
import { lines } from '../answer.ts';
import { spanText, timeText } from '../describe-wait.ts';
import { boardOpen } from '../sim/board.ts';
import { spanParse } from './values.ts';
import type { Verb } from './verb.ts';

export const simSleep: Verb = {
  example: 'flipside sim sleep board 14h',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .argument('<time>', 'how long: 90s, 30m, 14h, 3d');
  },
  run([given, time]) {
    const seconds = spanParse(time as string, 'time');
    const { board } = boardOpen(given as string);
    try {
      sleep(board, seconds);
      return {
        rows: [{ slept: seconds, now: board.seconds }],
        text: lines([
          ['slept', spanText(seconds)],
          ['now', `${timeText(board.seconds)}; the next command wakes it`],
        ]),
      };
    } finally {
      board.close();
    }
  },
};
