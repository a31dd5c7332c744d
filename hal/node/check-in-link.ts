/** The links over which a device checks in: CoAP and HTTP, as one. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { ORDERS_MAX } from '../check-in/numbers.ts';
import { placeNew, schemeOf, uriRead } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { update as coapUpdate } from './coap.ts';
import type { CoapOptions } from './coap.ts';
import type { CoapReceiver } from '../coap/update-options.ts';
import { coapPost, coapRead } from './coap-small.ts';
import type { CoapSmall, CoapSmallOptions } from './coap-small.ts';
import { clientOpen, readWhole, update as httpUpdate } from './http.ts';
import type { HttpOptions } from './http.ts';
import { bodyRead } from './http-client.ts';
import { HttpError } from './http-error.ts';
import { RangeReader } from './http-range.ts';

export interface CheckInLinkOptions {
  /** Of the gateway: coap, coaps, http or https. */
  readonly url: string | URL;
  /** Of HTTP: the device's own token. */
  readonly token?: string | undefined;
  /** Of CoAP: OSCORE, a secure channel, blocks, timing; as of the driver (hal/node/coap.ts). */
  readonly coap?: Omit<CoapOptions, 'envelopeUrl' | 'payloadUrl'> | undefined;
  /** Of HTTP: certificates, time-outs; as of the driver (hal/node/http.ts). */
  readonly http?: Omit<HttpOptions, 'envelopeUrl' | 'payloadUrl' | 'authorization'> | undefined;
}

export interface CheckInLink {
  readonly place: Place;
  /** The gateway proves by the link that it is the one. */
  readonly authenticated: boolean;
  post(place: Place, body: Uint8Array): Promise<CoapSmall>;
  read(place: Place, most: number): Promise<CoapSmall>;
  update(agent: CoapReceiver, envelopeUrl: string): Promise<{ code: number; bytesSent: number }>;
}

/** Milliseconds for a check-in over HTTP, from the connection to its last byte. */
const PATIENCE = 30_000;
const NOTHING = new Uint8Array(0);

/**
 * A payload that the manifest names by a whole URI lies beside the envelope at the gateway, under its last name: the device
 * is behind it, and goes nowhere else.
 */
const beside = (agent: CoapReceiver): CoapReceiver => ({
  offerBegin: (whole) => agent.offerBegin(whole),
  push: (bytes, from, to) => agent.push(bytes, from, to),
  poll: () => agent.poll(),
  wanted: (range) => agent.wanted(range),
  uri: (into) => {
    const length = agent.uri(into);
    if (!(length > 0)) return length;
    const text = new TextDecoder().decode(into.subarray(0, length));
    const name = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^?#]*\/([^/?#]+)/.exec(text)?.[1];
    return name === undefined ? length : new TextEncoder().encodeInto(name, into).written;
  },
});

const overCoap = (place: Place, options: CheckInLinkOptions): CheckInLink => {
  const { coap = {} } = options;
  const { protection, secure, open, timing, signal, blocks } = coap;
  const small: CoapSmallOptions = { protection, secure, open, timing, signal, szx: blocks?.szx };
  return {
    place,
    authenticated: protection !== undefined || schemeOf(place.scheme)!.secure,
    post: (at, body) => coapPost(at, body, ORDERS_MAX, small),
    read: (at, most) => coapRead(at, most, small),
    update: (agent, envelopeUrl) => coapUpdate(beside(agent), { ...coap, envelopeUrl }),
  };
};

const guarded = async <T>(work: () => Promise<T>, failed: (code: number) => T): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpError) return failed(error.code);
    throw error;
  }
};

const failedWith = (code: number): CoapSmall => ({ code, refusal: 0, bytes: NOTHING });

const overHttp = (place: Place, options: CheckInLinkOptions): CheckInLink => {
  const { http = {}, token } = options;
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `TargetToken ${token}` };
  const limits = { ...http, ...authorization };
  return {
    place,
    authenticated: schemeOf(place.scheme)!.secure,
    post: (at, body) =>
      guarded(async () => {
        const late = AbortSignal.timeout(http.timeout ?? PATIENCE);
        const signal = http.signal === undefined ? late : AbortSignal.any([late, http.signal]);
        const { client } = clientOpen(String(options.url), { ...limits, signal });
        try {
          const headers = { 'content-type': 'application/cbor', ...authorization };
          const answer = await client.send('POST', at, headers, body);
          const { status } = answer;
          const code = status >= 500 ? Err.SourceBusy : Err.SourceRefused;
          if (status !== 200) return { code, refusal: status, bytes: NOTHING };
          const bytes = await bodyRead(answer, ORDERS_MAX);
          return bytes === undefined ? failedWith(Err.SourceMalformed) : { code: Ok, refusal: 0, bytes };
        } finally {
          client.close();
        }
      }, failedWith),
    read: (at, most) =>
      guarded(async () => {
        const { client, policy } = clientOpen(String(options.url), limits);
        try {
          const bytes = await readWhole(new RangeReader(client, at, policy, limits), most);
          return bytes === undefined ? failedWith(Err.SourceMalformed) : { code: Ok, refusal: 0, bytes };
        } finally {
          client.close();
        }
      }, failedWith),
    update: (agent, envelopeUrl) =>
      guarded(
        () => httpUpdate(beside(agent), { ...limits, envelopeUrl }),
        (code) => ({ code, bytesSent: 0 }),
      ),
  };
};

/** Throws RangeError where the URL is none of these. */
export const checkInLink = (options: CheckInLinkOptions): CheckInLink => {
  const place = placeNew();
  if (uriRead(place, String(options.url)) < 0) throw new RangeError(`check-in: no URL: ${options.url}`);
  const coap = place.scheme === 'coap' || place.scheme === 'coaps';
  return coap ? overCoap(place, options) : overHttp(place, options);
};
