/**
 * The Inflate port over fflate, for boards with memory to spare: importing it takes about 200 KB of tables.
 *
 * fflate is lenient. It cuts the output short when there is no room, passes over bytes after the end, and does not tell
 * where that is. Hence one byte of room more than is wanted, and a second decoding without the last byte, which must
 * fail: it does exactly when the stream needs its last byte. Nor does fflate check the complement of a stored length,
 * or that a code is complete and has an end of block, so some streams that are no deflate still decode here. The
 * output is bounded all the same, and a digest over it decides.
 */
import { inflateSync } from 'fflate';
import { bufferedInflate, FRAME_MAX } from './buffered-inflate.ts';
import type { Inflate } from './ports.ts';

/** Inflate over fflate; takes streams of up to `streamMax` bytes. */
export function fflateInflate(streamMax: number = FRAME_MAX): Inflate {
  let scratch = new Uint8Array(FRAME_MAX + 1);
  const decode = (stream: Uint8Array, dictionary: Uint8Array, room: number): Uint8Array | undefined => {
    if (scratch.length < room + 1) scratch = new Uint8Array(room + 1);
    const out = scratch.subarray(0, room + 1);
    const options = dictionary.length > 0 ? { out, dictionary } : { out };
    if (endsEarly(stream, options)) return undefined;
    return inflateSync(stream, options);
  };
  return bufferedInflate(decode, streamMax);
}

const endsEarly = (stream: Uint8Array, options: { out: Uint8Array; dictionary?: Uint8Array }): boolean => {
  // To fflate no bytes at all are a stream that has ended. No stream is one byte long: an empty block takes ten bits.
  if (stream.length === 1) return true;
  try {
    inflateSync(stream.subarray(0, stream.length - 1), options);
    return true;
  } catch {
    return false;
  }
};
