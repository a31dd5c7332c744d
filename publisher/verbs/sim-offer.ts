import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Phase } from '../../agent/codes.ts';
import { activate, deliver, liveOf, offerOverLink, splitBundle } from '../../bootloader-sim/index.ts';
import type { Board, LinkOffered, Live, Update } from '../../bootloader-sim/index.ts';
import { cycleFeed, cycleRuns } from '../../bootloader-sim/cycle.ts';
import { POLL, pollNew } from '../../hal/http/latest.ts';
import { latestAsk } from '../../hal/node/http-latest.ts';
import { HttpError, update } from '../../hal/node/http.ts';
import { lines, thousands } from '../answer.ts';
import type { Answer, Row } from '../answer.ts';
import { concat } from '../bytes.ts';
import { Exit, PublishError } from '../errors.ts';
import { codeText, explain } from '../explain.ts';
import { readBytes } from '../files.ts';
import { meterOpen } from '../progress.ts';
import { LatestFile } from '../publish.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import { releaseRead } from '../release.ts';
import { boardOpen } from '../sim/board.ts';
import type { OpenedBoard } from '../sim/board.ts';
import { linkDefine, linkLines, linkName, linkOptions, linkRow } from '../sim/link.ts';
import { offerCoap } from '../sim/offer-coap.ts';
import { deviceKeyDefine, deviceKeyOption } from './encryption.ts';
import { choice, flag, optionalNumber } from './values.ts';
import type { Options } from './values.ts';
import type { Verb } from './verb.ts';

interface Delivered {
  readonly code: number;
  /** Bytes the agent took. */
  readonly bytesSent: number;
  /** Bytes that came over the network; what was sent where there is none. */
  readonly received: number;
  readonly requests: number;
  /** What a simulated link carried. */
  readonly link?: LinkOffered;
}

/** `slot`: the one that receives; images may depend on it. Whatever is no folder and no envelope alone is a bundle. */
const updateOf = (path: string, slot: number): Uint8Array | Update => {
  if (existsSync(path) && statSync(path).isDirectory()) {
    const release = releaseRead(path);
    const { patches } = release.view.manifest;
    return {
      envelope: release.envelope,
      payload: release.payloads[slot] ?? release.payloads[0] ?? new Uint8Array(0),
      patches: patches.map(({ uri }, number) => ({ uri: uri ?? '', payload: release.patches[number]! })),
    };
  }
  const bytes = readBytes(path, 'UPDATE');
  if (envelopeEnd(bytes) !== bytes.length) return bytes;
  const uri =
    envelopeRead(bytes, path).manifest.variants.find((one) => one.slot === undefined || one.slot === slot)
      ?.uri ?? '';
  const beside = join(dirname(path), uri);
  const found = /^[\w.-]+(\/[\w.-]+)*$/.test(uri) && existsSync(beside);
  return found ? concat([bytes, readBytes(beside, 'payload')]) : bytes;
};

const fromFile = (board: Board, live: Live, path: string, options: Options): Delivered => {
  const mode = choice(options, 'mode', ['range', 'stream'], 'range');
  const { code, bytesSent, rounds } = deliver(board, updateOf(path, 1 - live.decision.slot), {
    mode,
    chunk: optionalNumber(options, 'chunk') ?? 1024,
  });
  return { code, bytesSent, received: bytesSent, requests: rounds };
};

const fromLink = (board: Board, live: Live, path: string, options: Options, name: string): Delivered => {
  const given = updateOf(path, 1 - live.decision.slot);
  const link = offerOverLink(
    board,
    given instanceof Uint8Array ? splitBundle(given) : given,
    linkOptions(options, name),
  );
  const { code, bytesSent, bytes, datagrams } = link;
  return { code, bytesSent, received: bytes, requests: datagrams, link };
};

/** A folder of flipside publish is asked for its latest statement; anything else is the envelope itself. */
const envelopeUrlOf = async (url: string): Promise<string> => {
  if (!url.endsWith('/') && !url.endsWith(LatestFile)) return url;
  const latestUrl = new URL(url.endsWith('/') ? LatestFile : '', url).href;
  const answer = await latestAsk({ latestUrl, sequence: -1, poll: pollNew(POLL, Math.random) });
  if (answer.code < 0) throw new HttpError(`${latestUrl}: ${answer.why}`, answer.code, true);
  return answer.envelopeUrl;
};

const fromNetwork = async (board: Board, live: Live, url: string, options: Options): Promise<Delivered> => {
  const { agent, cycle, status } = live;
  if (!agent)
    throw new PublishError('no program runs on it', {
      field: 'BOARD',
      remedy: 'Look at flipside sim status',
    });
  const meter = meterOpen('offer');
  const alive = (bytesSent: number): boolean => {
    cycleFeed(board, cycle);
    if (cycleRuns(board, cycle) && agent.status(status) >= 0 && status.payloadSize > 0) {
      meter.progress(Math.min(bytesSent, status.payloadSize), status.payloadSize);
    }
    return cycleRuns(board, cycle);
  };
  try {
    if (url.startsWith('coap:')) return await offerCoap(agent, url, alive);
    const mode = choice(options, 'mode', ['range', 'stream'], 'range');
    const chunk = optionalNumber(options, 'chunk') ?? 1024;
    return await update(agent, { envelopeUrl: await envelopeUrlOf(url), mode, chunk, alive });
  } catch (error) {
    if (!(error instanceof HttpError) && !(error instanceof TypeError)) throw error;
    throw new PublishError(error.message, {
      file: url,
      field: 'UPDATE',
      remedy:
        'Check that the server runs; then offer it again: what is in flash already is not fetched again',
      exit: Exit.InputOutput,
    });
  } finally {
    meter.stop();
    board.keep();
  }
};

const airText = ({ received, requests, link }: Delivered): string =>
  `${thousands(received)} bytes in ${requests} ${link === undefined ? 'requests' : 'datagrams'}`;

const answerOf = (
  opened: OpenedBoard,
  live: Live,
  delivered: Delivered,
  activated: number | undefined,
  cut: boolean,
): Answer => {
  const { status } = live;
  const { erases, programs } = opened.counted;
  const failed = cut ? 0 : delivered.code < 0 ? delivered.code : (activated ?? 0);
  const row: Row = {
    code: delivered.code,
    name: failed < 0 ? (explain(failed)?.name ?? String(failed)) : cut ? 'PowerLost' : 'Ok',
    cut,
    activated: activated === undefined ? false : activated >= 0,
    activateCode: activated ?? null,
    phase: status.phase,
    offered: status.offered,
    bytesSent: delivered.bytesSent,
    received: delivered.received,
    requests: delivered.requests,
    blocks: status.blocks,
    blocksFetched: status.blocksFetched,
    blocksCopied: status.blocksCopied,
    blocksKept: status.blocksKept,
    erases,
    programs,
    ...(delivered.link === undefined ? {} : linkRow(delivered.link)),
  };
  const outcome = cut
    ? 'the power went; offer it again'
    : failed < 0
      ? `refused: ${codeText(failed)}. ${explain(failed)?.sentence ?? ''} ${explain(failed)?.advice ?? ''}`
      : activated === undefined
        ? 'staged'
        : 'staged and activated: the next boot tries it';
  const text = lines([
    ['outcome', outcome],
    ['over the air', airText(delivered)],
    ...(delivered.link === undefined ? [] : linkLines(delivered.link)),
    [
      'blocks',
      `${status.blocks}: ${status.blocksFetched} fetched, ${status.blocksCopied} copied from the running slot, ${status.blocksKept} in place already`,
    ],
    ['flash', `${erases} erases, ${programs} programs`],
  ]);
  return { rows: [row], text, exit: cut || failed < 0 ? Exit.Refused : Exit.Done };
};

export const simOffer: Verb = {
  example: 'flipside sim offer board http://127.0.0.1:8080/',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .argument(
        '<update>',
        'bundle, envelope or folder; or a URL (http, https, coap) of an envelope, or of the folder of flipside publish',
      )
      .option('--mode <name>', 'range fetches what is missing; stream takes the payload whole', 'range')
      .option('--chunk <bytes>', 'most bytes given to the agent at once', '1024')
      .option('--stage-only', 'does not activate it');
    linkDefine(command);
    deviceKeyDefine(command);
  },
  async run([folder, source], options) {
    const opened = boardOpen(folder as string, { deviceKey: deviceKeyOption(options) });
    const { board } = opened;
    try {
      const live = liveOf(board);
      const url = /^(https?|coap):\/\//.test(source as string);
      const link = linkName(options, url);
      const delivered =
        link !== undefined
          ? fromLink(board, live, source as string, options, link)
          : url
            ? await fromNetwork(board, live, source as string, options)
            : fromFile(board, live, source as string, options);
      let cut = !cycleRuns(board, live.cycle);
      if (!cut) live.agent?.status(live.status);
      const staged = !cut && delivered.code >= 0 && live.status.phase === Phase.Staged;
      const activated = staged && !flag(options, 'stage-only') ? activate(board) : undefined;
      cut ||= !board.flash.power.powered;
      return answerOf(opened, live, delivered, activated, cut);
    } finally {
      board.close();
    }
  },
};
