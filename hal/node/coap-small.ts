/** Small things over CoAP, whole: a resource that is read, a body that is posted and what is answered to it. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Endpoint, Peer, Protection } from '../coap/contract.ts';
import { downloadNew, downloadRead, DownloadState } from '../coap/download.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import { estimateNew, TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { Code, Format, Option } from '../coap/numbers.ts';
import { writeHost, writePath } from '../coap/path.ts';
import { uploadNew, uploadSend } from '../coap/upload.ts';
import { writeUint } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import { schemeOf } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { ChannelEvents } from './coap.ts';
import { monotonic, secureRandom, udpConnect } from './udp.ts';
import type { DatagramLink, DatagramOpen } from './udp.ts';

export interface CoapSmall {
  /** `Ok`, or why there is nothing. */
  readonly code: number;
  /** Of the server, where it refused: class << 5 | detail; else 0. */
  readonly refusal: number;
  readonly bytes: Uint8Array;
}

export interface CoapSmallOptions {
  readonly timing?: Timing | undefined;
  /** Largest blocks, 0..6 for 16..1024 bytes. Default 6. */
  readonly szx?: number | undefined;
  readonly protection?: Protection | undefined;
  /** Opens a secure channel (DTLS) to a place of coaps. */
  readonly secure?: ((host: string, port: number, events: ChannelEvents) => DatagramLink) | undefined;
  /** Opens the way for datagrams to a place of coap. Default: a socket of UDP. */
  readonly open?: DatagramOpen | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A block of 1024 bytes with header, path, Echo, and what protection adds. */
const OUTGOING = 1280;
const NOTHING = new Uint8Array(0);
const TAG = 4;

const refused = (code: number, refusal = 0): CoapSmall => ({ code, refusal, bytes: NOTHING });

/** What is looked at behind each datagram and each time-out: the end, once it has come. */
type Ended = () => CoapSmall | undefined;

/** Calls `begin` when there is a way to the place, and ends when what it gives does, or the way. */
const converse = async (
  place: Place,
  options: CoapSmallOptions,
  begin: (endpoint: Endpoint, peer: Peer) => Ended,
): Promise<CoapSmall> => {
  const { protection, secure, signal, open = udpConnect } = options;
  const known = place.scheme === 'coap' || (place.scheme === 'coaps' && secure !== undefined);
  if (!known) return refused(Err.SchemeRefused);
  const peer = { estimate: estimateNew(options.timing ?? TIMING) };
  let link: DatagramLink | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wake = (): void => undefined;
  let abort = (): void => undefined;
  const endpoint = openEndpoint({
    transmit: (_, bytes, length) => link?.send(bytes, length),
    random: secureRandom(),
    outgoing: [OUTGOING],
    ...(protection === undefined ? {} : { protection, replySize: OUTGOING }),
  });
  const receive = (bytes: Uint8Array, from: number, to: number): void => {
    endpoint.receive(peer, bytes, from, to, monotonic());
    wake();
  };
  const result = await new Promise<CoapSmall>((resolve) => {
    let ended: Ended = () => undefined;
    let over = false;
    const settle = (small: CoapSmall): void => {
      over = true;
      resolve(small);
    };
    wake = () => {
      clearTimeout(timer);
      if (over) return;
      const now = monotonic();
      const next = endpoint.tick(now);
      const small = ended();
      if (small !== undefined) settle(small);
      else if (next !== Infinity) timer = setTimeout(wake, Math.max(0, Math.ceil(next - now)));
    };
    const opened = (): void => {
      ended = begin(endpoint, peer);
      wake();
    };
    abort = () => settle(refused(Err.Cancelled));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) return abort();
    if (schemeOf(place.scheme)?.secure) {
      const closed = (): void => settle(refused(Err.ChannelFailed));
      link = secure!(place.host, place.port, { opened, received: receive, closed });
    } else
      open(place.host, place.port, (bytes) => receive(bytes, 0, bytes.length)).then(
        (connected) => {
          link = connected;
          // Nobody is left who would close it.
          if (over) connected.close();
          else opened();
        },
        () => settle(refused(Err.SourceLost)),
      );
  });
  clearTimeout(timer);
  // A signal may outlive many of these.
  signal?.removeEventListener('abort', abort);
  link?.close();
  return result;
};

const nameOf =
  (place: Place) =>
  (w: Writer): void => {
    writeHost(w, place.host);
    writePath(w, place.path);
  };

/** Reads at most `most` bytes of a resource; longer ones are `CoapTooLong`. */
export const coapRead = (place: Place, most: number, options: CoapSmallOptions = {}): Promise<CoapSmall> =>
  converse(place, options, (endpoint, peer) => {
    const bytes = new Uint8Array(most);
    const download = downloadNew(
      {
        endpoint,
        name: nameOf(place),
        take: (from, at, to, offset) => {
          if (!(offset + to - at <= most)) return Err.CoapTooLong;
          bytes.set(from.subarray(at, to), offset);
          return to - at;
        },
        szx: options.szx ?? 6,
        window: 1,
        held: 1,
        strict: true,
        token: NOTHING,
      },
      peer,
    );
    downloadRead(download, 0, Infinity, monotonic());
    return () => {
      const { state, code, refusal, next } = download;
      if (state !== DownloadState.Ended) return undefined;
      return code < 0 ? refused(code, refusal) : { code, refusal, bytes: bytes.slice(0, next) };
    };
  });

/** Posts a body of CBOR to a path without a query; at most `most` bytes of an answer in one message are taken. */
export const coapPost = (
  place: Place,
  body: Uint8Array,
  most: number,
  options: CoapSmallOptions = {},
): Promise<CoapSmall> =>
  converse(place, options, (endpoint, peer) => {
    let end: CoapSmall | undefined;
    const random = secureRandom();
    const upload = uploadNew({
      endpoint,
      peer,
      method: Code.Post,
      name: (w) => {
        nameOf(place)(w);
        writeUint(w, Option.ContentFormat, Format.Cbor);
      },
      szx: options.szx ?? 6,
      tag: Uint8Array.from({ length: TAG }, () => Math.floor(random() * 256)),
      done: ({ bytes, payload, end: to }) => {
        const fits = to - payload <= most;
        end = fits ? { code: Ok, refusal: 0, bytes: bytes.slice(payload, to) } : refused(Err.CoapTooLong);
      },
      failed: (code) => (end = refused(code, upload.refusal)),
    });
    const code = uploadSend(upload, body, body.length, monotonic());
    if (code < 0) end = refused(code);
    return () => end;
  });
