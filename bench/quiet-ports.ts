/** Ports that allocate nothing once they are made, so that what the heap gains is the agent's. */
import type { Crypto, FlashPort, Hash } from '../hal/ports.ts';

export interface QuietFlash {
  readonly port: FlashPort;
  /** Everything as it was when it was made. */
  restore(): void;
}

/** A copy of a flash, in memory, with uniform sectors. It checks nothing. */
export const quietFlash = ({ partition }: FlashPort): QuietFlash => {
  const status = partition.status();
  const { size, blockLength, eraseValue = 0xff } = status;
  const first = new Uint8Array(size);
  partition.read(first, 0);
  const bytes = new Uint8Array(first);
  return {
    port: {
      partition: {
        read(into, offset) {
          for (let at = 0; at < into.length; at++) into[at] = bytes[offset + at]!;
        },
        write(from, offset) {
          for (let at = 0; at < from.length; at++) bytes[offset + at] = from[at]!;
        },
        eraseBlock(from, to = from + 1) {
          bytes.fill(eraseValue, from * blockLength, to * blockLength);
        },
        status: () => status,
      },
    },
    restore: () => bytes.set(first),
  };
};

export interface Replay {
  /** Does the work, and notes each digest. */
  readonly recorder: Crypto;
  /** Says the noted digests again, in their order, as native code would: without an object in JavaScript. */
  readonly player: Crypto;
  /** How many digests the player has said. */
  said(): number;
  rewind(to: number): void;
}

export const replay = (crypto: Crypto): Replay => {
  const digests: Uint8Array[] = [];
  let next = 0;
  const recording = (hash: Hash): Hash => ({
    ...hash,
    finish(into) {
      hash.finish(into);
      digests.push(into.slice(0, 32));
    },
  });
  const playing: Hash = {
    begin() {},
    update() {},
    finish: (into) => into.set(digests[next++]!),
  };
  return {
    recorder: { ...crypto, sha256: () => recording(crypto.sha256()) },
    player: { sha256: () => playing, verify: () => true },
    said: () => next,
    rewind(to) {
      next = to;
    },
  };
};
