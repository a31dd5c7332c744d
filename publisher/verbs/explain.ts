import { lines } from '../answer.ts';
import { explainAll, explainText } from '../explain.ts';
import type { Explanation } from '../explain.ts';
import type { Verb } from './verb.ts';

const describe = (one: Explanation): string =>
  `${one.code} ${one.name}\n${one.sentence}\n${one.advice}\n\n${lines([
    ['SUIT report reason', one.suitReason],
    ['LwM2M update result', one.lwm2mResult],
  ])}`;

export const explain: Verb = {
  example: 'flipside explain -63',
  define(command) {
    command.argument('[code]', 'a number, with or without its sign, or a name; without it: all of them');
    // Otherwise -63 would be taken for an option.
    command.allowUnknownOption();
  },
  run([code]) {
    const all = code === undefined ? explainAll() : [explainText(code)];
    return {
      rows: all.map((one) => ({ ...one })),
      text:
        code === undefined
          ? all
              .map((one) => `${String(one.code).padStart(5)} ${one.name.padEnd(17)} ${one.sentence}`)
              .join('\n')
          : describe(all[0] as Explanation),
    };
  },
};
