/** What the drivers over HTTP can be told; everything has a bound of its own when it is not. */
import type { LinkProfile } from '../links/link.ts';
import type { RateFloor } from '../http/rate.ts';
import type { Place } from '../http/uri.ts';
import type { AddressGuard } from './http-address.ts';

export interface HttpLimits {
  /** Of which the defaults of waits, time-out and rate follow (hal/links); those below are without it. */
  readonly link?: LinkProfile;
  /** Attempts in a row that may fail before it gives up. Default 5. */
  readonly retries?: number;
  /** Milliseconds: the longest wait before the first retry; doubles, up to 30 seconds. Default 1000. */
  readonly backOff?: number;
  /** Milliseconds without a byte after which a connection counts as lost. Default 30,000. */
  readonly timeout?: number;
  /** The least that a server may give while it is waited for. Default 1024 bytes in 60 seconds. */
  readonly rate?: RateFloor;
  /** Most bytes that a server that ignores Range may make us read and throw away. Default 64 MiB. */
  readonly discard?: number;
  /** Places beside the envelope's that a redirect or a manifest may name: `[scheme://]host[:port]`. */
  readonly hosts?: readonly string[];
  /** A place that the signed manifest names is gone to, without credentials. Default false. */
  readonly manifestHost?: boolean;
  /** The field Authorization. Sent to the envelope's origin, and to no other. */
  readonly authorization?: string;
  /** Certificates of authorities, PEM, in place of those that Node comes with. */
  readonly ca?: string | readonly string[];
  /** Which addresses may be connected to, for each request and each redirect. Default: any. */
  readonly addresses?: AddressGuard;
  /** Told what the server's clock says, Unix seconds. Nobody vouches for it. */
  readonly onDate?: (seconds: number, place: Place) => void;
  readonly signal?: AbortSignal;
  /** Waits; given by tests that do not want to. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}
