/**
 * What protecting and unprotecting share: the cipher, the contexts, buffers made at open, and what is kept of a request
 * for its answers (RFC 8613 section 8).
 *
 * Written in the device dialect, like agent/.
 */
import { bytesEqual } from '../../agent/bytes.ts';
import { messageNew, optionCursorNew } from '../coap/message.ts';
import type { Message, OptionCursor } from '../coap/message.ts';
import { associatedMake, associatedNew, idSame, NONCE_SIZE, nonceMake } from './context.ts';
import type { Context } from './context.ts';
import { optionValueNew } from './option-value.ts';
import type { OptionValue } from './option-value.ts';
import type { Aead } from './ports.ts';

export const TAG_SIZE = 8;
/** Section 6.1: flags, partial IV, ID context of at most 64 bytes with its length, kid. */
const OPTION_VALUE_MAX = 1 + 5 + 1 + 64 + 7;

export interface Oscore {
  readonly aead: Aead;
  readonly contexts: readonly Context[];
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  readonly option: OptionValue;
  readonly optionBytes: Uint8Array;
  readonly outer: OptionCursor;
  readonly inner: OptionCursor;
  /** What was inside: its options and payload. */
  readonly inside: Message;
}

/** What is kept of a request until its last answer; of an observation, until it ends. One for each exchange. */
export interface Binding {
  context: Context | undefined;
  /** Partial IV of the request; -1: there is none. */
  piv: number;
  /** The request asked to observe. */
  observe: boolean;
  /** The request's nonce has protected an answer, or must not. */
  used: boolean;
  /** Notifications taken so far, and the highest partial IV among them. */
  notifications: number;
  highest: number;
}

export function bindingNew(): Binding {
  return { context: undefined, piv: -1, observe: false, used: false, notifications: 0, highest: -1 };
}

export function bindingStart(b: Binding, context: Context | undefined, piv: number, observe: boolean): void {
  b.context = context;
  b.piv = piv;
  b.observe = observe;
  b.used = false;
  b.notifications = 0;
  b.highest = -1;
}

/** Throws where two contexts would answer to one request. */
export function oscoreNew(aead: Aead, contexts: readonly Context[]): Oscore {
  for (let i = 0; i < contexts.length; i++)
    for (let k = 0; k < i; k++) {
      const one = contexts[i] as Context;
      const other = contexts[k] as Context;
      if (idSame(one.recipientId, other.recipientId) && contextIdSame(one, other))
        throw new RangeError(`security contexts ${k} and ${i} have one recipient id`);
    }
  return {
    aead: aead,
    contexts: contexts,
    nonce: new Uint8Array(NONCE_SIZE),
    associated: associatedNew(),
    option: optionValueNew(),
    optionBytes: new Uint8Array(OPTION_VALUE_MAX),
    outer: optionCursorNew(),
    inner: optionCursorNew(),
    inside: messageNew(),
  };
}

function contextIdSame(a: Context, b: Context): boolean {
  if (a.idContext === undefined || b.idContext === undefined) return a.idContext === b.idContext;
  return idSame(a.idContext, b.idContext);
}

const isThere = (id: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean =>
  id.length === to - from && bytesEqual(id, 0, bytes, from, to - from);

/** Whether the kid that was read is the recipient's of that context. */
export function kidIs(s: Oscore, context: Context, bytes: Uint8Array): boolean {
  return isThere(context.recipientId, bytes, s.option.kidFrom, s.option.kidTo);
}

/** Section 8.2 step 2. A request that names no ID context may be of a context that has one (section 5.1). */
export function contextFind(s: Oscore, bytes: Uint8Array): Context | undefined {
  for (const context of s.contexts) {
    if (!kidIs(s, context, bytes)) continue;
    if (!s.option.hasKidContext) return context;
    const own = context.idContext;
    if (own !== undefined && isThere(own, bytes, s.option.kidContextFrom, s.option.kidContextTo))
      return context;
  }
  return undefined;
}

/** Length of the associated data of the request and all that answers it: they name the request. */
export function associatedOf(s: Oscore, kid: Uint8Array, piv: number): number {
  return associatedMake(s.associated, kid, piv);
}

export function nonceOf(s: Oscore, context: Context, id: Uint8Array, piv: number): void {
  nonceMake(s.nonce, context.commonIv, id, piv);
}
