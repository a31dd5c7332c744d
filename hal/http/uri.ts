/**
 * URIs as far as a driver needs them (RFC 3986): the place that one names, and references that are relative to it. What
 * cannot be written into a request line is refused, and so is what two readers could understand differently: userinfo,
 * fragments, backslashes.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';

export interface Place {
  /** In small letters. */
  scheme: string;
  /** In small letters; an IPv6 address in its brackets. */
  host: string;
  port: number;
  /** Path and query, as in a request line: it begins with a slash. */
  path: string;
}

export interface Scheme {
  readonly name: string;
  readonly port: number;
  /** The link is protected. */
  readonly secure: boolean;
}

/** Schemes a driver may have: RFC 9110 section 4.2, RFC 7252 section 6. */
export const SCHEMES: readonly Scheme[] = [
  { name: 'http', port: 80, secure: false },
  { name: 'https', port: 443, secure: true },
  { name: 'coap', port: 5683, secure: false },
  { name: 'coaps', port: 5684, secure: true },
];

/** Addresses that a store signs are long. */
export const URI_MAX = 2048;
const HOST_MAX = 255;
const PORT_MAX = 65535;
/** Printable, and yet no part of a URI (RFC 3986 section 2); of a fragment no server is told. */
const NEVER = '"#<>\\^`{|}';
const NAME = '-._~';

export const placeNew = (): Place => ({ scheme: '', host: '', port: 0, path: '' });

/** The row of `name`; undefined: no driver has it. */
export function schemeOf(name: string): Scheme | undefined {
  for (const scheme of SCHEMES) if (scheme.name === name) return scheme;
  return undefined;
}

/** A decimal number of at most 15 digits; -1: it is none. */
export function decimalRead(text: string): number {
  if (!(text.length >= 1 && text.length <= 15)) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Nothing that could end the line it is written into, or the path in it. */
function plain(text: string): boolean {
  if (!(text.length >= 1 && text.length <= URI_MAX)) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!(code > 0x20 && code < 0x7f) || NEVER.indexOf(text.charAt(i)) >= 0) return false;
  }
  return true;
}

/** A name or an IPv4 address, or an IPv6 address in brackets; percent-encoding in a name is refused. */
function hostRight(host: string): boolean {
  if (!(host.length >= 1 && host.length <= HOST_MAX)) return false;
  const bracketed = host.charAt(0) === '[';
  if (bracketed && !(host.length >= 4 && host.charAt(host.length - 1) === ']')) return false;
  const end = bracketed ? host.length - 1 : host.length;
  for (let i = bracketed ? 1 : 0; i < end; i++) {
    const code = host.charCodeAt(i);
    const digit = code >= 0x30 && code <= 0x39;
    const letter = code >= 0x61 && code <= (bracketed ? 0x66 : 0x7a);
    if (!digit && !letter && (bracketed ? ':.' : NAME).indexOf(host.charAt(i)) < 0) return false;
  }
  return true;
}

/** Where the authority ends that begins at `from`. */
function authorityEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const one = text.charAt(i);
    if (one === '/' || one === '?') return i;
  }
  return text.length;
}

/** Takes `.` and `..` out of a path that begins with a slash; a query stays as it is. RFC 3986 section 5.2.4. */
function dotsRemove(path: string): string {
  const query = path.indexOf('?');
  const end = query < 0 ? path.length : query;
  const parts = path.substring(1, end).split('/');
  const kept: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const dots = part === '.' || part === '..';
    if (part === '..') kept.pop();
    if (!dots) kept.push(part);
    else if (i === parts.length - 1) kept.push('');
  }
  return '/' + kept.join('/') + path.substring(end);
}

/** Reads an absolute URI: Ok, UriMalformed, or SchemeRefused where no driver has its scheme. */
export function uriRead(into: Place, text: string): number {
  const colon = text.indexOf('://');
  if (!plain(text) || !(colon > 0)) return Err.UriMalformed;
  const name = text.substring(0, colon).toLowerCase();
  const scheme = schemeOf(name);
  if (!scheme) return Err.SchemeRefused;
  const end = authorityEnd(text, colon + 3);
  const authority = text.substring(colon + 3, end).toLowerCase();
  const bracket = authority.lastIndexOf(']');
  const at = authority.indexOf(':', bracket < 0 ? 0 : bracket);
  const digits = at < 0 ? '' : authority.substring(at + 1);
  const host = at < 0 ? authority : authority.substring(0, at);
  const port = digits === '' ? scheme.port : decimalRead(digits);
  // Userinfo fails here too: no host has an @.
  if (!hostRight(host) || !(port >= 1 && port <= PORT_MAX)) return Err.UriMalformed;
  into.scheme = name;
  into.host = host;
  into.port = port;
  into.path = dotsRemove(text.charAt(end) === '/' ? text.substring(end) : '/' + text.substring(end));
  return Ok;
}

/**
 * The path that `reference` names on the host of the path `base`; empty: it names none, or may name another host.
 * RFC 3986 section 5.2.2, its last three branches.
 */
export function pathResolve(base: string, reference: string): string {
  const colon = reference.indexOf(':');
  if (!plain(reference) || (colon >= 0 && colon < authorityEnd(reference, 0))) return '';
  if (reference.charAt(0) === '/') return reference.charAt(1) === '/' ? '' : dotsRemove(reference);
  const query = base.indexOf('?');
  const path = query < 0 ? base : base.substring(0, query);
  if (reference.charAt(0) === '?') return path + reference;
  return dotsRemove(path.substring(0, path.lastIndexOf('/') + 1) + reference);
}

/** Reads a URI that may be relative to `base`; `into` may be `base`. Codes as of `uriRead`. */
export function uriResolve(into: Place, base: Place, reference: string): number {
  const path = pathResolve(base.path, reference);
  if (path === '') {
    const absolute = reference.substring(0, 2) === '//' ? base.scheme + ':' + reference : reference;
    // A scheme that has no authority (data:, urn:) is one that no driver has.
    if (plain(absolute) && absolute.indexOf('://') < 0) return Err.SchemeRefused;
    return uriRead(into, absolute);
  }
  into.scheme = base.scheme;
  into.host = base.host;
  into.port = base.port;
  into.path = path;
  return Ok;
}

/** Host and port as in a URL and in a Host field: the port only where it is not the scheme's own. */
export function authorityOf(place: Place): string {
  const scheme = schemeOf(place.scheme);
  return scheme && scheme.port === place.port ? place.host : place.host + ':' + place.port;
}

export const uriText = (place: Place): string => place.scheme + '://' + authorityOf(place) + place.path;
