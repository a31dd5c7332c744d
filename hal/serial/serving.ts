/** What the server keeps: one buffer, in which a request comes to stand and over which its answer is written. */
import type { Agent } from '../../agent/agent.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { Report, Status } from '../../agent/report.ts';
import { CRC_BYTES } from './line/form.ts';
import { lineReaderNew } from './line/reader.ts';
import type { LineReader } from './line/reader.ts';
import { lineWriterNew } from './line/writer.ts';
import type { LineWriter } from './line/writer.ts';
import { HEADER, headerNew } from './message/header.ts';
import type { Header } from './message/header.ts';
import { fieldsNew } from './message/reader.ts';
import type { Fields } from './message/reader.ts';
import { bodyWriterNew } from './message/writer.ts';
import type { BodyWriter } from './message/writer.ts';
import { uploadNew } from './upload.ts';
import type { Upload } from './upload.ts';

/** What a peer may want done; `SerialOptions.may` is asked before each. */
export const Act = { Upload: 1, Activate: 2, Confirm: 3, Revert: 4, Cancel: 5, Reset: 6 } as const;

/** Bytes of a message, header and body: the answer about the state of the board needs 384. */
export const MESSAGE_LEAST = 384;
export const MESSAGE_DEFAULT = 512;
export const MESSAGE_MOST = 4096;
/**
 * Polls of the agent in one request before the client is asked to come again: what they take must stay below the
 * client's patience (2.5 s of smpclient). A block takes about six of them, one of which erases.
 */
export const HOLD_DEFAULT = 16;

export interface SerialOptions {
  readonly agent: Agent;
  /** Restarts the board. Called when the answer has gone out; flush the line in it first. */
  readonly reset: () => void;
  /** Whether a peer may do this (`Act`). Default: all of it; a line that strangers can reach wants a no. */
  readonly may?: ((act: number) => boolean) | undefined;
  /** Longest message, {@link MESSAGE_LEAST} to {@link MESSAGE_MOST}. */
  readonly message?: number | undefined;
  /** Polls of the agent in one request. */
  readonly hold?: number | undefined;
  /** Bytes of a slot, told to whoever asks. */
  readonly slotSize?: number | undefined;
}

export interface Serving {
  readonly options: SerialOptions;
  readonly agent: Agent;
  readonly message: number;
  readonly reader: LineReader;
  readonly writer: LineWriter;
  readonly header: Header;
  readonly fields: Fields;
  readonly body: BodyWriter;
  readonly upload: Upload;
  readonly status: Status;
  readonly report: Report;
  /** A chunk is being taken by the agent. */
  working: boolean;
  /** The board restarts when the answer is out. */
  resetting: boolean;
  /** Requests answered, and of those the ones answered with an error. */
  answers: number;
  refusals: number;
}

export function servingNew(options: SerialOptions): Serving {
  const message = options.message ?? MESSAGE_DEFAULT;
  const hold = options.hold ?? HOLD_DEFAULT;
  if (!(message >= MESSAGE_LEAST && message <= MESSAGE_MOST && message % 1 === 0))
    throw new RangeError(`serial: message ${message}`);
  if (!(hold >= 1)) throw new RangeError(`serial: hold ${hold}`);
  const reader = lineReaderNew(HEADER, message);
  return {
    options: options,
    agent: options.agent,
    message: message,
    reader: reader,
    writer: lineWriterNew(reader.bytes),
    header: headerNew(),
    fields: fieldsNew(reader.bytes),
    body: bodyWriterNew(reader.bytes, reader.bytes.length - CRC_BYTES),
    upload: uploadNew(options.agent, hold),
    status: statusNew(),
    report: reportNew(),
    working: false,
    resetting: false,
    answers: 0,
    refusals: 0,
  };
}
