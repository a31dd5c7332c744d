/**
 * What protecting and unprotecting share: the cipher, the contexts, and buffers that are made at open.
 *
 * Written in the device dialect, like agent/.
 */
import { bytesEqual } from '../../agent/bytes.ts';
import type { Binding } from '../coap/contract.ts';
import { messageNew, optionCursorNew } from '../coap/message.ts';
import type { Message, OptionCursor } from '../coap/message.ts';
import { bindingContext } from './binding.ts';
import { associatedNew, ID_CONTEXT_MAX, ID_MAX, idSame, NONCE_SIZE, PIV_MAX } from './context.ts';
import type { Context } from './context.ts';
import { optionValueNew } from './option-value.ts';
import type { OptionValue } from './option-value.ts';
import type { Aead } from './ports.ts';

export const TAG_SIZE: number = 8;
/** RFC 8613 section 6.1: flags, partial IV, ID context with its length, kid. */
const OPTION_VALUE_MAX = 1 + PIV_MAX + 1 + ID_CONTEXT_MAX + ID_MAX;
/** A binding names a context in a byte. */
const CONTEXTS_MAX = 256;

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

const contextSame = (a: Context, b: Context): boolean => {
  if (!idSame(a.recipientId, b.recipientId)) return false;
  if (a.idContext === undefined || b.idContext === undefined) return a.idContext === b.idContext;
  return idSame(a.idContext, b.idContext);
};

/** Throws where two contexts would answer to one request. */
export function oscoreNew(aead: Aead, contexts: readonly Context[]): Oscore {
  if (!(contexts.length <= CONTEXTS_MAX)) throw new RangeError(`at most ${CONTEXTS_MAX} security contexts`);
  for (let i = 0; i < contexts.length; i++)
    for (let k = 0; k < i; k++)
      if (contextSame(contexts[i] as Context, contexts[k] as Context))
        throw new RangeError(`security contexts ${k} and ${i} are for one recipient id and ID context`);
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

const isThere = (id: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean =>
  id.length === to - from && bytesEqual(id, 0, bytes, from, to - from);

/** Whether the kid that was read is the recipient's of that context. */
export function kidIs(s: Oscore, context: Context, bytes: Uint8Array): boolean {
  return isThere(context.recipientId, bytes, s.option.kidFrom, s.option.kidTo);
}

/**
 * Section 8.2 step 2: index of the context that a request names; -1: none. One that names no ID context may be of a
 * context that has one (section 5.1); of several the first.
 */
export function contextFind(s: Oscore, bytes: Uint8Array): number {
  for (let i = 0; i < s.contexts.length; i++) {
    const context = s.contexts[i] as Context;
    if (!kidIs(s, context, bytes)) continue;
    if (!s.option.hasKidContext) return i;
    const own = context.idContext;
    if (own !== undefined && isThere(own, bytes, s.option.kidContextFrom, s.option.kidContextTo)) return i;
  }
  return -1;
}

/** The context of a request that is kept; undefined: there is no request. */
export function contextOf(s: Oscore, b: Binding): Context | undefined {
  const index = bindingContext(b);
  return index >= 0 ? s.contexts[index] : undefined;
}
