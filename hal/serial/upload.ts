/**
 * An upload: the bundle as one stream, in chunks that a client sends. Nothing that the client says is believed but the
 * place of a chunk in the stream, and that only if it is the place that was asked for; the agent proves the rest.
 *
 * `off` in an answer is where the client goes on. It jumps forward over what is not needed, because the block is in
 * flash already; and while the agent is busy for longer than a client waits it is the last byte of the stream, so that
 * asking again costs a chunk of one byte. That byte is not used.
 */
import type { Agent } from '../../agent/agent.ts';
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import { Busy, Done, Idle, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';

/** uploadStep(): call again. Otherwise an offset, or a code. */
export const WORKING = 9007199254740991;

const SHA = 32;
/** No chunk is asked for before the agent has come to rest. */
const NOWHERE = -1;

const State = {
  None: 0,
  Envelope: 1, // takes the envelope; the stream's offset is its own
  Payload: 2, // the agent says what it wants
  Staged: 3,
  Failed: 4,
} as const;

export interface Upload {
  readonly agent: Agent;
  readonly hold: number;
  readonly range: { offset: number; length: number };
  state: number;
  /** Why it failed. */
  code: number;
  /** Bytes of the stream, as the client said at its start, and its name for it. */
  size: number;
  readonly sha: Uint8Array;
  named: boolean;
  /** Length of the envelope; so many bytes of it so far, while it comes. */
  envelope: number;
  /** Offset of the chunk that was asked for. */
  expected: number;
  /** The chunk at work: its bytes, and the offset in the stream of the first of them. */
  bytes: Uint8Array;
  from: number;
  to: number;
  offset: number;
  /** The agent waits for the byte at `offset`. */
  granted: boolean;
  polls: number;
  /** Bytes that the agent took; answers that asked the client to come again. */
  taken: number;
  waits: number;
}

export function uploadNew(agent: Agent, hold: number): Upload {
  return {
    agent: agent,
    hold: hold,
    range: { offset: 0, length: 0 },
    state: State.None,
    code: Ok,
    size: 0,
    sha: new Uint8Array(SHA),
    named: false,
    envelope: 0,
    expected: NOWHERE,
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
    offset: 0,
    granted: false,
    polls: 0,
    taken: 0,
    waits: 0,
  };
}

/** Whether this is the upload under way, under the name that it had. After a reset nothing is. */
export function uploadIs(upload: Upload, size: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (upload.state === State.None || upload.state === State.Failed) return false;
  if (!upload.named || upload.size !== size || to - from !== SHA) return false;
  return bytesEqual(upload.sha, 0, bytes, from, SHA);
}

/** Whether there is one to go on with; a failed one says again why. */
export function uploadLives(upload: Upload): boolean {
  return upload.state !== State.None;
}

/** Starts anew: what the agent had under way is given up. Ok, or its code. */
export function uploadBegin(
  upload: Upload,
  size: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  upload.size = size;
  upload.named = to - from === SHA;
  if (upload.named) bytesCopy(bytes, from, upload.sha, 0, SHA);
  upload.envelope = 0;
  upload.expected = 0;
  upload.taken = 0;
  upload.waits = 0;
  const code = upload.agent.offerBegin(true);
  upload.state = code < 0 ? State.None : State.Envelope;
  return code;
}

/** Takes up a chunk. One that was not asked for is not looked at: it serves as the question where to go on. */
export function uploadChunk(
  upload: Upload,
  offset: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  upload.polls = 0;
  upload.bytes = bytes;
  upload.offset = offset;
  upload.from = from;
  upload.granted = offset === upload.expected;
  upload.to = upload.granted ? to : from;
}

/** Forgets it: the agent was told to cancel, or goes another way. */
export function uploadEnd(upload: Upload): void {
  upload.state = State.None;
}

/** One push and one poll of the agent. WORKING, the offset to answer, or a code. */
export function uploadStep(upload: Upload): number {
  if (upload.state === State.Failed) return upload.code;
  if (upload.state === State.Staged) return upload.size;
  if (upload.granted) {
    const took = uploadPush(upload);
    if (took < 0) return fail(upload, took);
  }
  const code = upload.agent.poll();
  if (code < 0) return fail(upload, code);
  if (code === Idle && !upload.granted) {
    const next = uploadNext(upload);
    if (next !== WORKING) return next;
  }
  upload.polls++;
  if (upload.polls < upload.hold) return WORKING;
  upload.expected = NOWHERE;
  upload.waits++;
  return upload.size - 1;
}

/** When the agent takes less than it is given it has to be asked where it stands: what comes next may be elsewhere. */
function uploadPush(upload: Upload): number {
  const took = upload.agent.push(upload.bytes, upload.from, upload.to);
  if (took < 0) return took;
  upload.from += took;
  upload.offset += took;
  upload.taken += took;
  if (upload.state === State.Envelope) upload.envelope += took;
  upload.granted = false;
  return took;
}

/** The agent is at rest: where it wants the stream to go on. */
function uploadNext(upload: Upload): number {
  const code = upload.agent.wanted(upload.range);
  if (code === Busy) return WORKING;
  if (code === Done) {
    upload.state = State.Staged;
    return upload.size;
  }
  let next = upload.envelope;
  if (code !== Err.EnvelopeTooShort) {
    if (code < 0) return fail(upload, code);
    upload.state = State.Payload;
    next += upload.range.offset;
    if (!(next + upload.range.length <= upload.size)) return fail(upload, Err.PayloadTooShort);
  } else if (!(next < upload.size)) {
    return fail(upload, code);
  }
  // What is wanted may stand in this very chunk, further on.
  const ahead = next - upload.offset;
  if (ahead >= 0 && ahead < upload.to - upload.from) {
    upload.from += ahead;
    upload.offset = next;
    upload.granted = true;
    return WORKING;
  }
  upload.expected = next;
  return next;
}

function fail(upload: Upload, code: number): number {
  upload.state = State.Failed;
  upload.code = code;
  return code;
}
