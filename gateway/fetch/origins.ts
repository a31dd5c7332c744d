/** Where files may be fetched from: the origins of the configuration, each with its scheme, and no others. */
import * as Err from '../../agent/err.ts';
import { authorityOf, placeNew, uriRead } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import { PublishError } from '../../publisher/errors.ts';

/** What is written without a scheme is meant over TLS: open links are only gone to where somebody wrote `http://`. */
const DEFAULT_SCHEME = 'https://';
const SCHEMES = ['http', 'https'];

export const originOf = (place: Place): string => `${place.scheme}://${authorityOf(place)}`;

/** The origin of a URL, or of `host[:port]`. Throws PublishError. */
const originRead = (text: string): string => {
  const place = placeNew();
  const code = uriRead(place, text.includes('://') ? text : DEFAULT_SCHEME + text);
  if (code < 0 || !SCHEMES.includes(place.scheme))
    throw new PublishError(`"${text}" is no origin`, {
      field: 'allowOrigins',
      remedy: 'Give it as https://host or https://host:port; http:// only where the link needs no protection',
    });
  return originOf(place);
};

export const originsOf = (entries: readonly string[]): readonly string[] => [
  ...new Set(entries.map(originRead)),
];

/** The place of a URL that may be gone to. Throws HttpError. */
export const placeOf = (url: string, origins: readonly string[]): Place => {
  const place = placeNew();
  const code = uriRead(place, url);
  if (code < 0) throw new HttpError(`${url.slice(0, 200)}: no URL of http or https`, code, true);
  if (origins.includes(originOf(place))) return place;
  const what = `${url.slice(0, 200)}: ${originOf(place)} is not among the origins of the configuration`;
  throw new HttpError(
    `${what}; name it in allowOrigins, if files may come from there`,
    Err.OriginRefused,
    true,
  );
};
