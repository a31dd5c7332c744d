/** The head of a patch: how it is coded, and where its units are. docs/SPEC.md section 9.2. */
import { Ok } from '../../codes.ts';
import * as Err from '../../err.ts';
import { BLOCK } from '../../format/index.ts';
import {
  BASE_SHIFT,
  COPIES_MAX,
  DIGESTS_MADE,
  DIGESTS_MAX,
  FLAGS_ALL,
  FLAG_INLINE,
  FLAG_MAPPED,
  FLAG_PLAIN,
  FLAG_RISCV,
  FLAG_THUMB,
  LITERAL_BITS_MASK,
  LITERAL_BITS_MAX,
  PATCH_VERSION,
  PIECE_DIGEST,
  PLACES_MAX,
  PLACES_OFFSET,
  UNITS_MAX,
  UNIT_DIGEST,
} from './layout.ts';

const VARINT_BYTES = 4;

export interface Head {
  /** Of the first byte, and FLAG_RISCV of the second. */
  flags: number;
  literalBits: number;
  /** Literals are plain bits: noise would only teach the contexts wrong. */
  plain: boolean;
  inline: boolean;
  /** Where an image of code is linked to run; 0: not known. */
  base: number;
  copies: number;
  /** The coded copy map in the piece. */
  mapFrom: number;
  mapTo: number;
  /** Where the head ends in the piece. */
  end: number;
  units: number;
  /** By unit: where it starts in the new image; at PLACES_OFFSET, in the payload. One more each: the ends. */
  readonly places: Uint32Array;
  /** By unit: digest of its first piece; at DIGESTS_MADE, of what it makes, but for the last; at DIGESTS_NEXT, a piece's. */
  readonly digests: Uint8Array;
}

export function headNew(): Head {
  const bytes = new Uint8Array(4 * PLACES_MAX + DIGESTS_MAX);
  return {
    flags: 0,
    literalBits: 0,
    plain: false,
    inline: false,
    base: 0,
    copies: 0,
    mapFrom: 0,
    mapTo: 0,
    end: 0,
    units: 0,
    places: new Uint32Array(bytes.buffer, 0, PLACES_MAX),
    digests: bytes.subarray(4 * PLACES_MAX),
  };
}

/** Reads at `head.end` and moves it; -1 for a number that is cut off, too long or too large. */
function varintTake(head: Head, bytes: Uint8Array, to: number): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < VARINT_BYTES; i++) {
    if (!(head.end < to)) return -1;
    const byte = bytes[head.end++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return -1;
}

/** Reads `n` bytes into the digests at `at`. */
function digestTake(head: Head, bytes: Uint8Array, to: number, at: number, n: number): boolean {
  if (!(head.end + n <= to)) return false;
  for (let i = 0; i < n; i++) head.digests[at + i] = bytes[head.end + i]!;
  head.end += n;
  return true;
}

/** Reads the head in the first piece, `bytes[0..to-1]`, of a payload of `payloadSize` bytes that makes `freshSize`. */
export function headTake(
  head: Head,
  bytes: Uint8Array,
  to: number,
  freshSize: number,
  payloadSize: number,
): number {
  if (!(to >= 2) || bytes[0]! >> 4 !== PATCH_VERSION) return Err.PatchMalformed;
  head.flags = (bytes[0]! & FLAGS_ALL) | (bytes[1]! & FLAG_RISCV);
  head.literalBits = bytes[1]! & LITERAL_BITS_MASK;
  head.plain = (bytes[1]! & FLAG_PLAIN) !== 0;
  head.inline = (bytes[1]! & FLAG_INLINE) !== 0;
  head.end = 2;
  if ((bytes[1]! & ~(LITERAL_BITS_MASK | FLAG_RISCV | FLAG_PLAIN | FLAG_INLINE)) !== 0)
    return Err.PatchMalformed;
  if (!(head.literalBits <= (head.plain ? 0 : LITERAL_BITS_MAX))) return Err.PatchMalformed;
  const mapped = (head.flags & FLAG_MAPPED) !== 0;
  const code = head.flags & (FLAG_THUMB | FLAG_RISCV);
  if (code === (FLAG_THUMB | FLAG_RISCV) || (!mapped && head.flags !== 0)) return Err.PatchMalformed;
  const base = code !== 0 ? varintTake(head, bytes, to) : 0;
  head.copies = mapped ? varintTake(head, bytes, to) : 0;
  const mapLength = mapped ? varintTake(head, bytes, to) : 0;
  if (!(base >= 0 && base < 1 << 24 && head.copies >= 0 && head.copies <= COPIES_MAX && mapLength >= 0))
    return Err.PatchMalformed;
  head.base = base * (1 << BASE_SHIFT);
  head.units = head.inline ? 1 : varintTake(head, bytes, to);
  if (!(head.units >= 1 && head.units <= UNITS_MAX)) return Err.PatchMalformed;
  const taken = unitsTake(head, bytes, to, freshSize);
  if (taken < 0) return taken;
  head.mapFrom = head.end;
  head.end += mapLength;
  head.mapTo = head.end;
  return placesTake(head, to, payloadSize);
}

function unitsTake(head: Head, bytes: Uint8Array, to: number, freshSize: number): number {
  const places = head.places;
  places[0] = 0;
  places[PLACES_OFFSET] = 0;
  if (head.inline) {
    places[1] = freshSize;
    return Ok;
  }
  let start = 0;
  let offset = 0;
  for (let unit = 0; unit < head.units; unit++) {
    if (!digestTake(head, bytes, to, unit * PIECE_DIGEST, PIECE_DIGEST)) return Err.PatchMalformed;
    if (unit + 1 === head.units) break;
    const blocks = varintTake(head, bytes, to);
    const length = varintTake(head, bytes, to);
    if (!(blocks > 0 && length > 0)) return Err.PatchMalformed;
    if (!digestTake(head, bytes, to, DIGESTS_MADE + unit * UNIT_DIGEST, UNIT_DIGEST))
      return Err.PatchMalformed;
    start += blocks * BLOCK;
    offset += length;
    if (!(start < freshSize)) return Err.PatchMalformed;
    places[unit + 1] = start;
    places[PLACES_OFFSET + unit + 1] = offset;
  }
  places[head.units] = freshSize;
  return Ok;
}

/** Units follow the first piece; the last one goes to the end of the payload. */
function placesTake(head: Head, to: number, payloadSize: number): number {
  if (!(head.end <= to)) return Err.PatchMalformed;
  const places = head.places;
  const last = PLACES_OFFSET + head.units;
  if (head.inline) {
    places[last] = payloadSize;
    return to === payloadSize ? Ok : Err.PatchMalformed;
  }
  if (head.end !== to) return Err.PatchMalformed;
  for (let at = PLACES_OFFSET; at < last; at++) places[at] = places[at]! + to;
  places[last] = payloadSize;
  return places[last - 1]! < payloadSize ? Ok : Err.PatchMalformed;
}
