/** What a driver makes of a transfer that broke: whether it tries again, from where, and under which code it gives up. */
import * as Err from '../../agent/err.ts';
import { payloadIsAnother } from '../http/content.ts';
import { Code } from './numbers.ts';

export const Next = {
  /** Goes on where it was. */
  GoOn: 0,
  /** Begins anew, with the envelope: what is served is another thing. */
  Anew: 1,
  /** Another attempt would not help. */
  End: 2,
} as const;

export interface Fault {
  next: number;
  /** What is said when it is given up. */
  code: number;
  /** Milliseconds that the server asks to wait. */
  wait: number;
}

// Cause, what next, code. The first row that holds; any other cause is the agent's, and ends it under its own code.
const FAULTS: readonly (readonly [cause: number, next: number, code: number])[] = [
  [Err.CoapTimeout, Next.GoOn, Err.SourceLost],
  [Err.CoapReset, Next.GoOn, Err.SourceLost],
  [Err.CoapBusy, Next.GoOn, Err.SourceLost],
  [Err.SourceLost, Next.GoOn, Err.SourceLost],
  [Err.SourceSlow, Next.GoOn, Err.SourceSlow],
  // Whoever can put a datagram on the link can say that.
  [Err.ProtectionMissing, Next.GoOn, Err.ProtectionMissing],
  [Err.CoapChanged, Next.Anew, Err.SourceChanged],
  [Err.CoapBlock, Next.End, Err.SourceMalformed],
  [Err.CoapOption, Next.End, Err.SourceMalformed],
];

// First code of an answer, last, what next, code.
const REFUSALS: readonly (readonly [first: number, last: number, next: number, code: number])[] = [
  [Code.RequestEntityIncomplete, Code.RequestEntityIncomplete, Next.GoOn, Err.SourceRefused],
  [Code.TooManyRequests, Code.TooManyRequests, Next.GoOn, Err.SourceBusy],
  [Code.ServiceUnavailable, Code.ServiceUnavailable, Next.GoOn, Err.SourceBusy],
  [Code.InternalServerError, 0xbf, Next.GoOn, Err.SourceRefused],
  [0, 0xff, Next.End, Err.SourceRefused],
];

/** Codes of an agent for an envelope that is not the one that was signed. */
const ENVELOPE_IS_ANOTHER: readonly number[] = [
  Err.Cbor,
  Err.Envelope,
  Err.Signature,
  Err.ManifestDigest,
  Err.SignatureWrong,
  Err.Manifest,
  Err.Severed,
];

export function notTheOnes(code: number): boolean {
  return ENVELOPE_IS_ANOTHER.indexOf(code) >= 0 || payloadIsAnother(code);
}

export function faultNew(): Fault {
  return { next: Next.End, code: 0, wait: 0 };
}

/** `refusal` is the code of the answer where the cause is CoapRefused, and `maxAge` its Max-Age in seconds. */
export function faultJudge(into: Fault, cause: number, refusal: number, maxAge: number): void {
  into.next = Next.End;
  into.code = cause;
  into.wait = 0;
  if (cause === Err.CoapRefused) {
    for (const row of REFUSALS) {
      if (!(refusal >= row[0] && refusal <= row[1])) continue;
      into.next = row[2];
      into.code = row[3];
      if (row[3] === Err.SourceBusy) into.wait = maxAge * 1000;
      return;
    }
  }
  for (const row of FAULTS) {
    if (row[0] !== cause) continue;
    into.next = row[1];
    into.code = row[2];
    return;
  }
}
