/**
 * A package that a server pushes, block by block into the agent: envelope, then payload, as one stream. A block is held
 * until the agent has taken all of it; then the next one is asked for. Which block it is hal/coap/body.ts has judged.
 */
import type { Agent } from '../../../agent/agent.ts';
import { bytesCopy } from '../../../agent/bytes.ts';
import { Idle, Ok, Phase } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import type { Status } from '../../../agent/report.ts';
import { unwrapBegin, unwrapIsReset, unwrapNext, unwrapperNew, unwrapWhole } from './package.ts';
import type { Unwrapper } from './package.ts';

/** What a block, or a step, came to; a code of the agent where it is below zero. */
export const Push = {
  Working: 1, // step again
  More: 2, // the agent has all of it: the next block
  Whole: 3, // staged, and proven
  Reset: 4, // there was nothing in it
} as const;

export interface PushState {
  readonly agent: Agent;
  readonly status: Status;
  readonly hold: Uint8Array;
  readonly unwrapper: Unwrapper;
  /** The agent has been offered this package. */
  offered: boolean;
  /** Of the block at work hold[from..to-1] is left. */
  from: number;
  to: number;
  last: boolean;
  /** Of the agent, when it took nothing and had nothing to do. */
  stalled: boolean;
}

export function pushNew(agent: Agent, status: Status, hold: number): PushState {
  return {
    agent: agent,
    status: status,
    hold: new Uint8Array(hold),
    unwrapper: unwrapperNew(),
    offered: false,
    from: 0,
    to: 0,
    last: false,
    stalled: false,
  };
}

/**
 * Takes up a block, of at most hold bytes; `format` is looked at in the first one. Working, or Reset; or a code: it is no
 * package.
 */
export function pushBlock(
  push: PushState,
  format: number,
  first: boolean,
  last: boolean,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  const length = to - from;
  if (!(length <= push.hold.length)) return Err.BadArgument;
  bytesCopy(bytes, from, push.hold, 0, length);
  push.last = last;
  push.stalled = false;
  if (first) push.offered = false;
  const unwrapper = push.unwrapper;
  const fits = first
    ? unwrapBegin(unwrapper, format, push.hold, 0, length)
    : unwrapNext(unwrapper, push.hold, 0, length);
  if (!fits || (last && !unwrapWhole(unwrapper))) return Err.Envelope;
  push.from = unwrapper.from;
  push.to = unwrapper.to;
  if (last && unwrapIsReset(unwrapper)) return Push.Reset;
  return Push.Working;
}

/** One push and one poll of the agent. Working, More, Whole, or a code. */
export function pushStep(push: PushState): number {
  const agent = push.agent;
  if (!push.offered) {
    const code = agent.offerBegin(true);
    if (code < 0) return code;
    push.offered = true;
  }
  let taken = 0;
  if (push.from < push.to) {
    taken = agent.push(push.hold, push.from, push.to);
    if (taken < 0) return pushCode(push, taken);
    push.from += taken;
  }
  const code = agent.poll();
  if (code < 0) return pushCode(push, code);
  if (code !== Idle) {
    push.stalled = false;
    return Push.Working;
  }
  if (push.from < push.to) {
    // An agent at rest that takes nothing, twice in a row, has all that it needs.
    if (taken === 0 && push.stalled) push.from = push.to;
    push.stalled = taken === 0;
    return Push.Working;
  }
  return push.last ? pushEnd(push) : Push.More;
}

function pushEnd(push: PushState): number {
  push.agent.status(push.status);
  if (push.status.phase === Phase.Staged) return Push.Whole;
  if (push.status.phase === Phase.Failed) return push.status.code;
  return push.status.phase === Phase.Envelope ? Err.EnvelopeTooShort : Err.PayloadTooShort;
}

/** Somebody else may have polled the agent when it failed: the session has the first code. */
function pushCode(push: PushState, code: number): number {
  push.agent.status(push.status);
  return push.status.phase === Phase.Failed && push.status.code < Ok ? push.status.code : code;
}
