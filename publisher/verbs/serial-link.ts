/** What every verb of a serial line has: where the line is, and how long to wait on it. */
import type { Command } from 'commander';
import { Phase } from '../../agent/codes.ts';
import { codeText } from '../explain.ts';
import { Link } from '../serial/link.ts';
import { portOpen } from '../serial/port.ts';
import type { BoardStatus } from '../serial/board.ts';
import { nameOf } from '../answer.ts';
import type { Row } from '../answer.ts';
import { optionalNumber, text } from './values.ts';
import type { Options } from './values.ts';

export const withPort = (command: Command): Command =>
  command
    .option('--port <where>', 'serial device, tcp:HOST:PORT, or unix:PATH')
    .option('--baud <n>', 'speed of a serial device', '115200')
    .option('--timeout <ms>', 'without an answer for so long, asks again', '2500')
    .option('--patience <seconds>', 'without an answer for so long, gives up', '60');

export const withLink = async <T>(options: Options, run: (link: Link) => Promise<T>): Promise<T> => {
  const port = text(options, 'port', 'Give a serial device, tcp:HOST:PORT or unix:PATH');
  const baud = optionalNumber(options, 'baud') ?? 115_200;
  const link = new Link({
    open: () => portOpen(port, baud),
    timeout: optionalNumber(options, 'timeout'),
    patience: (optionalNumber(options, 'patience') ?? 60) * 1000,
  });
  try {
    return await run(link);
  } finally {
    link.close();
  }
};

export const statusRow = (status: BoardStatus): Row => ({
  running: status.running === 0 ? 'A' : 'B',
  sequence: status.sequence,
  trial: status.trial === 1,
  attempt: status.attempt,
  accepted: status.accepted,
  floor: status.floor,
  phase: nameOf(Phase, status.phase),
  code: status.code,
  offered: status.offered,
  blocks: status.blocks,
  blocksFetched: status.fetched,
  blocksCopied: status.copied,
  blocksKept: status.kept,
  event: status.event,
  why: status.why === 0 ? null : codeText(status.why),
  from: status.from,
  to: status.to,
  check: status.check,
});
