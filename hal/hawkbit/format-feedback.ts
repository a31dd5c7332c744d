/** What a device says to a server: how it goes, what the owner said, and what it is. */

/** How an action goes; words of the DDI API. */
export const Execution = {
  Closed: 'closed',
  Proceeding: 'proceeding',
  Canceled: 'canceled',
  Scheduled: 'scheduled',
  Rejected: 'rejected',
  Resumed: 'resumed',
  Download: 'download',
  Downloaded: 'downloaded',
} as const;

/** How it ended. */
export const Finished = { Success: 'success', Failure: 'failure', None: 'none' } as const;

export interface Feedback {
  /** Of Execution. */
  execution: string;
  /** Of Finished. */
  finished: string;
  /** How much of how much is done; `total` 0: not said. */
  count: number;
  total: number;
  /** Of agent/err.ts; 0: none is said. */
  code: number;
  /** For people, a line each. */
  details: readonly string[];
}

/** Characters of a line, and lines; hawkBit takes 512, and 50. */
export const DETAIL_MAX = 512;
export const DETAILS_MAX = 50;
/** Attributes of a device; hawkBit takes 100, keys of 128 characters, and values of 128. */
export const ATTRIBUTES_MAX = 100;
export const ATTRIBUTE_MAX = 128;
/** Of progress. As a name in an object it is a word that one engine does not parse. */
const TOTAL = 'of';

/** In front of a report that goes on as it came, for whoever has the device's key. */
const PROOF_MARK = 'report:';
/** Bytes to a line: a multiple of three, whose base64 fits beside the mark. */
const PROOF_STEP = 378;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. */
function base64url(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i += 3) {
    const left = to - i;
    const group = (bytes[i]! << 16) | (left > 1 ? bytes[i + 1]! << 8 : 0) | (left > 2 ? bytes[i + 2]! : 0);
    text += BASE64URL.charAt(group >> 18) + BASE64URL.charAt((group >> 12) & 63);
    if (left > 1) text += BASE64URL.charAt((group >> 6) & 63);
    if (left > 2) text += BASE64URL.charAt(group & 63);
  }
  return text;
}

/** A report as lines of the details; where there is more than one, their bytes belong together in this order. */
export function proofLines(bytes: Uint8Array, length: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < length; at += PROOF_STEP)
    lines.push(PROOF_MARK + base64url(bytes, at, Math.min(length, at + PROOF_STEP)));
  return lines;
}

function linesOf(details: readonly string[]): string[] {
  const lines: string[] = [];
  for (const line of details) {
    if (lines.length < DETAILS_MAX && line !== '') lines.push(line.substring(0, DETAIL_MAX));
  }
  return lines;
}

/**
 * Body of `POST .../deploymentBase/ID/feedback` and of `POST .../cancelAction/ID/feedback`. hawkBit 0.3 takes none without
 * the id of the action in it; newer ones pass it over.
 */
export function feedbackText(feedback: Feedback, id?: string): string {
  const result: { finished: string; progress?: { [name: string]: number } } = {
    finished: feedback.finished,
  };
  if (feedback.total > 0) {
    result.progress = { cnt: feedback.count };
    result.progress[TOTAL] = feedback.total;
  }
  const status: { execution: string; result: object; code?: number; details: string[] } = {
    execution: feedback.execution,
    result: result,
    details: linesOf(feedback.details),
  };
  if (feedback.code !== 0) status.code = feedback.code;
  return JSON.stringify(id === undefined ? { status: status } : { id: id, status: status });
}

/** Body of `POST .../confirmationBase/ID/feedback`. */
export function confirmationText(confirmed: boolean, details: readonly string[]): string {
  return JSON.stringify({
    confirmation: confirmed ? 'confirmed' : 'denied',
    details: linesOf(details),
  });
}

/** Of a device: name and value. */
export type Attribute = readonly [string, string];

/** Body of `PUT .../configData`: all that the server is to know, in place of what it knew. */
export function configDataText(attributes: readonly Attribute[]): string {
  const data: { [name: string]: string } = {};
  let count = 0;
  for (const attribute of attributes) {
    if (!(count < ATTRIBUTES_MAX) || attribute[0] === '') continue;
    data[attribute[0].substring(0, ATTRIBUTE_MAX)] = attribute[1].substring(0, ATTRIBUTE_MAX);
    count++;
  }
  return JSON.stringify({ mode: 'replace', data: data });
}
