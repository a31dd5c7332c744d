/** The one request at a time that the client makes of its own: register, update, de-register, bootstrap. */
import type { Endpoint, Peer, Request } from '../../coap/contract.ts';
import type { Message } from '../../coap/message.ts';
import type { Writer } from '../../coap/writer.ts';

export interface Talk {
  method: number;
  readonly request: Request;
  peer: Peer | undefined;
  /** Handle of the exchange under way; -1: none. */
  handle: number;
  write: (w: Writer) => void;
  answered: (message: Message, now: number) => void;
  failed: (code: number, now: number) => void;
}

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
      talk.answered(message, now);
    },
    failed: (code, now) => {
      talk.handle = -1;
      talk.failed(code, now);
    },
  };
  const talk: Talk = {
    method: 0,
    request: request,
    peer: undefined,
    handle: -1,
    write: () => {},
    answered: () => {},
    failed: () => {},
  };
  return talk;
}

/** Sends it; what was under way is forgotten. `Ok` or more, or a code: it did not go out. */
export function talkBegin(talk: Talk, endpoint: Endpoint, peer: Peer, method: number, now: number): number {
  talkEnd(talk, endpoint);
  const request = talk.request as TalkRequest;
  request.peer = peer;
  request.method = method;
  const handle = endpoint.request(request, now);
  if (handle >= 0) talk.handle = handle;
  return handle;
}

export function talkEnd(talk: Talk, endpoint: Endpoint): void {
  if (talk.handle >= 0) endpoint.cancel(talk.handle);
  talk.handle = -1;
}
