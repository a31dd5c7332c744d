/** The driver over HTTP: fetches an envelope, gives it to the agent, then the ranges of the payload it still wants. */
import * as Err from '../../agent/err.ts';
import { driveByRange, driveByStream } from '../driver.ts';
import type { Delivery, DriveOptions, Receiver } from '../driver.ts';
import { payloadIsAnother } from '../http/content.ts';
import { HTTP_SCHEMES } from '../http/origin.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { authorityOf, placeNew, uriRead, uriResolve } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { timeoutOf } from '../links/defaults.ts';
import { HttpClient } from './http-client.ts';
import { HttpError } from './http-error.ts';
import type { HttpLimits } from './http-limits.ts';
import { RangeReader } from './http-range.ts';

export { HttpError } from './http-error.ts';
export type { HttpLimits } from './http-limits.ts';

/** As much of the agent as this driver holds. */
export interface HttpReceiver extends Receiver {
  uri(into: Uint8Array): number;
}

/** The same, each call by way of `held`, which answers in its place where the driver is to reach it no more. */
export const heldReceiver = (agent: HttpReceiver, held: (call: () => number) => number): HttpReceiver => ({
  offerBegin: (whole) => held(() => agent.offerBegin(whole)),
  push: (bytes, from, to) => held(() => agent.push(bytes, from, to)),
  poll: () => held(() => agent.poll()),
  wanted: (range) => held(() => agent.wanted(range)),
  uri: (into) => held(() => agent.uri(into)),
});

export interface HttpOptions extends HttpLimits, DriveOptions {
  readonly envelopeUrl: string | URL;
  /** Where the payload is, when not where the manifest says. */
  readonly payloadUrl?: string | URL;
  /** The place that the configuration names, where it is not the envelope's own: policy and credentials go by it. */
  readonly trusted?: string | URL;
  /**
   * Where that lies which the manifest names, for who was told where the files are; '' where nobody was. Default: as the
   * manifest says, relative to the envelope.
   */
  readonly beside?: (uri: string) => string;
  /** Default 'range': only what is not in flash already. 'stream' takes the payload whole, in one request. */
  readonly mode?: 'range' | 'stream';
}

export interface HttpDelivery extends Delivery {
  /** Bytes of body received, envelope and payload, those thrown away included. */
  readonly received: number;
  readonly requests: number;
}

const ENVELOPE_CAP = 4096;
const URI_CAP = 2048;
const TIMEOUT = 30_000;
/** More than the largest slot; a stream ends where the agent has enough, or where the server does. */
const WHOLE = 2 ** 40;

/** Throws HttpError. */
const placeOf = (url: string | URL): Place => {
  const place = placeNew();
  const code = uriRead(place, String(url));
  if (code < 0) throw new HttpError(`${url}: no URL of http or https`, code, true);
  return place;
};

/** A client for one place that the configuration names, and the policy that follows from it. Throws HttpError. */
export const clientOpen = (
  url: string | URL,
  limits: HttpLimits,
): { readonly client: HttpClient; readonly place: Place; readonly policy: OriginPolicy } => {
  const place = placeOf(url);
  const { link, ca, signal, addresses, hosts = [] } = limits;
  const timeout = limits.timeout ?? (link === undefined ? TIMEOUT : timeoutOf(link));
  return {
    client: new HttpClient({ timeout, ca, signal, addresses }),
    place,
    policy: { trusted: place, allowed: hosts, schemes: HTTP_SCHEMES },
  };
};

/** Runs one update to its end. Throws `HttpError` when the server cannot be read; what the agent says comes as code. */
export const update = async (agent: HttpReceiver, options: HttpOptions): Promise<HttpDelivery> => {
  const { client, place, policy } = clientOpen(options.trusted ?? options.envelopeUrl, options);
  try {
    const envelopePlace = options.trusted === undefined ? place : placeOf(options.envelopeUrl);
    const head = new RangeReader(client, envelopePlace, policy, options);
    const envelope = await readWhole(head, ENVELOPE_CAP);
    if (envelope === undefined)
      return outcome({ code: Err.EnvelopeTooLong, bytesSent: 0, rounds: 0 }, [head]);
    const stream = options.mode === 'stream';
    const course = (stream ? driveByStream : driveByRange)(agent, envelope, options);
    let payload: RangeReader | undefined;
    let step = course.next();
    while (step.done !== true) {
      payload ??= payloadOpen(agent, client, envelopePlace, policy, options);
      const { offset, length } = step.value;
      step = course.next(await payload.read(offset, stream ? WHOLE : length));
    }
    return outcome(step.value, [head, payload]);
  } finally {
    client.close();
  }
};

const outcome = (delivery: Delivery, readers: readonly (RangeReader | undefined)[]): HttpDelivery => {
  let received = 0;
  let requests = 0;
  let { code } = delivery;
  for (const reader of readers) {
    received += reader?.received ?? 0;
    requests += reader?.requests ?? 0;
    if (reader?.changed === true && payloadIsAnother(code)) code = Err.SourceChanged;
  }
  return { ...delivery, code, received, requests };
};

/** Where the payload is: what the configuration says, or what the signed manifest does. */
const payloadOpen = (
  agent: HttpReceiver,
  client: HttpClient,
  base: Place,
  policy: OriginPolicy,
  options: HttpOptions,
): RangeReader => {
  const { payloadUrl } = options;
  const uri = payloadUrl === undefined ? besideOf(manifestUri(agent), options) : String(payloadUrl);
  const place = placeNew();
  const code = uriResolve(place, base, uri);
  if (code < 0) {
    const whose = payloadUrl === undefined ? 'the manifest' : 'the configuration';
    const why = code === Err.SchemeRefused ? 'not over http or https' : 'no URI';
    throw new HttpError(`${whose} names a payload at "${uri}": ${why}`, code, true);
  }
  const named = payloadUrl !== undefined || options.manifestHost === true;
  const allowed = named ? [...policy.allowed, `${place.scheme}://${authorityOf(place)}`] : policy.allowed;
  return new RangeReader(client, place, { ...policy, allowed }, options);
};

const besideOf = (uri: string, { beside }: HttpOptions): string => {
  const found = beside === undefined ? uri : beside(uri);
  if (found !== '') return found;
  const why = 'which is not among the files that came with the envelope';
  throw new HttpError(`the manifest names a payload at "${uri}", ${why}`, Err.NothingToInstall, true);
};

const manifestUri = (agent: HttpReceiver): string => {
  const bytes = new Uint8Array(URI_CAP);
  const length = agent.uri(bytes);
  if (!(length > 0)) {
    throw new HttpError(`the manifest names no payload (code ${length})`, Err.NothingToInstall, true);
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
};

/** Nothing when it is over the cap; what is that long is not asked for to its end. */
export const readWhole = async (reader: RangeReader, cap: number): Promise<Uint8Array | undefined> => {
  const whole = new Uint8Array(cap + 1);
  let length = 0;
  try {
    while (length <= cap) {
      const bytes = await reader.read(length, whole.length - length);
      if (bytes.length === 0) return whole.slice(0, length);
      whole.set(bytes, length);
      length += bytes.length;
    }
    return undefined;
  } finally {
    reader.close();
  }
};
