/** A resource over CoAP by hal/coap on a socket of UDP, and what that takes. */
import type { Endpoint, EndpointCounts } from '../../hal/coap/contract.ts';
import { downloadNew, downloadRead, DownloadState } from '../../hal/coap/download.ts';
import type { Download } from '../../hal/coap/download.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../hal/coap/estimate.ts';
import type { Timing } from '../../hal/coap/estimate.ts';
import { writePath } from '../../hal/coap/path.ts';
import { monotonic, secureRandom, udpConnect } from '../../hal/node/udp.ts';

export interface FetchOptions {
  readonly port: number;
  readonly path: string;
  /** Bytes of it; Infinity: to its end. */
  readonly length: number;
  readonly from?: number;
  readonly szx: number;
  readonly window: number;
  readonly held?: number;
  readonly token?: Uint8Array;
  readonly timing?: Timing;
}

export interface Fetched {
  readonly code: number;
  readonly bytes: Uint8Array;
  readonly milliseconds: number;
  readonly download: Download;
  readonly counts: EndpointCounts;
  /** Of typed arrays that endpoint and download made, when opened and later. */
  readonly held: number;
}

/** Of a request for a block, its header and path included. */
const REQUEST = 64;

/** Bytes of the typed arrays that are made meanwhile, and the way to end that. */
const countArrays = (): { bytes: () => number; end: () => void } => {
  const original = globalThis.Uint8Array;
  let bytes = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, parameters, newTarget) {
      const made = Reflect.construct(target, parameters, newTarget) as Uint8Array;
      if (!(parameters[0] instanceof ArrayBuffer)) bytes += made.byteLength;
      return made;
    },
  });
  return { bytes: () => bytes, end: () => void (globalThis.Uint8Array = original) };
};

export const fetchOver = async (options: FetchOptions): Promise<Fetched> => {
  const { window, held = 1, szx, token = new Uint8Array(0), from = 0 } = options;
  const timing = options.timing ?? TIMING;
  const peer = { estimate: estimateNew(timing) };
  const parts: Uint8Array[] = [];
  const random = secureRandom();
  const name = (w: Parameters<typeof writePath>[0]): void => writePath(w, options.path);
  const outgoing = Array.from({ length: window }, () => REQUEST);
  const counting = countArrays();
  let endpoint: Endpoint;
  let download: Download;
  let bytes: number;
  try {
    endpoint = openEndpoint({
      transmit: (_, datagram, length) => link.send(datagram, length),
      random,
      outgoing,
    });
    download = downloadNew(
      {
        endpoint,
        name,
        take: (source, at, to) => {
          parts.push(source.slice(at, to));
          return to - at;
        },
        szx,
        window,
        held,
        strict: false,
        token,
      },
      peer,
    );
  } finally {
    bytes = counting.bytes();
    counting.end();
  }
  let wake = (): void => undefined;
  const link = await udpConnect('127.0.0.1', options.port, (datagram) => {
    endpoint.receive(peer, datagram, 0, datagram.length, monotonic());
    wake();
  });
  const begun = monotonic();
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let due = Infinity;
    wake = () => {
      const now = monotonic();
      const next = endpoint.tick(now);
      if (download.state === DownloadState.Ended) {
        clearTimeout(timer);
        resolve();
      } else if (timer === undefined || next < due) {
        // A timer that comes too early looks again; a new one for each datagram would cost more than the datagram.
        clearTimeout(timer);
        due = next;
        timer = setTimeout(
          () => {
            timer = undefined;
            wake();
          },
          Math.max(0, Math.ceil(next - now)),
        );
      }
    };
    downloadRead(download, from, options.length, monotonic());
    wake();
  });
  const milliseconds = monotonic() - begun;
  link.close();
  return {
    code: download.code,
    bytes: Buffer.concat(parts),
    milliseconds,
    download,
    counts: endpoint.counts,
    held: bytes,
  };
};
