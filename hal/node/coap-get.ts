/** One small resource over CoAP, whole: a statement of what is the latest, as a rule. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import { estimateNew, TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { downloadNew, downloadRead, DownloadState } from '../coap/download.ts';
import { writeHost, writePath } from '../coap/path.ts';
import { placeNew, uriRead } from '../http/uri.ts';
import { monotonic, secureRandom, udpConnect } from './udp.ts';

export interface CoapGot {
  /** `Ok`, or why there is nothing. */
  readonly code: number;
  /** Of the server, where it refused. */
  readonly refusal: number;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const REQUEST = 256;

/** Reads at most `most` bytes of a resource; longer ones are `CoapTooLong`. */
export const coapGet = async (url: string | URL, most: number, timing: Timing = TIMING): Promise<CoapGot> => {
  const place = placeNew();
  const read = uriRead(place, String(url));
  const code = read < 0 ? read : place.scheme === 'coap' ? Ok : Err.SchemeRefused;
  if (code < 0) return { code, refusal: 0, bytes: NOTHING };
  const peer = { estimate: estimateNew(timing) };
  const bytes = new Uint8Array(most);
  const endpoint = openEndpoint({
    transmit: (_, datagram, length) => link?.send(datagram, length),
    random: secureRandom(),
    outgoing: [REQUEST],
  });
  const download = downloadNew(
    {
      endpoint,
      name: (w) => {
        writeHost(w, place.host);
        writePath(w, place.path);
      },
      take: (from, at, to, offset) => {
        if (!(offset + to - at <= most)) return Err.CoapTooLong;
        bytes.set(from.subarray(at, to), offset);
        return to - at;
      },
      szx: 6,
      window: 1,
      held: 1,
      strict: true,
      token: NOTHING,
    },
    peer,
  );
  let wake = (): void => undefined;
  const link = await udpConnect(place.host, place.port, (datagram) => {
    endpoint.receive(peer, datagram, 0, datagram.length, monotonic());
    wake();
  }).catch(() => undefined);
  if (link === undefined) return { code: Err.SourceLost, refusal: 0, bytes: NOTHING };
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    wake = () => {
      clearTimeout(timer);
      const now = monotonic();
      const next = endpoint.tick(now);
      if (download.state === DownloadState.Ended) resolve();
      else timer = setTimeout(wake, Math.max(0, Math.ceil(next - now)));
    };
    downloadRead(download, 0, Infinity, monotonic());
    wake();
  });
  link.close();
  const length = download.code < 0 ? 0 : download.next;
  return { code: download.code, refusal: download.refusal, bytes: bytes.subarray(0, length) };
};
