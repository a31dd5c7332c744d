/** Where the payload is, on the host that the client is connected to; it goes to no other. */
import { HTTP_SCHEMES } from '../http/origin.ts';
import { pathResolve, placeNew, uriRead } from '../http/uri.ts';

/** The path of `uri`, which is relative to `base` (a path), or of this host; empty when it is neither. */
export function payloadPath(uri: string, base: string, host: string, port: number): string {
  const path = pathResolve(base, uri);
  if (path !== '') return path;
  const place = placeNew();
  if (uriRead(place, uri) < 0 || HTTP_SCHEMES.indexOf(place.scheme) < 0) return '';
  return place.host === host.toLowerCase() && place.port === port ? place.path : '';
}
