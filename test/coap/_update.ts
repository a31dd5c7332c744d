/** A board with a real agent, that takes an update over a simulated link. */
import { liveOf } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { cycleFeed } from '../../bootloader-sim/cycle.ts';
import type { LinkOptions } from '../../bootloader-sim/link/link.ts';
import { answerBytes } from '../../hal/coap/answer.ts';
import type { EndpointOptions, Incoming, Reply } from '../../hal/coap/contract.ts';
import type { Timing } from '../../hal/coap/estimate.ts';
import { optionFirst, optionNext } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { coapUpdateNew, coapUpdateStep } from '../../hal/coap/update.ts';
import type { CoapUpdate } from '../../hal/coap/update.ts';
import type { CoapUpdateOptions } from '../../hal/coap/update-options.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import { pairOf, shareOf } from './_rig.ts';
import type { Pair } from './_rig.ts';

export const placeOf = (uri: string): Place => {
  const place = placeNew();
  if (uriRead(place, uri) < 0) throw new Error(uri);
  return place;
};

/** Path and query of a request, as in a URI that needs no encoding. */
export const pathOf = ({ message }: Incoming): string => {
  const parts: string[] = [];
  const queries: string[] = [];
  const { cursor } = message;
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor)) {
    const text = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to)).toString();
    if (cursor.number === Option.UriPath) parts.push(text);
    if (cursor.number === Option.UriQuery) queries.push(text);
  }
  return `/${parts.join('/')}${queries.length > 0 ? `?${queries.join('&')}` : ''}`;
};

const tag = Uint8Array.of(1);

/** Serves bytes by their path. */
export const serveFiles =
  (files: Readonly<Record<string, Uint8Array>>, szx = 6) =>
  (incoming: Incoming, reply: Reply): void => {
    const bytes = files[pathOf(incoming)];
    reply.code = Code.NotFound;
    if (bytes === undefined) return;
    answerBytes(
      incoming,
      reply,
      { code: Code.Content, format: 42, observe: -1, tag },
      bytes,
      bytes.length,
      szx,
    );
  };

export interface Setup {
  readonly board: Board;
  readonly link?: Partial<LinkOptions>;
  readonly serve: (incoming: Incoming, reply: Reply) => void;
  readonly options?: Partial<CoapUpdateOptions>;
  readonly timing?: Partial<Timing>;
  readonly endpoint?: Partial<EndpointOptions>;
}

export interface Over {
  readonly update: CoapUpdate;
  readonly pair: Pair;
  /** Until it has ended; or so many milliseconds. */
  run(milliseconds?: number): number;
}

const STEPS = 50;

export const updateOver = ({ board, link, serve, options, timing, endpoint }: Setup): Over => {
  const { agent, cycle } = liveOf(board);
  if (agent === undefined) throw new Error('no program runs');
  const seed = link?.seed ?? 1;
  const pair = pairOf({ delay: 20, ...link, seed }, endpoint ?? {}, { serve }, { roundTrip: 60, ...timing });
  const update = coapUpdateNew(
    {
      agent,
      endpoint: pair.client,
      envelope: placeOf('coap://server/fw/update.suit'),
      connect: (_, found) => found(pair.serverPeer),
      blocks: { szx: 6, window: 4, held: 1, token: new Uint8Array(0) },
      random: shareOf(seed),
      ...options,
    },
    pair.serverPeer,
  );
  pair.beside = (now) => {
    cycleFeed(board, cycle);
    let next = coapUpdateStep(update, now);
    for (let steps = 0; next <= now && steps < STEPS; steps++) next = coapUpdateStep(update, now);
    return next;
  };
  return { update, pair, run: (milliseconds) => pair.run(() => update.ended, milliseconds) };
};
