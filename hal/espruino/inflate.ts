/**
 * An Inflate whose memory is there from a frame's begin to its finish only: while signatures are verified, and where
 * frames are stored as they are, it takes none.
 *
 * Written in the device dialect, like agent/.
 */
import type { Inflate } from '../ports.ts';

interface FrameInflate extends Inflate {
  readonly make: () => Inflate;
  inflate: Inflate | undefined;
}

function begin(this: FrameInflate, ring: Uint8Array, at: number, room: number, have: number): void {
  if (!this.inflate) this.inflate = this.make();
  this.inflate.begin(ring, at, room, have);
}

function push(this: FrameInflate, bytes: Uint8Array, from: number, to: number): number {
  return this.inflate ? this.inflate.push(bytes, from, to) : -1;
}

function finish(this: FrameInflate): number {
  const length = this.inflate ? this.inflate.finish() : -1;
  this.inflate = undefined;
  return length;
}

export function espruinoInflate(make: () => Inflate): Inflate {
  const frame: FrameInflate = { make: make, inflate: undefined, begin: begin, push: push, finish: finish };
  return frame;
}
