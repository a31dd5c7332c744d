import { setTimeout as pause } from 'node:timers/promises';
import { Phase } from '../../agent/codes.ts';
import { lines, thousands } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { Exit } from '../errors.ts';
import { codeText } from '../explain.ts';
import { readBytes } from '../files.ts';
import { meterOpen } from '../progress.ts';
import { activateAsk, resetAsk, statusAsk } from '../serial/board.ts';
import type { BoardStatus } from '../serial/board.ts';
import type { Link } from '../serial/link.ts';
import { upload } from '../serial/upload.ts';
import type { Sent } from '../serial/upload.ts';
import { statusRow, withLink, withPort } from './serial-link.ts';
import { flag, optionalNumber } from './values.ts';
import type { Verb } from './verb.ts';

const ASK_AGAIN_MILLISECONDS = 500;

/** Waits for the trial's end, for so many seconds. */
const trialEnd = async (link: Link, offered: number, seconds: number): Promise<BoardStatus> => {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const status = await statusAsk(link);
    const waiting = status.phase === Phase.Activated;
    const trial = status.sequence === offered && status.trial === 1;
    if ((!waiting && !trial) || Date.now() >= until) return status;
    // The word to restart got lost.
    if (waiting) await resetAsk(link);
    await pause(ASK_AGAIN_MILLISECONDS);
  }
};

type Outcome = 'staged' | 'activated' | 'confirmed' | 'on trial' | 'reverted';

const outcomeOf = (status: BoardStatus, offered: number): Outcome => {
  if (status.sequence !== offered) return 'reverted';
  return status.trial === 1 ? 'on trial' : 'confirmed';
};

const answerOf = (link: Link, sent: Sent, status: BoardStatus, outcome: Outcome, size: number): Answer => {
  const why = outcome === 'reverted' && status.why < 0 ? `: ${codeText(status.why)}` : '';
  const row = {
    ...statusRow(status),
    outcome,
    bundle: size,
    sent: sent.sent,
    saved: sent.saved,
    chunks: sent.chunks,
    waits: sent.waits,
    lineSent: link.sent,
    lineReceived: link.received,
    repeats: link.repeats,
    reopened: link.reopened,
  };
  const text = lines([
    ['outcome', `${outcome}${why}`],
    ['runs', `sequence ${status.sequence}`],
    ['bundle', `${thousands(size)} bytes: ${thousands(sent.sent)} sent, ${thousands(sent.saved)} saved`],
    ['over the line', `${thousands(link.sent)} bytes there, ${thousands(link.received)} back`],
    ['asked again', `${link.repeats} times; the line was opened anew ${link.reopened} times`],
  ]);
  return { rows: [row], text, exit: outcome === 'reverted' ? Exit.Refused : Exit.Done };
};

export const serialInstall: Verb = {
  example: 'flipside serial install out/update.bundle --port /dev/ttyUSB0',
  define(command) {
    withPort(command)
      .argument('<bundle>', 'bundle; or the envelope, with the payload behind it')
      .argument('[payload]', 'the payload of an envelope')
      .option('--stage-only', 'does not activate it')
      .option('--no-wait', 'does not wait for the end of the trial')
      .option('--trial <seconds>', 'waits so long for it', '120');
  },
  run([bundleFile, payloadFile], options) {
    const parts = [readBytes(bundleFile as string, 'BUNDLE')];
    if (payloadFile !== undefined) parts.push(readBytes(payloadFile, 'PAYLOAD'));
    const bundle = new Uint8Array(Buffer.concat(parts));
    return withLink(options, async (link) => {
      const meter = meterOpen('install');
      let sent: Sent;
      try {
        sent = await upload(link, bundle, meter.progress);
      } finally {
        meter.stop();
      }
      const staged = await statusAsk(link);
      if (flag(options, 'stage-only')) return answerOf(link, sent, staged, 'staged', bundle.length);
      await activateAsk(link);
      await resetAsk(link);
      if (options['wait'] === false) return answerOf(link, sent, staged, 'activated', bundle.length);
      const status = await trialEnd(link, staged.offered, optionalNumber(options, 'trial') ?? 120);
      return answerOf(link, sent, status, outcomeOf(status, staged.offered), bundle.length);
    });
  },
};
