/** What an answer to a request for a range is worth. Nothing it says is believed; it is held against what was asked. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { contentRangeFits, contentRangeNew, contentRangeRead } from './content-range.ts';
import type { ContentRange } from './content-range.ts';
import { decimalRead } from './uri.ts';

/** Of an answer; a header that is not there is ''. */
export interface Head {
  readonly status: number;
  readonly contentRange: string;
  readonly contentEncoding: string;
  readonly contentLength: string;
}

export const Kind = {
  /** The body is the whole resource. */
  Whole: 0,
  /** The body is what was asked for, or its first part. */
  Part: 1,
  /** The resource ends before what was asked for. */
  End: 2,
  /** It is elsewhere. */
  Moved: 3,
  /** Not now. */
  Later: 4,
  /** Another attempt would not help. */
  Never: 5,
  /** It is as it was when it had the tag that was sent along. */
  Same: 6,
} as const;

export interface Verdict {
  /** Of Kind. */
  kind: number;
  /** Ok, or why there is no body to use. */
  code: number;
  /** The same in words. */
  why: string;
  /** Of Kind.Part. */
  readonly range: ContentRange;
}

// First status, last status, what it is, code. The first row that holds; RFC 9110 section 15. One array: on Espruino each
// row of its own would take two variables more.
// prettier-ignore
const STATUS: readonly number[] = [
  100, 199, Kind.Never, Err.SourceMalformed,
  200, 200, Kind.Whole, Ok,
  206, 206, Kind.Part, Ok,
  301, 303, Kind.Moved, Ok,
  304, 304, Kind.Same, Ok,
  307, 308, Kind.Moved, Ok,
  408, 408, Kind.Later, Err.SourceBusy,
  416, 416, Kind.End, Ok,
  425, 425, Kind.Later, Err.SourceBusy,
  429, 429, Kind.Later, Err.SourceBusy,
  500, 599, Kind.Later, Err.SourceBusy,
];
const ROW = 4;

export const verdictNew = (): Verdict => ({ kind: Kind.Never, code: Ok, why: '', range: contentRangeNew() });

function refuse(into: Verdict, why: string): void {
  into.kind = Kind.Never;
  into.code = Err.SourceMalformed;
  into.why = why;
}

function judgePart(into: Verdict, head: Head, from: number, to: number): void {
  const range = into.range;
  // Several ranges in one answer have none in the head (RFC 9110 section 14.6).
  if (!contentRangeRead(range, head.contentRange) || !contentRangeFits(range, from, to)) {
    refuse(into, 'gave the range "' + head.contentRange.substring(0, 60) + '"');
  } else if (head.contentLength !== '' && decimalRead(head.contentLength) !== range.last + 1 - range.first) {
    refuse(into, 'gave a range and a length that differ');
  }
}

/** Judges the answer to a request for the bytes `from` to `to`-1; `to` is Infinity where all was asked for. */
export function answerJudge(into: Verdict, head: Head, from: number, to: number): void {
  into.kind = Kind.Never;
  into.code = Err.SourceRefused;
  into.why = 'HTTP ' + head.status;
  for (let at = 0; at < STATUS.length; at += ROW) {
    if (!(head.status >= STATUS[at]! && head.status <= STATUS[at + 1]!)) continue;
    into.kind = STATUS[at + 2]!;
    into.code = STATUS[at + 3]!;
    break;
  }
  if (into.kind !== Kind.Whole && into.kind !== Kind.Part) return;
  into.why = '';
  if (head.contentEncoding !== '' && head.contentEncoding !== 'identity') {
    refuse(into, 'answers in ' + head.contentEncoding.substring(0, 20));
  } else if (into.kind === Kind.Part) judgePart(into, head, from, to);
}
