/** One small resource over CoAP, whole: a statement of what is the latest, as a rule. */
import { TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { placeNew, uriRead } from '../http/uri.ts';
import { coapRead } from './coap-small.ts';
import type { CoapSmall } from './coap-small.ts';

export type CoapGot = CoapSmall;

/** Reads at most `most` bytes of a resource; longer ones are `CoapTooLong`. */
export const coapGet = async (url: string | URL, most: number, timing: Timing = TIMING): Promise<CoapGot> => {
  const place = placeNew();
  const code = uriRead(place, String(url));
  if (code < 0) return { code, refusal: 0, bytes: new Uint8Array(0) };
  return coapRead(place, most, { timing });
};
