/**
 * The device's end of a serial line: bytes in, bytes out, and the agent between. Read this first.
 *
 *   take(bytes) ─► line/reader ─► message/reader ─► answer/table ─► agent
 *   give(bytes) ◄─ line/writer ◄─ message/writer ◄──────┘
 *
 *   const serial = openSerial({ agent, reset });
 *   from the main loop: take() what the UART has, poll(), give() to the UART what it has room for
 *
 * One request is at work at a time, in one buffer. poll() does at most one slow thing of the agent. All is allocated in
 * openSerial.
 */
import { Idle, More } from '../../agent/codes.ts';
import { refuse, refuseCode, Rc } from './answer/refusal.ts';
import { TABLE } from './answer/table.ts';
import { uploadAnswer } from './answer/image.ts';
import { lineTake } from './line/reader.ts';
import { lineBegin, lineGive } from './line/writer.ts';
import { HEADER, headerRead, headerWrite, Op } from './message/header.ts';
import { fieldsRead } from './message/reader.ts';
import { bodyBegin } from './message/writer.ts';
import { servingNew } from './serving.ts';
import type { SerialOptions, Serving } from './serving.ts';
import { uploadStep, WORKING } from './upload.ts';

export interface SerialCounts {
  /** Packets that came whole; packets and lines that were dropped. */
  packets: number;
  dropped: number;
  /** Requests answered; of those, refused. */
  answers: number;
  refusals: number;
  /** Bytes of the upload that the agent took; answers that asked the client to come again. */
  taken: number;
  waits: number;
}

export interface Serial {
  /**
   * Takes bytes[from..to-1] of what came over the line. Returns how many it took: it stops behind a request until that
   * is answered. Who has nowhere to keep the rest may drop it; a client waits for its answer, and asks again.
   */
  take(bytes: Uint8Array, from: number, to: number): number;
  /** Does at most one slow thing. More: call again, and give() what there is. Idle: nothing to do until bytes come. */
  poll(): number;
  /** Fills into[from..to-1] with what is to be sent. Returns how many bytes; 0: nothing now. */
  give(into: Uint8Array, from: number, to: number): number;
  counts(into: SerialCounts): void;
}

export function countsNew(): SerialCounts {
  return { packets: 0, dropped: 0, answers: 0, refusals: 0, taken: 0, waits: 0 };
}

/** Throws RangeError where the board is wired wrongly. */
export function openSerial(options: SerialOptions): Serial {
  const serving = servingNew(options);
  return {
    take: (bytes, from, to) => lineTake(serving.reader, bytes, from, to),
    poll: () => serialPoll(serving),
    give: (into, from, to) => lineGive(serving.writer, into, from, to),
    counts: (into) => countsFill(serving, into),
  };
}

function serialPoll(serving: Serving): number {
  const writer = serving.writer;
  const reader = serving.reader;
  if (writer.at < writer.length) return More;
  if (writer.length > 0) {
    // The answer is out: the buffer is free for the next request.
    writer.at = 0;
    writer.length = 0;
    reader.message = 0;
    if (serving.resetting) {
      serving.resetting = false;
      serving.options.reset();
    }
    return Idle;
  }
  if (reader.message === 0) return Idle;
  if (serving.working) uploadGoOn(serving);
  else requestBegin(serving);
  return reader.message === 0 ? Idle : More;
}

function requestBegin(serving: Serving): void {
  const reader = serving.reader;
  const header = serving.header;
  headerRead(reader.bytes, header);
  // Our own answer, come back on a line that echoes, or another server's.
  if (header.op !== Op.Read && header.op !== Op.Write) {
    reader.dropped++;
    reader.message = 0;
    return;
  }
  const whole = header.length === reader.message - HEADER;
  const readable = whole && fieldsRead(serving.fields, HEADER, reader.message);
  bodyBegin(serving.body, HEADER);
  if (header.version > 1) refuse(serving, Rc.TooNew);
  else if (!readable) refuse(serving, Rc.Invalid);
  else requestAnswer(serving);
  if (!serving.working) answerEnd(serving);
}

function requestAnswer(serving: Serving): void {
  const header = serving.header;
  for (const row of TABLE) {
    if (row.group === header.group && row.command === header.command && row.op === header.op) {
      row.answer(serving);
      return;
    }
  }
  refuse(serving, Rc.NotSupported);
}

function uploadGoOn(serving: Serving): void {
  const next = uploadStep(serving.upload);
  if (next === WORKING) return;
  serving.working = false;
  if (next < 0) refuseCode(serving, next);
  else uploadAnswer(serving, next);
  answerEnd(serving);
}

/** Puts the header before the body, and lets it go out. */
function answerEnd(serving: Serving): void {
  const body = serving.body;
  const header = serving.header;
  if (body.overflow) {
    bodyBegin(body, HEADER);
    refuse(serving, Rc.MessageSize);
  }
  header.op += 1;
  header.version = header.version === 0 ? 0 : 1;
  header.length = body.at - HEADER;
  headerWrite(serving.reader.bytes, header);
  serving.answers++;
  lineBegin(serving.writer, body.at);
}

function countsFill(serving: Serving, into: SerialCounts): void {
  into.packets = serving.reader.packets;
  into.dropped = serving.reader.dropped;
  into.answers = serving.answers;
  into.refusals = serving.refusals;
  into.taken = serving.upload.taken;
  into.waits = serving.upload.waits;
}
