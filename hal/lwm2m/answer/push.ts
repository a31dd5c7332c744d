/**
 * Writes to 5/0/0. A block is answered when the agent has taken it: at once, or, where that takes longer than a server
 * should wait for an acknowledgement, by a response of its own.
 */
import { bytesCopy } from '../../../agent/bytes.ts';
import { szxOf, writeBlock } from '../../coap/block.ts';
import { bodyEnd, bodyNew, bodyTake, Take } from '../../coap/body.ts';
import type { Body } from '../../coap/body.ts';
import type { Binding, Endpoint, Incoming, Peer, Reply, Response } from '../../coap/contract.ts';
import { payloadLength } from '../../coap/message.ts';
import { Code, Option } from '../../coap/numbers.ts';
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
/** Milliseconds until an answer that found no buffer is tried again. */
const BUSY_WAIT = 100;
/** Longest reset in any of the formats: of SenML, with names. */
const RESET_MAX = 24;
/** Most bytes of a package: how many it may be is the agent's to say. */
const PACKAGE_MAX = 0xffffffff;

export interface PushAnswer {
  readonly firmware: Firmware;
  readonly body: Body;
  /** A block is at work, and its answer will be a response of its own. */
  working: boolean;
  /** The code of the answer; 0: not known yet. */
  code: number;
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
    body: bodyNew(PACKAGE_MAX, szxOf(firmware.push.hold.length)),
    working: false,
    code: 0,
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

/** A package is being pushed. */
function isPushing(firmware: Firmware): boolean {
  return firmware.machine.state === State.Downloading && firmware.pushUntil > 0;
}

/** Block1 of the block that is answered. */
function blockWrite(answer: PushAnswer, w: Writer): void {
  const body = answer.body;
  if (!body.there) return;
  const szx = body.block.szx < body.szx ? body.block.szx : body.szx;
  writeBlock(w, Option.Block1, body.block.number, body.block.more, szx);
}

/** A block of the package. Answers, or leaves `Code.Empty` for later. */
export function pushServe(answer: PushAnswer, asked: Asked, incoming: Incoming, reply: Reply): void {
  const firmware = answer.firmware;
  const body = answer.body;
  const message = incoming.message;
  const format = asked.format === ABSENT ? ContentFormat.Opaque : asked.format;
  // What was under way was cancelled, reset or given up: the first block is no repetition.
  if (!isPushing(firmware)) bodyEnd(body);
  const take = bodyTake(body, incoming, reply);
  if (take === Take.Refused) return;
  const refused = mayPush(answer, take, format, payloadLength(message), message.bytes[message.payload]!);
  if (refused !== 0) {
    reply.code = refused;
    if (refused !== Code.RequestEntityTooLarge) body.there = false;
    bodyEnd(body);
    blockWrite(answer, reply.writer);
    return;
  }
  remember(answer, incoming);
  if (take === Take.Repeated) {
    // Its answer was lost, or is still to come: it goes to whoever asked last.
    reply.code = answer.working ? Code.Empty : answer.code;
    if (!answer.working) blockWrite(answer, reply.writer);
    return;
  }
  const taken = pushBlock(
    firmware.push,
    format,
    body.first,
    body.last,
    message.bytes,
    message.payload,
    message.end,
  );
  answer.code = blockTaken(answer, taken, incoming.now);
  for (let step = 0; step < STEPS && answer.code === 0; step += 1) pushWork(answer);
  reply.code = answer.code === 0 ? Code.Empty : answer.code;
  answer.working = answer.code === 0;
  if (!answer.working) blockWrite(answer, reply.writer);
}

/** Whether a block may come now: 0, or the code to answer with. */
function mayPush(answer: PushAnswer, take: number, format: number, length: number, byte: number): number {
  const firmware = answer.firmware;
  const body = answer.body;
  const pushing = isPushing(firmware);
  if (take === Take.Repeated) return answer.code !== 0 || answer.working ? 0 : Code.RequestEntityIncomplete;
  // A server that does not wait for its answers is out of step; from the first block on it may begin anew.
  if (!body.first) return pushing && !answer.working ? 0 : Code.RequestEntityIncomplete;
  if (!packageFormat(format)) return Code.UnsupportedContentFormat;
  if (!(length <= firmware.push.hold.length)) return Code.RequestEntityTooLarge;
  if (pushing || machineMay(firmware.machine, Happening.Begin)) return 0;
  const reset = body.last && (length <= 1 ? length === 0 || byte === 0 : length <= RESET_MAX);
  return reset && machineMay(firmware.machine, Happening.Reset) ? 0 : Code.MethodNotAllowed;
}

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
function blockTaken(answer: PushAnswer, taken: number, now: number): number {
  const firmware = answer.firmware;
  const pushing = isPushing(firmware);
  if (taken === Push.Reset) {
    firmwareDrop(firmware);
    firmwareStep(firmware, Happening.Reset, 0);
    bodyEnd(answer.body);
    return Code.Changed;
  }
  // It was taken for a reset, and is none.
  if (!pushing && !machineMay(firmware.machine, Happening.Begin)) return Code.MethodNotAllowed;
  if (answer.body.first) {
    firmware.kept.uriLength = 0;
    firmwareStep(firmware, Happening.Begin, 0);
  }
  firmwareHears(firmware, now);
  return taken < 0 ? failed(answer, taken) : 0;
}

/** The package is wrong, or the device cannot take it: the one is the server's to mend. */
function failed(answer: PushAnswer, code: number): number {
  const firmware = answer.firmware;
  bodyEnd(answer.body);
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
    bodyEnd(answer.body);
    answer.code = Code.Changed;
  } else answer.code = failed(answer, step);
}

/** Works on a block whose answer is to come. When to call again: at once, while the agent has something to do. */
export function pushPoll(answer: PushAnswer, endpoint: Endpoint, now: number): number {
  if (!answer.working) return Infinity;
  const firmware = answer.firmware;
  // Cancelled, reset or given up in the meantime.
  const pushing = isPushing(firmware);
  if (!pushing && answer.code === 0) answer.code = Code.RequestEntityIncomplete;
  for (let step = 0; step < STEPS && answer.code === 0; step += 1) pushWork(answer);
  if (answer.code === 0) return now;
  answer.response.code = answer.code;
  // Where every buffer is in use it goes out when one is free.
  if (endpoint.respond(answer.response as Response, now) < 0) return now + BUSY_WAIT;
  answer.working = false;
  if (answer.code === Code.Continue) firmwareHears(firmware, now);
  return Infinity;
}
