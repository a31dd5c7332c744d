/** The driver over HTTP: fetches an envelope, gives it to the agent, then the ranges of the payload it still wants. */
import * as Err from '../../agent/err.ts';
import { driveByRange, driveByStream } from '../driver.ts';
import type { Delivery, DriveOptions, Receiver } from '../driver.ts';
import { HttpError, RangeReader } from './http-range.ts';
import type { HttpLimits } from './http-range.ts';

export { HttpError } from './http-range.ts';
export type { HttpLimits } from './http-range.ts';

/** As much of the agent as this driver holds. */
export interface HttpReceiver extends Receiver {
  uri(into: Uint8Array): number;
}

export interface HttpOptions extends HttpLimits, DriveOptions {
  readonly envelopeUrl: string | URL;
  /** Where the payload is, when not where the manifest says. */
  readonly payloadUrl?: string | URL;
  /** Default 'range': only what is not in flash already. 'stream' takes the payload whole, in one request. */
  readonly mode?: 'range' | 'stream';
}

export interface HttpDelivery extends Delivery {
  /** Bytes of body received, envelope and payload, those thrown away included. */
  readonly received: number;
  readonly requests: number;
}

const ENVELOPE_CAP = 4096;
const URI_CAP = 1024;
/** More than the largest slot; a stream ends where the agent has enough, or where the server does. */
const WHOLE = 2 ** 40;

/** Runs one update to its end. Throws `HttpError` when the server cannot be read; what the agent says comes as code. */
export const update = async (agent: HttpReceiver, options: HttpOptions): Promise<HttpDelivery> => {
  const envelopeUrl = new URL(options.envelopeUrl);
  const head = new RangeReader(envelopeUrl, envelopeUrl, options);
  const envelope = await readEnvelope(head);
  if (envelope === undefined) return outcome({ code: Err.EnvelopeTooLong, bytesSent: 0, rounds: 0 }, [head]);
  const stream = options.mode === 'stream';
  const course = (stream ? driveByStream : driveByRange)(agent, envelope, options);
  let payload: RangeReader | undefined;
  try {
    let step = course.next();
    while (step.done !== true) {
      payload ??= new RangeReader(payloadUrl(agent, envelopeUrl, options), envelopeUrl, options);
      const { offset, length } = step.value;
      step = course.next(await payload.read(offset, stream ? WHOLE : length));
    }
    return outcome(step.value, [head, payload]);
  } finally {
    await payload?.close();
  }
};

const outcome = (delivery: Delivery, readers: readonly (RangeReader | undefined)[]): HttpDelivery => {
  let received = 0;
  let requests = 0;
  for (const reader of readers) {
    received += reader?.received ?? 0;
    requests += reader?.requests ?? 0;
  }
  return { ...delivery, received, requests };
};

const payloadUrl = (agent: HttpReceiver, base: URL, options: HttpOptions): URL => {
  if (options.payloadUrl !== undefined) return new URL(options.payloadUrl, base);
  const bytes = new Uint8Array(URI_CAP);
  const length = agent.uri(bytes);
  if (!(length > 0)) throw new HttpError(`the manifest names no payload (code ${length})`, true);
  return new URL(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)), base);
};

/** Nothing when it is over the cap; an envelope that long is not asked for to its end. */
const readEnvelope = async (reader: RangeReader): Promise<Uint8Array | undefined> => {
  const envelope = new Uint8Array(ENVELOPE_CAP + 1);
  let length = 0;
  try {
    while (length <= ENVELOPE_CAP) {
      const bytes = await reader.read(length, envelope.length - length);
      if (bytes.length === 0) return envelope.slice(0, length);
      envelope.set(bytes, length);
      length += bytes.length;
    }
    return undefined;
  } finally {
    await reader.close();
  }
};
