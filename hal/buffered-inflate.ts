/**
 * The Inflate port over a library that wants a whole stream at once: collects it, and decodes when asked to finish.
 *
 * Where the stream ends is known only then, so push takes every byte; bytes after the end make finish refuse instead.
 * A caller that asks for both, all bytes taken and the right length, gets the same verdicts from either kind.
 */
import type { Inflate } from './ports.ts';
import { ownBytes, ownRange } from './strict.ts';

/** Longest stream taken by default: a frame longer than the block it yields is sent stored. */
export const FRAME_MAX: number = 4096;

/**
 * Decodes `stream`, all of it, to at most `room` bytes; undefined when it is not exactly one stream, or has more to give.
 * `dictionary` is what lies before the output. May throw.
 */
export type Decode = (stream: Uint8Array, dictionary: Uint8Array, room: number) => Uint8Array | undefined;

export function bufferedInflate(decode: Decode, streamMax: number): Inflate {
  const stream = new Uint8Array(streamMax);
  let ring: Uint8Array | undefined;
  let start = 0;
  let limit = 0;
  let before = 0;
  let length = 0;
  return {
    begin(into, at, room, have) {
      const fits = at >= 0 && room >= 0 && at + room <= into.length && have >= 0 && have <= into.length;
      ring = fits ? ownBytes(into) : undefined;
      start = at;
      limit = room;
      before = have;
      length = 0;
    },
    push(bytes, from, to) {
      if (!(from >= 0 && from <= to && to <= bytes.length)) ring = undefined;
      else if (!(to - from <= streamMax - length)) ring = undefined;
      if (!ring) return -1;
      stream.set(ownRange(bytes, from, to), length);
      length += to - from;
      return to - from;
    },
    finish() {
      if (!ring || length === 0) return -1;
      try {
        const output = decode(stream.subarray(0, length), unrolled(ring, start, before), limit);
        if (!output || !(output.length <= limit)) return -1;
        ring.set(output, start);
        return output.length;
      } catch {
        return -1;
      }
    },
  };
}

/** The `have` bytes before `at` in one piece. */
const unrolled = (ring: Uint8Array, at: number, have: number): Uint8Array => {
  if (have <= at) return ring.subarray(at - have, at);
  const bytes = new Uint8Array(have);
  bytes.set(ring.subarray(ring.length - (have - at)));
  bytes.set(ring.subarray(0, at), have - at);
  return bytes;
};
