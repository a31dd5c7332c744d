import { Reset } from '../../agent/codes.ts';
import { run as runBoard } from '../../bootloader-sim/index.ts';
import type { BootRecord } from '../../bootloader-sim/index.ts';
import { nameOf } from '../answer.ts';
import type { Row } from '../answer.ts';
import { Exit } from '../errors.ts';
import { codeText } from '../explain.ts';
import { boardOpen } from '../sim/board.ts';
import { behavioursAdd, settingsLoad, settingsSave } from '../sim/settings.ts';
import { optionalNumber, several, texts } from './values.ts';
import type { Verb } from './verb.ts';

const slotText = (slot: number): string => (slot === 0 ? 'A' : slot === 1 ? 'B' : 'none');

const rowOf = (record: BootRecord): Row => ({
  boot: record.number,
  cause: nameOf(Reset, record.cause),
  slot: slotText(record.decision.slot),
  trial: Boolean(record.decision.trial),
  attempt: record.decision.attempt,
  code: record.code,
  event: record.decision.event,
  eventCode: record.decision.code,
  sequence: record.decision.sequence,
  securityVersion: record.decision.securityVersion,
  ticks: record.ticks,
  ended: record.ended,
  log: record.events.map((line) => line.text),
});

const textOf = (record: BootRecord): string => {
  const { decision } = record;
  const trial = decision.trial ? `, on trial, attempt ${decision.attempt}` : '';
  const why = decision.code < 0 ? `, because ${codeText(decision.code)}` : '';
  const head = `boot ${record.number}  after ${nameOf(Reset, record.cause)}: `;
  const body =
    record.code < 0
      ? `nothing to boot, ${codeText(record.code)}`
      : `slot ${slotText(decision.slot)}, sequence ${decision.sequence}${trial}${why}`;
  const log = record.events.map((line) => `    ${line.text}`);
  return [`${head}${body}; ${record.ended} after ${record.ticks} ticks`, ...log].join('\n');
};

export const simBoot: Verb = {
  example: 'flipside sim boot board',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .option('--boots <n>', 'so many boots, whatever comes of them')
      .option('--ticks <n>', 'most ticks in one boot', '1000');
    several(command, '--behaviour <what>', 'from now on: kind, or image=kind (see flipside sim create)');
  },
  run([given], options) {
    const folder = given as string;
    const behaviours = texts(options, 'behaviour');
    if (behaviours.length > 0) settingsSave(folder, behavioursAdd(settingsLoad(folder), behaviours));
    const { board, counted } = boardOpen(folder);
    try {
      const until = optionalNumber(options, 'boots') ?? 'settled';
      const { history, done } = runBoard(board, { until, ticks: optionalNumber(options, 'ticks') ?? 1000 });
      const flash = `flash: ${counted.erases} erases, ${counted.programs} programs`;
      const end = done ? '' : '\nit did not settle';
      const last = history.at(-1);
      // Where the board is left running it is switched off in good order: the next boot is after a loss of power.
      return {
        rows: [...history.map(rowOf), { erases: counted.erases, programs: counted.programs, settled: done }],
        text: `${history.map(textOf).join('\n')}\n${flash}${end}`,
        exit: done && (last?.code ?? -1) >= 0 ? Exit.Done : Exit.Refused,
      };
    } finally {
      board.close();
    }
  },
};
