/** The Inflate port over node:zlib. */
import { inflateRawSync, type InflateRaw, type ZlibOptions } from 'node:zlib';
import { bufferedInflate, FRAME_MAX } from '../buffered-inflate.ts';
import type { Inflate } from '../ports.ts';

// Deflate reaches no further back, and zlib refuses a longer dictionary.
const REACH = 32768;

const decode = (stream: Uint8Array, dictionary: Uint8Array, room: number): Uint8Array | undefined => {
  const near = dictionary.subarray(Math.max(0, dictionary.length - REACH));
  const options: ZlibOptions = { info: true, maxOutputLength: room + 1 };
  if (near.length > 0) options.dictionary = near;
  // What `info` makes of the answer is not in the types.
  const answer = inflateRawSync(stream, options) as unknown as { buffer: Buffer; engine: InflateRaw };
  return answer.engine.bytesWritten === stream.length ? answer.buffer : undefined;
};

/** Inflate over node:zlib; takes streams of up to `streamMax` bytes. */
export function zlibInflate(streamMax: number = FRAME_MAX): Inflate {
  return bufferedInflate(decode, streamMax);
}
