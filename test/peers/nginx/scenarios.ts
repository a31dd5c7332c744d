/** What is tried with nginx: a real board's agent, served from what `flipside publish` lays out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { activate, run, start } from '../../../bootloader-sim/index.ts';
import type { Board } from '../../../bootloader-sim/index.ts';
import { POLL, pollNew } from '../../../hal/http/latest.ts';
import { latestAsk } from '../../../hal/node/http-latest.ts';
import { HttpError, update } from '../../../hal/node/http.ts';
import type { HttpDelivery, HttpLimits } from '../../../hal/node/http.ts';
import { publish, releaseRead } from '../../../publisher/index.ts';
import type { Latest } from '../../../publisher/publish.ts';
import { writeWhole } from '../../../publisher/files.ts';
import { factory, firmware, release } from '../../bootloader-sim/_real.ts';
import { check, same } from '../_peer.ts';
import { GATEWAY } from './gateway.ts';
import type { Nginx, ServerName } from './server.ts';

const LENGTH = 300_000;
const old = firmware(1, LENGTH);

export interface World {
  readonly nginx: Nginx;
  readonly files: string;
  readonly latest: Latest;
  readonly authority: string;
}

/** Packs release 2 of 300 KB into `folder`, and publishes it into `files`. */
export const published = (folder: string, files: string): Latest => {
  const packed = release(firmware(2, LENGTH), 2);
  const from = join(folder, 'packed');
  writeWhole(join(from, 'update.suit'), packed.envelope, 'nginx');
  writeWhole(join(from, 'payload.bin'), packed.payload, 'nginx');
  return publish({ release: releaseRead(from), to: files });
};

const boardNew = (): Board => factory(old, {}, 'nrf52840');

interface Tried {
  readonly code: number;
  readonly why: string;
  readonly delivery?: HttpDelivery;
}

const offer = async (
  board: Board,
  url: string,
  limits: HttpLimits & { readonly alive?: (bytes: number) => boolean } = {},
): Promise<Tried> => {
  try {
    const delivery = await update(start(board).agent!, { envelopeUrl: url, backOff: 50, ...limits });
    return { code: delivery.code, why: '', delivery };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { code: error.code, why: error.message };
  }
};

/** The board boots what was staged, and confirms it. */
const installed = ({ latest }: World, board: Board, tried: Tried): string => {
  same(tried.code, Ok, `the offer (${tried.why})`);
  same(activate(board), Ok, 'activate');
  const boot = run(board).history.at(-1)!;
  same([boot.decision.slot, boot.ended], [1, 'running'], 'the boot after it');
  const { received = 0, requests = 0 } = tried.delivery ?? {};
  const whole = latest.payloadSize + latest.envelopeSize;
  return `${received} bytes in ${requests} requests; envelope and payload are ${whole}`;
};

const stays = (board: Board): void =>
  same(run(board).history.at(-1)!.decision.slot, 0, 'the slot that runs after it');

const simple =
  (name: ServerName, limits: (world: World) => HttpLimits = () => ({}), path = '') =>
  async (world: World): Promise<string> => {
    const board = boardNew();
    const tried = await offer(
      board,
      `${world.nginx.url(name)}${path}${world.latest.envelope}`,
      limits(world),
    );
    return installed(world, board, tried);
  };

const refused =
  (name: ServerName, code: number, limits: HttpLimits = {}) =>
  async (world: World): Promise<string> => {
    const board = boardNew();
    let written = 0;
    start(board);
    board.flash.power.trace = () => void written++;
    const tried = await offer(board, `${world.nginx.url(name)}${world.latest.envelope}`, limits);
    same(tried.code, code, `the offer (${tried.why})`);
    same(written, 0, 'erases and programs');
    stays(board);
    return tried.why;
  };

const asked = async (world: World): Promise<string> => {
  const poll = pollNew(POLL, Math.random);
  const latestUrl = `${world.nginx.url('plain')}latest.json`;
  const first = await latestAsk({ latestUrl, sequence: 1, poll });
  same([first.code, first.newer, first.sequence], [Ok, true, 2], 'the first answer');
  const board = boardNew();
  const told = installed(world, board, await offer(board, first.envelopeUrl));
  const second = await latestAsk({ latestUrl, sequence: 2, poll });
  same([second.code, second.newer, second.sequence], [Ok, false, 2], 'the answer when it runs');
  check(poll.tag !== '', 'nginx gives a tag');
  const third = await latestAsk({ latestUrl, sequence: 2, poll });
  same([third.code, third.newer, third.sequence], [Ok, false, 0], 'the answer to its tag (304)');
  return told;
};

const killed = async (world: World): Promise<string> => {
  const { nginx, latest } = world;
  const board = boardNew();
  let dead: Promise<void> | undefined;
  let pauses = 0;
  const tried = await offer(board, `${nginx.url('steady')}${latest.envelope}`, {
    alive(bytes) {
      if (bytes > LENGTH / 3) dead ??= nginx.kill();
      return true;
    },
    async pause() {
      await dead;
      if (++pauses === 2) await nginx.start();
    },
  });
  check(dead !== undefined && pauses >= 2, `it was killed, and missed (${pauses} times)`);
  const told = installed(world, board, tried);
  const { received } = tried.delivery!;
  check(received < latest.payloadSize * 1.1, `it went on where it was: ${told}`);
  return `${told}; ${pauses} attempts failed`;
};

const trickled = async (world: World): Promise<string> => {
  const { nginx, latest } = world;
  const board = boardNew();
  const limits: HttpLimits = { rate: { bytes: 2000, window: 1000 }, retries: 1 };
  const tried = await offer(board, `${nginx.url('trickle')}${latest.envelope}`, limits);
  same(tried.code, Err.SourceSlow, `the offer (${tried.why})`);
  stays(board);
  installed(world, board, await offer(board, `${nginx.url('plain')}${latest.envelope}`));
  return tried.why;
};

/** Another file takes the place of the payload, as `mv` does it, when a third has come; then it is put right again. */
const replaced = async (world: World): Promise<string> => {
  const { nginx, latest, files } = world;
  const payload = join(files, latest.payload!);
  const good = readFileSync(payload);
  const board = boardNew();
  let again: Promise<void> | undefined;
  const tried = await offer(board, `${nginx.url('steady')}${latest.envelope}`, {
    alive(bytes) {
      if (bytes > LENGTH / 3 && again === undefined) {
        writeWhole(payload, release(firmware(3, LENGTH), 2).payload, 'nginx');
        // The answer that is under way is of the old file, to its end.
        again = nginx.kill().then(() => nginx.start());
        again.catch(() => undefined);
      }
      return true;
    },
    pause: () => again ?? Promise.resolve(),
  });
  writeFileSync(payload, good);
  check(again !== undefined, 'it was replaced');
  await again;
  same(tried.code, Err.SourceChanged, `the offer (${tried.why})`);
  stays(board);
  return installed(world, board, await offer(board, `${nginx.url('plain')}${latest.envelope}`));
};

export const SCENARIOS: readonly (readonly [string, (world: World) => Promise<string>])[] = [
  ['latest.json with its tag, then the whole update by range', asked],
  ['the whole update over TLS', simple('https', ({ authority }) => ({ ca: authority }))],
  ['TLS without its authority is refused', refused('https', Err.SourceUntrusted)],
  ['killed in the middle and started again: goes on by Range', killed],
  ['limit_rate 100: given up as too slow, and taken where there is no limit', trickled],
  ['gzip on', simple('gzip')],
  ['max_ranges 0: Range ignored', simple('noRange')],
  ['a redirect on the same host', simple('moved', () => ({}), 'old/')],
  ['a redirect to another host is refused', refused('elsewhere', Err.OriginRefused)],
  [
    'a redirect from http to an https that is allowed',
    simple('secure', ({ nginx, authority }) => ({ ca: authority, hosts: [nginx.url('https').slice(0, -1)] })),
  ],
  ['replaced in the middle: named, and taken when it is right again', replaced],
  ...GATEWAY,
];
