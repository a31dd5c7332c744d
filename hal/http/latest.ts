/**
 * Asking a static origin for a new release. `latest.json` (publisher/publish.ts) says where to look, and nothing more: it
 * is not signed. A device that believes what it says fetches an envelope for nothing; a source that withholds a release
 * can say an old one for ever, which only a signed statement shows (`statement`).
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { decimalRead } from './uri.ts';

export interface Latest {
  sequence: number;
  /** Of the manifest, in hex; '': not said. */
  digest: string;
  /** References, relative to the statement's own place; '': there is none. */
  envelope: string;
  /** A signed statement of the latest sequence. */
  statement: string;
}

/** Bytes of the statement. */
export const LATEST_MAX = 4096;
const SEQUENCE_MAX = 9007199254740991;

export const latestNew = (): Latest => ({ sequence: 0, digest: '', envelope: '', statement: '' });

/** Of version 1. Ok, or SourceMalformed: not JSON, or not a statement. */
export function latestRead(into: Latest, text: string): number {
  let found: { [name: string]: unknown } | undefined = undefined;
  if (!(text.length <= LATEST_MAX)) return Err.SourceMalformed;
  try {
    found = JSON.parse(text) as { [name: string]: unknown };
  } catch (_) {
    return Err.SourceMalformed;
  }
  if (!found || found.version !== 1) return Err.SourceMalformed;
  const sequence = found.sequence;
  if (!(typeof sequence === 'number' && sequence >= 0 && sequence <= SEQUENCE_MAX))
    return Err.SourceMalformed;
  if (sequence % 1 !== 0 || typeof found.envelope !== 'string') return Err.SourceMalformed;
  into.sequence = sequence;
  into.digest = typeof found.manifestDigest === 'string' ? found.manifestDigest : '';
  into.envelope = found.envelope;
  into.statement = typeof found.statement === 'string' ? found.statement : '';
  return Ok;
}

export interface PollLimits {
  /** Seconds: between two questions where the server says nothing. */
  readonly usual: number;
  /** Whatever the server says, no sooner and no later. */
  readonly least: number;
  readonly longest: number;
}

export const POLL: PollLimits = { usual: 3600, least: 60, longest: 604800 };

export interface Poll {
  readonly limits: PollLimits;
  /** In [0, 1). */
  readonly random: () => number;
  /** By which the server knows what the device has (RFC 9110 section 8.8.3); '': none. */
  tag: string;
  /** Seconds for which the answer is said to hold; -1: not said. */
  fresh: number;
  failures: number;
}

const TAG_MAX = 128;

export const pollNew = (limits: PollLimits, random: () => number): Poll => ({
  limits: limits,
  random: random,
  tag: '',
  fresh: -1,
  failures: 0,
});

/** The number after `name=` in a Cache-Control field (RFC 9111 section 5.2.2); -1: there is none. */
function directive(field: string, name: string): number {
  const parts = field.toLowerCase().split(',');
  for (const part of parts) {
    const at = part.indexOf('=');
    if (at >= 0 && part.substring(0, at).trim() === name) return decimalRead(part.substring(at + 1).trim());
  }
  return -1;
}

/** An answer came, with these fields. */
export function pollAnswered(poll: Poll, tag: string, cacheControl: string, age: string): void {
  const holds = directive(cacheControl, 'max-age');
  const passed = decimalRead(age);
  poll.failures = 0;
  poll.fresh = holds < 0 ? -1 : Math.max(0, holds - Math.max(0, passed));
  // What is longer is not remembered: the next answer is whole again.
  poll.tag = tag.length <= TAG_MAX ? tag : '';
}

/** None came, or not one to use. */
export function pollFailed(poll: Poll): void {
  poll.failures++;
  poll.fresh = -1;
  poll.tag = '';
}

/**
 * Seconds to the next question: as long as the answer holds, longer after each failure, and up to a quarter more by
 * chance, so that devices that woke together drift apart. `asked`: seconds that the server asked to wait, 0 for none.
 */
export function pollWait(poll: Poll, asked: number): number {
  const limits = poll.limits;
  let wait = poll.fresh < 0 ? limits.usual : poll.fresh;
  for (let i = 0; i < poll.failures && wait < limits.longest; i++) wait *= 2;
  wait = Math.min(Math.max(wait, asked, limits.least), limits.longest);
  return Math.floor(wait + (poll.random() * wait) / 4);
}
