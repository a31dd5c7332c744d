/** Sends a bundle over a link, chunk by chunk, and goes on wherever the board says. */
import { createHash } from 'node:crypto';
import { encode } from 'cborg';
import { Group, HEADER, Op } from '../../hal/serial/index.ts';
import { PublishError } from '../errors.ts';
import { expectDone } from './board.ts';
import type { Link } from './link.ts';

export interface Sent {
  /** Of the bundle: bytes that were sent, once or more often, and those that never were. */
  readonly sent: number;
  readonly saved: number;
  readonly chunks: number;
  /** Answers that said: not yet. */
  readonly waits: number;
}

/** A client's packet has a length and a checksum of two bytes each beside the message. */
const PACKET = 4;
const MESSAGE_MOST = 4096;
/** Answers in a row without the board taking a byte: a server that never does is broken. */
const IDLE_MOST = 100_000;

const messageMost = async (link: Link): Promise<number> => {
  const { buf_size: size } = expectDone(await link.ask(Op.Read, Group.Os, 6, {}));
  if (typeof size === 'number' && size >= 128) return Math.min(size - PACKET, MESSAGE_MOST);
  throw new PublishError('the board has no room for a message', { field: '--port' });
};

export const upload = async (
  link: Link,
  bundle: Uint8Array,
  onProgress: (done: number, total: number) => void,
): Promise<Sent> => {
  const most = await messageMost(link);
  const sha = new Uint8Array(createHash('sha256').update(bundle).digest());
  const head = (off: number): Record<string, unknown> =>
    off === 0 ? { off, len: bundle.length, sha } : { off };
  let off = 0;
  let saved = 0;
  /** All of the bundle before it was sent, or jumped over. */
  let reached = 0;
  let waiting = false;
  let chunks = 0;
  let waits = 0;
  let idle = 0;
  while (off < bundle.length) {
    const room = most - HEADER - encode({ ...head(off), data: new Uint8Array(0) }).length - 2;
    const data = bundle.subarray(off, off + room);
    const answer = expectDone(await link.ask(Op.Write, Group.Image, 1, { ...head(off), data }));
    const next = answer['off'];
    if (!(typeof next === 'number' && next >= 0 && next <= bundle.length && next % 1 === 0))
      throw new PublishError(`the board asks for byte ${String(next)}`, { field: '--port' });
    chunks++;
    const wait = next === bundle.length - 1 && off + data.length !== next;
    const forward = next >= off + data.length && !wait;
    if (wait) waits++;
    // The byte of a wait is sent to ask, not to be used.
    if (!waiting) reached = Math.max(reached, off + data.length);
    waiting = wait;
    if (!wait) {
      saved += Math.max(0, next - reached);
      reached = Math.max(reached, next);
    }
    idle = forward ? 0 : idle + 1;
    if (idle > IDLE_MOST) throw new PublishError('the board takes nothing', { field: '--port' });
    if (!wait) onProgress(next, bundle.length);
    off = next;
  }
  return { sent: bundle.length - saved, saved, chunks, waits };
};
