/**
 * Writes to 5/0/0. A block is answered when the agent has taken it: at once, or, where that takes longer than a server
 * should wait for an acknowledgement, by a response of its own.
 */
import { bytesCopy } from '../../../agent/bytes.ts';
import type { Binding, Endpoint, Incoming, Peer, Reply, Response } from '../../coap/contract.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { writeUint } from '../../coap/writer.ts';
import type { Writer } from '../../coap/writer.ts';
import { ContentFormat } from '../format/content-format.ts';
import { Happening, machineMay, Result, State } from '../firmware/machine.ts';
import { firmwareDone, firmwareDrop, firmwareFail, firmwareHears, firmwareStep } from '../firmware/object.ts';
import type { Firmware } from '../firmware/object.ts';
import { packageFormat } from '../firmware/package.ts';
import { Push, pushBlock, pushStep } from '../firmware/push.ts';
import { resultOf } from '../firmware/result.ts';
import { ABSENT } from './asked.ts';
import type { Asked } from './asked.ts';

const TOKEN_MAX = 8;
const BINDING_MAX = 32;
/** Steps of the agent before a server is told to wait. */
const STEPS = 8;

export interface PushAnswer {
  readonly firmware: Firmware;
  /** A block is at work, and its answer will be a response of its own. */
  working: boolean;
  /** The code of the answer; 0: not known yet. */
  code: number;
  /** Block1 of the block that is answered; `ABSENT`: there was none. */
  block: number;
  readonly response: PushResponse;
}

interface PushResponse {
  peer: Peer;
  code: number;
  confirmable: boolean;
  readonly token: Uint8Array;
  tokenLength: number;
  readonly binding: Binding;
  id: number;
  write(w: Writer): void;
  settled(code: number, now: number): void;
}

export function pushAnswerNew(firmware: Firmware): PushAnswer {
  const answer: PushAnswer = {
    firmware: firmware,
    working: false,
    code: 0,
    block: ABSENT,
    response: {
      // Replaced before it is used.
      peer: undefined as unknown as Peer,
      code: 0,
      confirmable: true,
      token: new Uint8Array(TOKEN_MAX),
      tokenLength: 0,
      binding: { bytes: new Uint8Array(BINDING_MAX), length: 0 },
      id: 0,
      write: (w) => blockWrite(answer, w),
      // A server that has lost it asks again with the same block.
      settled: () => {},
    },
  };
  return answer;
}

function blockWrite(answer: PushAnswer, w: Writer): void {
  if (answer.block !== ABSENT) writeUint(w, Option.Block1, answer.block);
}

/** A block of the package. Answers, or leaves `Code.Empty` for later. */
export function pushServe(answer: PushAnswer, asked: Asked, incoming: Incoming, reply: Reply): void {
  const firmware = answer.firmware;
  const message = incoming.message;
  const format = asked.format === ABSENT ? ContentFormat.Opaque : asked.format;
  const offset = asked.block === ABSENT ? 0 : asked.block;
  const last = asked.block === ABSENT || !asked.more;
  if (offset === 0 && !packageFormat(format)) {
    reply.code = Code.UnsupportedContentFormat;
    return;
  }
  const refused = mayPush(
    firmware,
    offset,
    last,
    message.end - message.payload,
    message.bytes[message.payload]!,
  );
  if (refused !== 0) {
    reply.code = refused;
    return;
  }
  // An answer that is still to come is for whoever asked last.
  const again = answer.working && offset + message.end - message.payload <= firmware.push.came;
  if (answer.working && !again) {
    reply.code = offset === 0 ? Code.ServiceUnavailable : Code.RequestEntityIncomplete;
    return;
  }
  answer.block = asked.block === ABSENT ? ABSENT : blockNumber(asked, asked.size, asked.more);
  remember(answer, incoming);
  if (again) {
    reply.code = Code.Empty;
    return;
  }
  const taken = pushBlock(firmware.push, format, offset, last, message.bytes, message.payload, message.end);
  answer.code = blockTaken(answer, asked, taken, offset, incoming.now);
  for (let step = 0; step < STEPS && answer.code === 0; step += 1) pushWork(answer);
  reply.code = answer.code === 0 ? Code.Empty : answer.code;
  answer.working = answer.code === 0;
  if (!answer.working) blockWrite(answer, reply.writer);
}

const blockNumber = (asked: Asked, size: number, more: boolean): number =>
  ((asked.block >> (asked.size + 4)) << 4) | (more ? 8 : 0) | size;

/** Whether a block may come now: 0, or the code to answer with. */
function mayPush(firmware: Firmware, offset: number, last: boolean, length: number, first: number): number {
  const pushing = firmware.machine.state === State.Downloading && firmware.pushUntil > 0;
  if (offset > 0) return pushing ? 0 : Code.RequestEntityIncomplete;
  if (pushing || machineMay(firmware.machine, Happening.Begin)) return 0;
  // A reset may be wrapped, which takes four bytes at most in front of a NUL.
  const reset = last && (length === 0 || (length === 1 && first === 0) || length <= RESET_MAX);
  return reset && machineMay(firmware.machine, Happening.Reset) ? 0 : Code.MethodNotAllowed;
}

/** Longest reset in any of the formats: of SenML, with the path as base name. */
const RESET_MAX = 16;

function remember(answer: PushAnswer, incoming: Incoming): void {
  const response = answer.response;
  const message = incoming.message;
  response.peer = incoming.peer;
  response.tokenLength = message.tokenLength;
  bytesCopy(message.token, 0, response.token, 0, message.tokenLength);
  response.binding.length = incoming.binding.length;
  bytesCopy(incoming.binding.bytes, 0, response.binding.bytes, 0, incoming.binding.length);
}

/** What a block came to before the agent sees it: a code to answer with, or 0: there is work. */
function blockTaken(answer: PushAnswer, asked: Asked, taken: number, offset: number, now: number): number {
  const firmware = answer.firmware;
  if (taken === Push.Gap) return Code.RequestEntityIncomplete;
  if (taken === Push.Again) return asked.more ? Code.Continue : Code.Changed;
  if (taken === Push.Large) {
    answer.block = blockNumber(asked, sizeExponent(firmware.push.hold.length), asked.more);
    return Code.RequestEntityTooLarge;
  }
  if (taken === Push.Reset) {
    firmwareDrop(firmware);
    firmwareStep(firmware, Happening.Reset, 0);
    return Code.Changed;
  }
  if (firmware.machine.state !== State.Idle && firmware.pushUntil === 0) return Code.MethodNotAllowed;
  if (offset === 0) {
    firmware.kept.uriLength = 0;
    firmwareStep(firmware, Happening.Begin, 0);
  }
  firmwareHears(firmware, now);
  return taken < 0 ? failed(firmware, taken) : 0;
}

function sizeExponent(size: number): number {
  let exponent = 0;
  while (16 << (exponent + 1) <= size) exponent += 1;
  return exponent;
}

/** The package is wrong, or the device cannot take it: the one is the server's to mend. */
function failed(firmware: Firmware, code: number): number {
  firmware.agent.cancel();
  firmwareFail(firmware, code);
  const result = resultOf(code);
  return result === Result.Integrity || result === Result.PackageType
    ? Code.BadRequest
    : Code.InternalServerError;
}

/** One step of the agent. */
function pushWork(answer: PushAnswer): void {
  const firmware = answer.firmware;
  const step = pushStep(firmware.push);
  if (step === Push.Working) return;
  if (step === Push.More) answer.code = Code.Continue;
  else if (step === Push.Whole) {
    firmwareDone(firmware);
    answer.code = Code.Changed;
  } else answer.code = failed(firmware, step);
}

/** Works on a block whose answer is to come. True: call again soon. */
export function pushPoll(answer: PushAnswer, endpoint: Endpoint, now: number): boolean {
  if (!answer.working) return false;
  for (let step = 0; step < STEPS && answer.code === 0; step += 1) pushWork(answer);
  if (answer.code === 0) return true;
  answer.response.code = answer.code;
  // Every buffer is in use: at the next poll.
  if (endpoint.respond(answer.response as Response, now) < 0) return true;
  answer.working = false;
  if (answer.code === Code.Continue) firmwareHears(answer.firmware, now);
  return false;
}
