/**
 * The value of the OSCORE option: the head of a COSE_Encrypt0, compressed (RFC 8613 section 6.1).
 *
 *    0 1 2 3 4 5 6 7 <- n bytes -> <- 1 byte -> <- s bytes ->
 *   +-+-+-+-+-+-+-+-+-------------+------------+-------------+---------+
 *   |0 0 0|h|k|  n  | partial IV  | s (if h)   | kid context | kid     |
 *   +-+-+-+-+-+-+-+-+-------------+------------+-------------+---------+
 *
 * Written in the device dialect, like agent/.
 */
import { bytesCopy } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { PIV_MAX, pivPut, pivSize } from './context.ts';

const SIZE_BITS = 7;
const KID = 8;
const KID_CONTEXT = 16;
const RESERVED = 0xe0;

/** Where the parts lie in the message that was read. */
export interface OptionValue {
  /** -1: none. */
  piv: number;
  hasKid: boolean;
  hasKidContext: boolean;
  kidFrom: number;
  kidTo: number;
  kidContextFrom: number;
  kidContextTo: number;
}

export function optionValueNew(): OptionValue {
  return {
    piv: -1,
    hasKid: false,
    hasKidContext: false,
    kidFrom: 0,
    kidTo: 0,
    kidContextFrom: 0,
    kidContextTo: 0,
  };
}

/** Partial IV of bytes[from..from+size-1]; -1 where it has zeros in front: one number has one form. */
const pivRead = (bytes: Uint8Array, from: number, size: number): number => {
  if (size > 1 && bytes[from] === 0) return -1;
  let piv = 0;
  for (let i = 0; i < size; i++) piv = piv * 256 + (bytes[from + i] as number);
  return piv;
};

/** Reads bytes[from..to-1]. `Ok`, or `ProtectionMalformed`. */
export function optionValueRead(into: OptionValue, bytes: Uint8Array, from: number, to: number): number {
  into.piv = -1;
  into.hasKid = false;
  into.hasKidContext = false;
  if (from === to) return Ok;
  const flags = bytes[from] as number;
  const size = flags & SIZE_BITS;
  // Flags of nothing are not written: the value is empty then (section 2).
  if (flags === 0 || (flags & RESERVED) !== 0 || !(size <= PIV_MAX)) return Err.ProtectionMalformed;
  let at = from + 1;
  if (!(size <= to - at)) return Err.ProtectionMalformed;
  if (size > 0) {
    into.piv = pivRead(bytes, at, size);
    if (into.piv < 0) return Err.ProtectionMalformed;
    at += size;
  }
  into.hasKidContext = (flags & KID_CONTEXT) !== 0;
  if (into.hasKidContext) {
    if (!(at < to && (bytes[at] as number) <= to - at - 1)) return Err.ProtectionMalformed;
    into.kidContextFrom = at + 1;
    into.kidContextTo = at + 1 + (bytes[at] as number);
    at = into.kidContextTo;
  }
  into.hasKid = (flags & KID) !== 0;
  into.kidFrom = at;
  into.kidTo = to;
  return into.hasKid || at === to ? Ok : Err.ProtectionMalformed;
}

/**
 * Writes a value to the start of `into`, and returns its length. Left out are a partial IV of -1, and kid and kid context
 * that are undefined.
 */
export function optionValueWrite(
  into: Uint8Array,
  piv: number,
  kid: Uint8Array | undefined,
  kidContext: Uint8Array | undefined,
): number {
  if (piv < 0 && kid === undefined && kidContext === undefined) return 0;
  const size = piv < 0 ? 0 : pivSize(piv);
  into[0] = size | (kid === undefined ? 0 : KID) | (kidContext === undefined ? 0 : KID_CONTEXT);
  let at = 1 + size;
  if (size > 0) pivPut(into, at, piv);
  if (kidContext !== undefined) {
    into[at++] = kidContext.length;
    bytesCopy(kidContext, 0, into, at, kidContext.length);
    at += kidContext.length;
  }
  if (kid !== undefined) {
    bytesCopy(kid, 0, into, at, kid.length);
    at += kid.length;
  }
  return at;
}
