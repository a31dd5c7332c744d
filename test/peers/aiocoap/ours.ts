/** What our side does against aiocoap: gets a resource block by block, observes, serves. */
import { createHash } from 'node:crypto';
import { answerBytes } from '../../../hal/coap/answer.ts';
import { bodyAnswer, bodyEnd, bodyNew, bodyTake, Take } from '../../../hal/coap/body.ts';
import { blockNew, blockRead, blockSize, writeBlock } from '../../../hal/coap/block.ts';
import type { Incoming, Peer, Reply } from '../../../hal/coap/contract.ts';
import { echoKeep, echoNew, writeEcho } from '../../../hal/coap/echo.ts';
import type { Message } from '../../../hal/coap/message.ts';
import { optionFind, optionIs } from '../../../hal/coap/message.ts';
import { Code, Option } from '../../../hal/coap/numbers.ts';
import {
  Asked,
  observeAsked,
  observerNext,
  observerNotify,
  observersAdd,
  observersNew,
} from '../../../hal/coap/observers.ts';
import type { Observer } from '../../../hal/coap/observers.ts';
import { writePayload, writeText, writeUint } from '../../../hal/coap/writer.ts';
import type { Writer } from '../../../hal/coap/writer.ts';
import type { Place } from './socket.ts';

export const SIZE = 10_000;
/** 512 bytes. */
const SZX = 5;
/** What peer.py serves as well. */
export const FIRMWARE: Uint8Array = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const payloadOf = (message: Message): Uint8Array => message.bytes.slice(message.payload, message.end);

/** Of one request; a code below zero where there is no answer. */
const ask = (
  place: Place,
  peer: Peer,
  observe: boolean,
  write: (w: Writer) => void,
  take: (m: Message) => void,
) =>
  new Promise<void>((resolve, reject) => {
    const handle = place.endpoint.request(
      {
        peer,
        method: Code.Get,
        confirmable: true,
        observe,
        token: new Uint8Array(0),
        tokenLength: 0,
        write,
        answered: (message) => {
          try {
            take(message);
            resolve();
          } catch (error) {
            reject(error);
          }
        },
        failed: (code) => reject(new Error(`our request failed: ${code}`)),
      },
      place.now(),
    );
    if (handle < 0) reject(new Error(`our request was not sent: ${handle}`));
    place.pump();
  });

export interface Fetched {
  readonly bytes: Uint8Array;
  readonly blocks: number;
  readonly challenges: number;
}

/** A whole resource. */
export const fetchBlocks = async (place: Place, port: number): Promise<Fetched> => {
  const parts: Uint8Array[] = [];
  const [echo, block] = [echoNew(), blockNew()];
  let challenges = 0;
  for (let more = true; more;) {
    const write = (w: Writer): void => {
      writeText(w, Option.UriPath, 'fw');
      writeBlock(w, Option.Block2, parts.length, false, SZX);
      writeEcho(w, echo);
    };
    await ask(place, place.peer(port), false, write, (message) => {
      if (echoKeep(echo, message)) {
        challenges += 1;
        return;
      }
      if (message.code !== Code.Content) throw new Error(`code ${message.code >> 5}.${message.code & 31}`);
      blockRead(block, message, Option.Block2);
      if (block.number !== parts.length || block.szx !== SZX) throw new Error('another block');
      more = block.more;
      parts.push(payloadOf(message));
      if (more && parts.at(-1)!.length !== blockSize(SZX)) throw new Error('a block that is not full');
    });
  }
  return { bytes: Buffer.concat(parts), blocks: parts.length, challenges };
};

/** The first so many values of a resource that changes. */
export const observeValues = (place: Place, port: number, count: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const values: string[] = [];
    const write = (w: Writer): void => {
      writeUint(w, Option.Observe, 0);
      writeText(w, Option.UriPath, 'count');
    };
    ask(place, place.peer(port), true, write, (message) => {
      values.push(Buffer.from(payloadOf(message)).toString());
      if (values.length === count) resolve(values);
    }).catch(reject);
  });

export interface Served {
  requests: number;
  stored: Uint8Array;
}

/** Answers GET /fw, PUT /store and GET /count with observers. Given to an endpoint; `start` once that is there. */
export interface Serving {
  readonly served: Served;
  readonly serve: (incoming: Incoming, reply: Reply) => void;
  /** Changes /count, until what it returns is called. */
  start(place: Place): () => void;
}

export const serving = (): Serving => {
  const served: Served = { requests: 0, stored: new Uint8Array(0) };
  const body = bodyNew(2 * SIZE, SZX);
  const parts: Uint8Array[] = [];
  let value = 0;
  let observers: ReturnType<typeof observersNew> | undefined;
  const count = (): Uint8Array => Buffer.from(String(value));
  const store = (incoming: Incoming, reply: Reply): void => {
    const take = bodyTake(body, incoming, reply);
    if (take === Take.Refused) return;
    if (take === Take.Block) parts.push(payloadOf(incoming.message));
    if (body.last) {
      served.stored = Buffer.concat(parts);
      bodyAnswer(body, reply, Code.Changed);
      bodyEnd(body);
    } else bodyAnswer(body, reply, Code.Changed);
  };
  const serve = (incoming: Incoming, reply: Reply): void => {
    const { message } = incoming;
    served.requests += 1;
    const asks = (path: string): boolean =>
      optionFind(message.cursor, message, Option.UriPath) && optionIs(message.cursor, path);
    const content = { code: Code.Content, format: -1, observe: -1 };
    if (asks('fw')) answerBytes(incoming, reply, content, FIRMWARE, SIZE, SZX);
    else if (asks('store')) store(incoming, reply);
    else if (asks('count') && observeAsked(message) === Asked.Begin) {
      const observe = observerNext(observersAdd(observers!, incoming, 'count')!);
      answerBytes(incoming, reply, { ...content, observe }, count(), count().length, SZX);
    } else reply.code = Code.NotFound;
  };
  const start = (place: Place): (() => void) => {
    const write = (w: Writer, { sequence }: Observer): void => {
      writeUint(w, Option.Observe, sequence);
      writePayload(w, count(), 0, count().length);
    };
    observers = observersNew(place.endpoint, { write, lost: () => undefined }, 2);
    const timer = setInterval(() => {
      value += 1;
      for (const one of observers!.list) observerNotify(observers!, one, true, place.now());
      place.pump();
    }, 100);
    return () => clearInterval(timer);
  };
  return { served, serve, start };
};
