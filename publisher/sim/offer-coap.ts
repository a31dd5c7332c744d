/** Has a simulated board fetch an update over CoAP. */
import type { Live } from '../../bootloader-sim/index.ts';
import { latestNew, latestRead, LATEST_MAX } from '../../hal/http/latest.ts';
import { placeNew, uriRead, uriResolve, uriText } from '../../hal/http/uri.ts';
import { coapGet } from '../../hal/node/coap-get.ts';
import { update } from '../../hal/node/coap.ts';
import type { CoapDelivery } from '../../hal/node/coap.ts';
import { Exit, PublishError } from '../errors.ts';
import { codeText } from '../explain.ts';
import { LatestFile } from '../publish.ts';

const remedy =
  'Check that the server runs; then offer it again: what is in flash already is not fetched again';

const failure = (url: string, code: number, refusal: number): PublishError => {
  const answer = refusal === 0 ? '' : `, ${refusal >> 5}.${String(refusal & 31).padStart(2, '0')}`;
  return new PublishError(`${codeText(code)}${answer}`, {
    file: url,
    field: 'UPDATE',
    remedy,
    exit: Exit.InputOutput,
  });
};

/** A folder of flipside publish is asked for its latest statement; anything else is the envelope itself. */
const envelopeUrlOf = async (url: string): Promise<string> => {
  if (!url.endsWith('/') && !url.endsWith(LatestFile)) return url;
  const latestUrl = url.endsWith('/') ? `${url}${LatestFile}` : url;
  const got = await coapGet(latestUrl, LATEST_MAX);
  const latest = latestNew();
  const place = placeNew();
  let { code } = got;
  if (code >= 0) code = latestRead(latest, new TextDecoder().decode(got.bytes));
  if (code >= 0) code = uriRead(place, latestUrl);
  if (code >= 0) code = uriResolve(place, place, latest.envelope);
  if (code < 0) throw failure(latestUrl, code, got.refusal);
  return uriText(place);
};

/** Codes of CoAP and of sources: the network's fault, and not the update's. */
const isSource = (code: number): boolean => (code <= -150 && code > -160) || (code <= -190 && code > -200);

export const offerCoap = async (
  agent: NonNullable<Live['agent']>,
  url: string,
  alive: (bytesSent: number) => boolean,
): Promise<CoapDelivery> => {
  const delivery = await update(agent, { envelopeUrl: await envelopeUrlOf(url), alive });
  if (delivery.code < 0 && isSource(delivery.code)) throw failure(url, delivery.code, delivery.refusal);
  return delivery;
};
