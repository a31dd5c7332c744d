/**
 * Which options go where in a protected message (RFC 8613 section 4.1; newer ones by their own RFC). Inner ones are
 * enciphered, outer ones are for everybody on the way to read and change. An option that is not in the table is inner.
 *
 * Written in the device dialect, like agent/.
 */
import { Option } from '../coap/numbers.ts';

export const INNER = 1;
export const OUTER = 2;
/** In both places, with values of their own: the sender of a message writes both. */
const BOTH = 3;

/** RFC 8768, RFC 9668: not options that this tree has a use for, but neither may be enciphered. */
const HOP_LIMIT = 16;
const EDHOC = 21;

/**
 * Number, and where it goes. Those that the RFC allows to be outer for the sake of proxies, and that are always inner here
 * (Max-Age 4.1.3.1, Block and Size 4.1.3.4, No-Response 4.1.3.6, Echo RFC 9175 2.1, Request-Tag RFC 9175 3.1), stand
 * as inner.
 */
export const OPTION_CLASSES: readonly (readonly [number, number])[] = [
  [Option.IfMatch, INNER],
  [Option.UriHost, OUTER], // 4.1.3.2
  [Option.ETag, INNER],
  [Option.IfNoneMatch, INNER],
  [Option.Observe, BOTH], // 4.1.3.5
  [Option.UriPort, OUTER], // 4.1.3.2
  [Option.LocationPath, INNER],
  [Option.Oscore, OUTER], // 4.1.3.7
  [Option.UriPath, INNER],
  [Option.ContentFormat, INNER],
  [Option.MaxAge, INNER],
  [Option.UriQuery, INNER],
  [HOP_LIMIT, OUTER], // RFC 8768 section 3
  [Option.Accept, INNER],
  [Option.LocationQuery, INNER],
  [EDHOC, OUTER], // RFC 9668 section 3.1
  [Option.Block2, INNER],
  [Option.Block1, INNER],
  [Option.Size2, INNER],
  [Option.ProxyUri, OUTER], // 4.1.3.3
  [Option.ProxyScheme, OUTER], // 4.1.3.2
  [Option.Size1, INNER],
  [Option.Echo, INNER],
  [Option.NoResponse, INNER],
  [Option.RequestTag, INNER],
];

export function optionClass(number: number): number {
  for (const row of OPTION_CLASSES) if (row[0] === number) return row[1];
  return INNER;
}
