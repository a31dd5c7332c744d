/** The short verbs of a serial line: ask, or tell, and say what the board is then. */
import { Event } from '../../agent/codes.ts';
import { lines, nameOf } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { confirmAsk, resetAsk, revertAsk, statusAsk } from '../serial/board.ts';
import type { Link } from '../serial/link.ts';
import { statusRow, withLink, withPort } from './serial-link.ts';
import type { Verb } from './verb.ts';

const statusAnswer = async (link: Link): Promise<Answer> => {
  const row = { ...statusRow(await statusAsk(link)) };
  const event = nameOf(Event, row['event'] as number);
  const trial = row['trial'] ? `, on trial, attempt ${row['attempt']}` : '';
  const text = lines([
    ['runs', `sequence ${row['sequence']} in slot ${row['running']}${trial}`],
    ['accepted', `${row['accepted']}, floor ${row['floor']}`],
    ['session', `${row['phase']}`],
    ['last event', `${event}, ${row['from']} to ${row['to']}${row['why'] ? `: ${row['why']}` : ''}`],
  ]);
  return { rows: [{ ...row, event }], text };
};

/** Does it, then says what the board is. */
const verbOf = (name: string, act: (link: Link) => Promise<void>): Verb => ({
  example: `flipside serial ${name} --port /dev/ttyUSB0`,
  define(command) {
    withPort(command);
  },
  run: (_, options) =>
    withLink(options, async (link) => {
      await act(link);
      return statusAnswer(link);
    }),
});

type Deed = 'status' | 'confirm' | 'revert' | 'reset';

export const serialBoard: Readonly<Record<Deed, Verb>> = {
  status: verbOf('status', async () => {}),
  confirm: verbOf('confirm', confirmAsk),
  revert: verbOf('revert', revertAsk),
  reset: verbOf('reset', resetAsk),
};
