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
  let window: Uint8Array | undefined;
  let start = 0;
  let limit = 0;
  let length = 0;
  return {
    begin(into, at, end) {
      window = at >= 0 && at <= end && end <= into.length ? ownBytes(into) : undefined;
      start = at;
      limit = end;
      length = 0;
    },
    push(bytes, from, to) {
      if (!(from >= 0 && from <= to && to <= bytes.length)) window = undefined;
      else if (!(to - from <= streamMax - length)) window = undefined;
      if (!window) return -1;
      stream.set(ownRange(bytes, from, to), length);
      length += to - from;
      return to - from;
    },
    finish() {
      if (!window || length === 0) return -1;
      try {
        const output = decode(stream.subarray(0, length), window.subarray(0, start), limit - start);
        if (!output || !(output.length <= limit - start)) return -1;
        window.set(output, start);
        return output.length;
      } catch {
        return -1;
      }
    },
  };
}
