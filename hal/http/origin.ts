/**
 * Where a driver may go, and where it may show what it is known by. A server, and whoever can answer in its place, is
 * not trusted: a redirect leads where the configuration allows it, or nowhere.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { authorityOf, schemeOf } from './uri.ts';
import type { Place } from './uri.ts';

export interface OriginPolicy {
  /** The place that the configuration names. Credentials belong to its origin, and to no other. */
  readonly trusted: Place;
  /**
   * Places beside it, each `host`, `host:port`, or the same after `scheme://`. Without a port it is the scheme's own,
   * without a scheme any of `schemes`. In small letters.
   */
  readonly allowed: readonly string[];
  /** What the driver speaks. */
  readonly schemes: readonly string[];
}

export const HTTP_SCHEMES: readonly string[] = ['http', 'https'];
export const COAP_SCHEMES: readonly string[] = ['coap', 'coaps'];

/** Redirects that are followed for one request. */
export const REDIRECTS = 5;

/** Scheme, host and port are the same (RFC 6454). */
export const originSame = (one: Place, other: Place): boolean =>
  one.scheme === other.scheme && one.host === other.host && one.port === other.port;

/** The same host, on a protected link where it was none before, each by its scheme's own port. */
function upgraded(trusted: Place, place: Place): boolean {
  const from = schemeOf(trusted.scheme);
  const to = schemeOf(place.scheme);
  if (!from || !to || from.secure || !to.secure || trusted.host !== place.host) return false;
  return trusted.port === from.port && place.port === to.port;
}

function listed(policy: OriginPolicy, place: Place): boolean {
  const authority = authorityOf(place);
  const full = place.host + ':' + place.port;
  const prefix = place.scheme + '://';
  for (const entry of policy.allowed) {
    if (entry === authority || entry === full || entry === prefix + authority || entry === prefix + full)
      return true;
  }
  return false;
}

/**
 * May the driver go there? Ok, SchemeRefused (no scheme of this driver, or an open link where the configured one is
 * protected: no list allows that), or OriginRefused.
 */
export function originAdmit(policy: OriginPolicy, place: Place): number {
  const scheme = schemeOf(place.scheme);
  const trusted = schemeOf(policy.trusted.scheme);
  if (!scheme || policy.schemes.indexOf(place.scheme) < 0) return Err.SchemeRefused;
  if (trusted && trusted.secure && !scheme.secure) return Err.SchemeRefused;
  if (originSame(policy.trusted, place) || upgraded(policy.trusted, place) || listed(policy, place))
    return Ok;
  return Err.OriginRefused;
}

/** May credentials be sent there? */
export const credentialsBelong = (policy: OriginPolicy, place: Place): boolean =>
  originSame(policy.trusted, place);
