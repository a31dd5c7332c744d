/** The one request at a time that the client makes of its own: register, update, de-register, bootstrap. */
import { bytesCopy } from '../../../agent/bytes.ts';
import type { Endpoint, Peer, Request } from '../../coap/contract.ts';
import { optionFind } from '../../coap/message.ts';
import type { Message } from '../../coap/message.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { writeOption } from '../../coap/writer.ts';
import type { Writer } from '../../coap/writer.ts';

export interface Talk {
  method: number;
  readonly request: Request;
  endpoint: Endpoint | undefined;
  /** What the server wants to see again before it believes that the request is fresh (RFC 9175); of length 0: nothing. */
  readonly echo: Uint8Array;
  echoLength: number;
  /** Handle of the exchange under way; -1: none. */
  handle: number;
  write: (w: Writer) => void;
  answered: (message: Message, now: number) => void;
  failed: (code: number, now: number) => void;
}

/** Longest value of Echo (RFC 9175 section 2.2.1). */
const ECHO_MAX = 40;

/** Location of the registration: as many segments as a server is likely to have, /rd/x as a rule. */
export const LOCATION_MAX = 64;

interface TalkRequest {
  peer: Peer;
  method: number;
  readonly confirmable: boolean;
  readonly observe: boolean;
  readonly token: Uint8Array;
  readonly tokenLength: number;
  write(w: Writer): void;
  answered(message: Message, now: number): void;
  failed(code: number, now: number): void;
}

export function talkNew(): Talk {
  const request: TalkRequest = {
    // Replaced before it is used.
    peer: undefined as unknown as Peer,
    method: 0,
    confirmable: true,
    observe: false,
    token: new Uint8Array(0),
    tokenLength: 0,
    write: (w) => talk.write(w),
    answered: (message, now) => {
      talk.handle = -1;
      if (!challenged(talk, message, now)) talk.answered(message, now);
    },
    failed: (code, now) => {
      talk.handle = -1;
      talk.failed(code, now);
    },
  };
  const talk: Talk = {
    method: 0,
    request: request,
    endpoint: undefined,
    echo: new Uint8Array(ECHO_MAX),
    echoLength: 0,
    handle: -1,
    write: () => {},
    answered: () => {},
    failed: () => {},
  };
  return talk;
}

/** The server asks whether the request is fresh: sent again with its challenge, once. False: it is an answer. */
function challenged(talk: Talk, message: Message, now: number): boolean {
  const endpoint = talk.endpoint;
  const cursor = message.cursor;
  if (message.code !== Code.Unauthorized || talk.echoLength > 0 || endpoint === undefined) return false;
  if (!optionFind(cursor, message, Option.Echo)) return false;
  const length = cursor.to - cursor.from;
  if (!(length >= 1 && length <= ECHO_MAX)) return false;
  bytesCopy(cursor.bytes, cursor.from, talk.echo, 0, length);
  talk.echoLength = length;
  const handle = endpoint.request(talk.request, now);
  if (handle >= 0) talk.handle = handle;
  return handle >= 0;
}

/** To be written behind the queries of a request, and before its payload. */
export function talkEcho(talk: Talk, w: Writer): void {
  if (talk.echoLength > 0) writeOption(w, Option.Echo, talk.echo, 0, talk.echoLength);
}

/** Sends it; what was under way is forgotten. `Ok` or more, or a code: it did not go out. */
export function talkBegin(talk: Talk, endpoint: Endpoint, peer: Peer, method: number, now: number): number {
  talkEnd(talk, endpoint);
  const request = talk.request as TalkRequest;
  request.peer = peer;
  request.method = method;
  talk.endpoint = endpoint;
  talk.echoLength = 0;
  const handle = endpoint.request(request, now);
  if (handle >= 0) talk.handle = handle;
  return handle;
}

export function talkEnd(talk: Talk, endpoint: Endpoint): void {
  if (talk.handle >= 0) endpoint.cancel(talk.handle);
  talk.handle = -1;
}
